package dev.lowtide.execute;

import static com.google.common.base.Preconditions.checkState;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.FileOpener;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another process begins to use what was found idle a moment ago. */
class InUseAfterTheMoveTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    assumeThat(Path.of("/proc/self/maps")).as("Linux's table of processes").exists();
    tree = TestTree.in(temporary.toRealPath());
  }

  /** Items with one file each, whose names are in the order of the plan. */
  private String[] plant(int items) {
    String[] names =
        IntStream.range(0, items).mapToObj(i -> String.format("t%04d", i)).toArray(String[]::new);
    for (String name : names) {
      tree.file(name + "/file");
    }
    return names;
  }

  private CleanupReport clean(String[] names, Duration undoFor, CleanupListener listener)
      throws IOException {
    Lowtide lowtide =
        TestMachine.lowtide(tree, TestPolicy.deleting(names))
            .listener(listener)
            .undoFor(undoFor)
            .build();
    return lowtide.apply(lowtide.plan(CleanupTarget.of("workspace", tree.root())));
  }

  /** Does something when an item was judged and has not been moved yet. */
  private static CleanupListener before(Path item, Runnable action) {
    return event -> {
      if (event.kind() == CleanupListener.Kind.REMOVING && event.path().equals(item)) {
        action.run();
      }
    };
  }

  private static void assertOnlySkippedIs(CleanupReport report, Path item, FileOpener other) {
    assertThat(report.failures()).isEmpty();
    assertThat(report.skipped())
        .singleElement()
        .satisfies(
            skipped -> {
              assertThat(skipped.item().path()).isEqualTo(item);
              assertThat(skipped.reason())
                  .startsWith("in-use: ")
                  .contains("(pid " + other.pid() + ")");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFileThatIsOpenedBetweenJudgementAndRenameKeepsItsItem(int which) throws IOException {
    String[] names = plant(3);
    Path item = tree.path(names[which]);
    try (FileOpener other = new FileOpener(0)) {
      CleanupReport report =
          clean(
              names,
              Duration.ZERO,
              before(item, () -> assertThat(other.open(item.resolve("file"))).isTrue()));

      assertOnlySkippedIs(report, item, other);
      assertThat(tree.names()).containsExactly(names[which], names[which] + "/file");
    }
  }

  @Test
  void oneUseInABatchOfAThousandKeepsThatItemAndNoOther() throws IOException {
    String[] names = plant(1000);
    Path item = tree.path(names[500]);
    try (FileOpener other = new FileOpener(0)) {
      CleanupReport report =
          clean(
              names,
              Duration.ZERO,
              before(item, () -> assertThat(other.open(item.resolve("file"))).isTrue()));

      assertThat(report.outcomes()).hasSize(1000);
      assertOnlySkippedIs(report, item, other);
      assertThat(tree.names()).containsExactly(names[500], names[500] + "/file");
    }
  }

  @Test
  void whatIsInTheBatchIsPutBackWhenTheRunIsInterrupted() throws IOException {
    String[] names = plant(5);
    Map<String, String> before = tree.fingerprint();

    assertThatThrownBy(
            () ->
                clean(
                    names,
                    Duration.ZERO,
                    before(tree.path(names[3]), () -> Thread.currentThread().interrupt())))
        .isInstanceOf(InterruptedIOException.class)
        .satisfies(ended -> assertThat(outcomesUntil(ended)).isEmpty());

    assertThat(Thread.interrupted()).isTrue();
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"REMOVING", "REMOVED"})
  void anExceptionOfTheListenerEndsTheRunAndTheOutcomesUntilThenAreKept(CleanupListener.Kind kind)
      throws IOException {
    String[] names = plant(5);
    List<Path> gone = new ArrayList<>();
    CleanupListener listener =
        event -> {
          if (event.kind() == CleanupListener.Kind.REMOVED) {
            gone.add(event.path());
          }
          if (event.kind() == kind && event.path().endsWith(names[3])) {
            throw new IllegalStateException("enough");
          }
        };

    assertThatThrownBy(() -> clean(names, Duration.ZERO, listener))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("enough")
        .satisfies(
            ended ->
                assertThat(outcomesUntil(ended))
                    .extracting(outcome -> outcome.item().path())
                    .isEqualTo(gone));

    assertThat(gone).hasSize(kind == CleanupListener.Kind.REMOVED ? 4 : 0);
    for (String name : names) {
      assertThat(tree.has(name + "/file")).isNotEqualTo(gone.contains(tree.path(name)));
    }
  }

  @Test
  void whatOtherThreadsRemovedHasAnOutcomeEvenIfTheListenerThrows() throws IOException {
    assumeThat(Runtime.getRuntime().availableProcessors()).as("threads").isGreaterThan(1);
    String[] names = plant(200);
    Thread caller = Thread.currentThread();
    Semaphore removedByOthers = new Semaphore(0);
    AtomicBoolean enough = new AtomicBoolean();
    Lowtide lowtide =
        TestMachine.lowtide(tree, TestPolicy.deleting(names))
            .deleter(
                (path, expected) -> {
                  Deleter.Deletion deletion = Deleter.secure().delete(path, expected);
                  if (!caller.equals(Thread.currentThread())) {
                    removedByOthers.release();
                  }
                  return deletion;
                })
            .listener(
                event -> {
                  // Throws when others have removed several items of which it has not been told
                  if (event.kind() == CleanupListener.Kind.REMOVED
                      && (enough.get() || removedByOthers.drainPermits() > 0)) {
                    enough.compareAndSet(
                        false,
                        Uninterruptibles.tryAcquireUninterruptibly(removedByOthers, 5, 1, SECONDS));
                    checkState(!enough.get(), "enough");
                  }
                })
            .build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));

    Throwable ended = catchThrowable(() -> lowtide.apply(plan));

    assumeThat(ended).as("two threads at once").hasMessage("enough");
    assertThat(outcomesUntil(ended))
        .extracting(outcome -> outcome.item().path())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(names).filter(name -> !tree.has(name)).map(tree::path).toList());
  }

  private static List<Outcome> outcomesUntil(Throwable ended) {
    assertThat(ended.getSuppressed()).singleElement().isInstanceOf(CleanupException.class);
    return ((CleanupException) ended.getSuppressed()[0]).report().outcomes();
  }

  /** Runs where a cache is a file system of its own, and so its quarantine is on another one. */
  static final class MountedCache {
    public static void main(String[] args) throws IOException {
      TestTree cache = TestTree.in(Path.of(args[0], "cache")).file("a/file").file("b/file");
      try (FileOpener other = new FileOpener(0)) {
        Path used = cache.path("b");
        Lowtide lowtide =
            TestMachine.lowtide(cache, TestPolicy.deleting("a", "b"))
                .gracePeriod(Duration.ZERO)
                .listener(before(used, () -> other.open(used.resolve("file"))))
                .build();
        CleanupReport report = lowtide.apply(lowtide.plan(CleanupTarget.cache("c", cache.root())));

        assertOnlySkippedIs(report, used, other);
        assertThat(report.outcomes().get(0).reason()).startsWith("removed in place");
        assertThat(cache.names()).containsExactly("b", "b/file");
      }
    }
  }

  @Test
  void aUseThatBeginsAtTheLastMomentKeepsWhatCannotBeMovedAwayFirst() {
    tree.directory("cache");

    ChildProcess.runWithMounts(
        "mount -t tmpfs tmpfs \"$1/cache\"", MountedCache.class, tree.root());
  }
}
