package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes free and what is old, on a real file system. */
class TimesAndSizesTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath());
  }

  private CleanupPlan plan(String... paths) throws IOException {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths))
        .build()
        .plan(CleanupTarget.of("tree", tree.root()));
  }

  @Test
  void aFileWithAHardLinkOutsideFreesNothing() throws IOException {
    tree.file("a/one", mib(1)).hardLink("outside", "a/one");

    CleanupReport report =
        TestMachine.lowtide(tree, TestPolicy.deleting("a")).build().apply(plan("a")).orThrow();

    assertThat(report.freedBytes()).isLessThan(mib(1) / 2);
    assertThat(Files.size(tree.path("outside"))).isEqualTo(mib(1));
  }

  /** Half of the items have files of their own, each two of the others share one. */
  @Test
  void filesWithNamesInSeveralItemsCountOnceAlthoughThreadsShareTheWork() throws IOException {
    String[] names =
        IntStream.range(0, 80).mapToObj(i -> String.format("t%02d", i)).toArray(String[]::new);
    for (String name : names) {
      tree.file(name + "/own");
    }
    for (int i = 40; i < 80; i++) {
      for (int j = i + 1; j < 80; j++) {
        String file = names[i] + "/with-" + j;
        tree.file(file, kib(4)).hardLink(names[j] + "/with-" + i, file);
      }
    }
    // A thread waits until another one is about to remove a tree too
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Exchanger<Path> meeting = new Exchanger<>();
    Deleter together =
        (path, expected) -> {
          threads.add(Thread.currentThread());
          if (threads.size() > 1) {
            try {
              meeting.exchange(path, 20, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
              // the others do something else
            } catch (InterruptedException e) {
              throw new InterruptedIOException();
            }
          }
          return Deleter.secure().delete(path, expected);
        };
    CleanupPlan plan = plan(names);

    CleanupReport report =
        TestMachine.lowtide(tree, TestPolicy.deleting(names))
            .deleter(together)
            .build()
            .apply(plan)
            .orThrow();

    assertThat(report.freedBytes()).isEqualTo(plan.reclaimable().bytes());
  }

  @Test
  void aSparseFileFreesWhatItTakesAndNotItsLength() throws IOException {
    assumeThat(SizeProbe.best().name())
        .as("blocks are told by the native layer")
        .isEqualTo("linux");
    tree.directory("a");
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            tree.path("a/sparse"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.position(mib(64)).write(java.nio.ByteBuffer.wrap(new byte[] {1}));
    }

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a"))
            .probe(SizeProbe.best())
            .build()
            .plan(CleanupTarget.of("tree", tree.root()));

    assertThat(plan.items().get(0).apparentBytes()).isGreaterThan(mib(64));
    assertThat(plan.reclaimableBytes()).isLessThan(mib(1));
  }

  @Test
  void whatIsDeletedAndStillOpenIsNotPromised() throws IOException {
    tree.file("a/open", mib(1)).file("a/other");
    try (OutputStream open =
        Files.newOutputStream(tree.path("a/open"), StandardOpenOption.APPEND)) {
      open.write(1);
      Files.delete(tree.path("a/open"));

      assertThat(plan("a").reclaimableBytes()).isLessThan(mib(1));
    }
  }

  private void setTimes(String path, Instant modified, Instant accessed) throws IOException {
    Files.getFileAttributeView(tree.path(path), BasicFileAttributeView.class)
        .setTimes(FileTime.from(modified), FileTime.from(accessed), null);
  }

  /** As with {@code noatime}, where the time of access stays what it was years ago. */
  @Test
  void theTimeOfAccessIsNoEvidence() throws IOException {
    tree.file("young").file("old");
    Instant now = Instant.now().plus(Duration.ofDays(30));
    setTimes("young", now, daysAgo(4000));
    setTimes("old", daysAgo(30), now);

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("young", "old"))
            .olderThan(Duration.ofDays(7))
            .clock(TestMachine.clockAt(now))
            .build()
            .plan(CleanupTarget.of("tree", tree.root()));

    assertThat(plan.items()).extracting(item -> item.path()).containsExactly(tree.path("old"));
  }

  @Test
  void oneFreshFileKeepsTheWholeOfAnOldTemporaryDirectory() throws IOException {
    tree.file("tmp1build/deep/er/fresh").file("tmp1build/old").file("tmp2build/old");
    Instant now = Instant.now().plus(Duration.ofDays(40));
    tree.file("tmp1build/deep/er/fresh", "x", now.minusSeconds(60));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("tmp1build", "tmp2build"))
            .clock(TestMachine.clockAt(now))
            .build()
            .plan(CleanupTarget.temporary("tmp", tree.root()));

    assertThat(plan.items())
        .extracting(item -> item.path())
        .containsExactly(tree.path("tmp2build"));
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("grace-period");
  }

  @Test
  void aClockThatStandsAtItsBeginningLetsNothingGoThatAgeDecidesAbout() throws IOException {
    tree.file("cache/a").allModified(daysAgo(400));
    TestPolicy policy = TestPolicy.deleting("cache/a");

    CleanupPlan plan =
        TestMachine.lowtide(tree, policy)
            .clock(TestMachine.clockAt(Instant.EPOCH))
            .build()
            .plan(CleanupTarget.cache("cache", tree.root()));

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused().get(0).reason()).contains("which lies in the future");
  }
}
