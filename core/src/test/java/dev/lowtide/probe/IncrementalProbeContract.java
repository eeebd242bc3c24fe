package dev.lowtide.probe;

import static dev.lowtide.testing.TestTree.kib;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.MoreCollectors;
import dev.lowtide.Problem;
import dev.lowtide.fs.TreeWalker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a probe sees of a tree that it has measured before, and what it does not. Only what is
 * written in its place tells whether a directory was looked into again.
 */
abstract class IncrementalProbeContract {
  private @TempDir Path directory;
  private TestTree tree;
  private Path memory;
  private Instant now = Instant.now().plus(Duration.ofHours(1)); // so that all is settled

  /** The probe to be tested. */
  abstract SizeProbe full();

  @BeforeEach
  void makeTree() throws IOException {
    memory = directory.toRealPath().resolve("memory");
    tree =
        TestTree.in(Files.createDirectory(directory.toRealPath().resolve("cache")))
            .file("a/one", kib(8))
            .file("a/two", kib(4))
            .file("b/c/three", kib(12))
            .hardLink("b/again", "b/c/three")
            .link("a/link", "one")
            .directory("empty")
            .age(Duration.ofDays(1));
  }

  private SizeProbe.Incremental incremental(Path... contentAddressed) {
    return incremental(full(), contentAddressed);
  }

  private SizeProbe.Incremental incremental(SizeProbe full, Path... contentAddressed) {
    return full.incremental(
        memory, () -> List.of(contentAddressed), Clock.fixed(now, ZoneOffset.UTC));
  }

  private DiskUsage measure() throws IOException {
    return incremental(tree.root()).measure(tree.root()).usage();
  }

  private DiskUsage measureInFull() throws IOException {
    return full().measure(tree.root());
  }

  /** A change that no directory tells of: it gets longer by a hundred kibibytes. */
  private void rewrite(String file) throws IOException {
    Files.write(tree.path(file), new byte[(int) (Files.size(tree.path(file)) + kib(100))]);
  }

  private void assertLooksAtEverything() throws IOException {
    rewrite("a/one");
    assertThat(measure()).isEqualTo(measureInFull());
  }

  private void assertLooksAtDirectoriesOnly() throws IOException {
    DiskUsage before = measureInFull();
    rewrite("a/one");
    assertThat(measure()).isEqualTo(before).isNotEqualTo(measureInFull());
  }

  @Test
  void theFirstTimeIsAFullMeasurement() throws IOException {
    assertThat(measure()).isEqualTo(measureInFull());
  }

  @Test
  void theSecondTimeLooksAtDirectoriesOnly() throws IOException {
    measure();

    WalkMeter meter = new WalkMeter(new LongAdder(), new LongAdder());
    SizeProbe.Incremental counting =
        incremental(new WalkingProbe(meter.counting(walker())), tree.root());
    DiskUsage usage = counting.measure(tree.root()).usage();

    assertThat(usage).isEqualTo(measureInFull());
    assertThat(meter.entries().sum()).isEqualTo(usage.directories()).isEqualTo(5);
  }

  private TreeWalker walker() {
    return full().name().equals("portable") ? TreeWalker.portable() : TreeWalker.best();
  }

  @Test
  void doesNotSeeWhatIsWrittenInItsPlace() throws IOException {
    measure();

    assertLooksAtDirectoriesOnly();
  }

  @Test
  void doesNotSeeThatAFileGotANameElsewhere() throws IOException {
    measure();

    tree.hardLink("../outside", "a/one");

    assertThat(measure().sharedBytes()).isZero();
    assertThat(measureInFull().sharedBytes()).isEqualTo(kib(8));
    assertThat(measure().allocatedBytes()).isEqualTo(measureInFull().allocatedBytes());
  }

  @Test
  void seesWhatIsNewGoneAndMovedAtAnyLevel() throws IOException {
    measure();

    Files.delete(tree.path("b/c/three"));
    tree.file("b/c/d/e/new", kib(20));
    Files.move(tree.path("a"), tree.path("empty/a"));

    assertThat(measure()).isEqualTo(measureInFull());
    assertThat(measure()).isEqualTo(measureInFull());
  }

  @Test
  void readsOnlyTheDirectoryThatHasChanged() throws IOException {
    measure();
    DiskUsage before = measureInFull();
    rewrite("a/one");

    tree.file("b/new", kib(20));

    assertThat(measure().apparentBytes()).isEqualTo(before.apparentBytes() + kib(20));
  }

  @Test
  void aTimeThatIsSetBackHidesNothing() throws IOException {
    FileTime before = Files.getLastModifiedTime(tree.path("a"));
    measure();

    tree.file("a/new", kib(20));
    Files.setLastModifiedTime(tree.path("a"), before);

    assertThat(measure()).isEqualTo(measureInFull());
  }

  /** A second change in the same moment would leave the same times. */
  @Test
  void whatHasChangedAMomentBeforeIsReadAgain() throws IOException {
    now = Instant.now();
    tree.file("a/new", kib(20));
    measure();

    assertLooksAtEverything();
  }

  /** What is written now may be longer in a moment. */
  @Test
  void theDirectoryOfAFileThatHasChangedAMomentBeforeIsReadAgain() throws IOException {
    Instant settled = statusChange("a").plusMillis(1);
    do {
      rewrite("a/two");
    } while (statusChange("a/two").isBefore(settled));
    now = settled.plus(IncrementalMeasurement.COARSEST_TIME_RESOLUTION);
    measure();

    assertLooksAtEverything();
  }

  private Instant statusChange(String path) throws IOException {
    return ((FileTime) Files.getAttribute(tree.path(path), "unix:ctime")).toInstant();
  }

  @Test
  void afterAWeekEverythingIsLookedAtAgain() throws IOException {
    measure();
    now = now.plus(KnownTree.MAX_AGE);

    assertLooksAtEverything();
  }

  @Test
  void aClockThatWentBackKnowsNothing() throws IOException {
    measure();
    now = now.minusSeconds(1);

    assertLooksAtEverything();
  }

  @Test
  void anotherDirectoryUnderTheNameOfTheRootIsNotKnown() throws IOException {
    measure();
    Files.move(tree.root(), tree.root().resolveSibling("old"));
    tree.file("a/one", kib(40));

    assertThat(measure()).isEqualTo(measureInFull());
  }

  @Test
  void countsAFileOnceThatGotASecondNameInANewDirectory() throws IOException {
    measure();

    tree.hardLink("new/second", "a/one");

    assertThat(measure()).isEqualTo(measureInFull());
    assertThat(measure()).isEqualTo(measureInFull());
  }

  /** As environments that are linked from an archive come and go in the same home directory. */
  @Test
  void countsAFileOnceThatGotOrLostANameBesideWhatIsDeclared() throws IOException {
    SizeProbe.Incremental part = incremental(tree.path("a"));
    part.measure(tree.root()).usage();

    tree.hardLink("environment/linked", "a/one");
    assertThat(part.measure(tree.root()).usage()).isEqualTo(measureInFull());
    assertThat(part.measure(tree.root()).usage()).isEqualTo(measureInFull());

    Files.delete(tree.path("environment/linked"));
    assertThat(part.measure(tree.root()).usage()).isEqualTo(measureInFull());
  }

  @Test
  void namesThatAreSharedBesideWhatIsDeclaredAreNoReasonToReadEverything() throws IOException {
    tree.file("../outside", kib(8)).hardLink("b/shared", "../outside");
    SizeProbe.Incremental part = incremental(tree.path("a"));
    part.measure(tree.root());
    rewrite("a/one");

    assertThat(part.measure(tree.root()).usage().apparentBytes())
        .isLessThan(measureInFull().apparentBytes());
  }

  @Test
  void namesThatAreSharedWithOtherPlacesAreNoReasonToReadEverything() throws IOException {
    tree.file("../outside", kib(8)).hardLink("b/shared", "../outside");
    measure();
    rewrite("a/one");

    tree.file("b/new");

    assertThat(measure().apparentBytes()).isLessThan(measureInFull().apparentBytes());
  }

  @Test
  void whatIsNotDeclaredIsMeasuredInFullAndNotRemembered() throws IOException {
    SizeProbe.Incremental elsewhere =
        incremental(tree.path("b/c"), tree.root().resolveSibling("other"));
    elsewhere.measure(tree.path("a"));
    rewrite("a/one");

    assertThat(elsewhere.measure(tree.path("a")).usage()).isEqualTo(full().measure(tree.path("a")));
    assertThat(memory).doesNotExist();
  }

  @Test
  void aPartThatIsDeclaredIsNotReadAgainAndTheRestIs() throws IOException {
    SizeProbe.Incremental part = incremental(tree.path("a"));
    DiskUsage before = part.measure(tree.root()).usage();
    rewrite("a/one");
    rewrite("b/c/three");

    DiskUsage after = part.measure(tree.root()).usage();

    assertThat(after.apparentBytes()).isEqualTo(before.apparentBytes() + kib(100));
    assertThat(after.entries()).isEqualTo(before.entries());
  }

  @Test
  void whatLiesInADeclaredDirectoryIsDeclared() throws IOException {
    SizeProbe.Incremental above = incremental(tree.root());
    DiskUsage before = above.measure(tree.path("a")).usage();
    rewrite("a/one");

    assertThat(above.measure(tree.path("a")).usage()).isEqualTo(before);
  }

  @Test
  void saysWhetherItLeftSomethingOut() throws IOException {
    SizeProbe.Incremental probe = incremental(tree.root());

    assertThat(probe.measure(tree.root()).incremental()).isFalse();
    assertThat(probe.measure(tree.root()).incremental()).isTrue();
    assertThat(incremental().measure(tree.root()).incremental()).isFalse();
  }

  /** To ask means to read the settings of many tools. */
  @Test
  void asksWhereContentsAreAddressedOnlyForADirectory() throws IOException {
    SizeProbe.Incremental probe =
        full()
            .incremental(
                memory,
                () -> {
                  throw new AssertionError("asked");
                },
                Clock.fixed(now, ZoneOffset.UTC));

    assertThat(probe.measure(tree.path("a/one")).usage())
        .isEqualTo(full().measure(tree.path("a/one")));
  }

  @Test
  void isOnlyForTheUserToRead() throws IOException {
    measure();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(remembered())))
        .isEqualTo("rw-------");
  }

  private Path remembered() throws IOException {
    try (Stream<Path> files = Files.list(memory)) {
      return files.collect(MoreCollectors.onlyElement());
    }
  }

  @Test
  void aTornMemoryIsNotUsed() throws IOException {
    measure();
    byte[] all = Files.readAllBytes(remembered());
    Files.write(remembered(), Arrays.copyOf(all, all.length / 2));

    assertLooksAtEverything();
    assertLooksAtDirectoriesOnly(); // it was replaced
  }

  @Test
  void aMemoryOfAnotherVersionIsNotUsed() throws IOException {
    measure();
    byte[] all = Files.readAllBytes(remembered());
    all[7]++;
    Files.write(remembered(), all);

    assertLooksAtEverything();
  }

  @Test
  void anEmptyMemoryOrALinkInItsPlaceIsNotUsed() throws IOException {
    measure();
    Files.write(remembered(), new byte[0]);
    assertLooksAtEverything();

    Path file = remembered();
    Files.move(file, tree.root().resolveSibling("elsewhere"));
    Files.createSymbolicLink(file, tree.root().resolveSibling("elsewhere"));
    assertLooksAtEverything();
  }

  @Test
  void aMemoryFileOfAnotherUserIsNotUsed() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give files away");
    measure();
    Files.setAttribute(remembered(), "unix:uid", 65534);

    assertLooksAtEverything();
  }

  @Test
  void whereNothingCanBeRememberedEveryTimeIsTheFirst() throws IOException {
    Files.createFile(memory);
    measure();

    assertLooksAtEverything();
  }

  /** As when somebody moves a tree while it is walked. */
  @Test
  void aDirectoryThatIsGoneBeforeItIsReadIsNotRemembered() throws IOException {
    Path moved = tree.root().resolveSibling("moved");
    AtomicBoolean once = new AtomicBoolean();
    TreeWalker disturbed =
        visiting(
            name -> {
              if (name.equals("c") && once.compareAndSet(false, true)) {
                move(tree.path("b"), moved);
              }
            });
    incremental(new WalkingProbe(disturbed), tree.root()).measure(tree.root());
    move(moved, tree.path("b"));

    assertThat(measure()).isEqualTo(measureInFull());
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The walker, after whose visits something happens. */
  private TreeWalker visiting(Consumer<String> afterwards) {
    TreeWalker walker = walker();
    return new TreeWalker() {
      @Override
      public void walk(Path root, Receiver receiver) throws IOException {
        walker.walk(
            root,
            (Receiver)
                Proxy.newProxyInstance(
                    Receiver.class.getClassLoader(),
                    new Class<?>[] {Receiver.class},
                    (proxy, method, args) -> {
                      Object result = method.invoke(receiver, args);
                      return method.getName().equals("newVisitor")
                          ? heard((Visitor) result, afterwards)
                          : result;
                    }));
      }

      @Override
      public String name() {
        return walker.name();
      }
    };
  }

  private static TreeWalker.Visitor heard(TreeWalker.Visitor visitor, Consumer<String> afterwards) {
    return (TreeWalker.Visitor)
        Proxy.newProxyInstance(
            TreeWalker.Visitor.class.getClassLoader(),
            new Class<?>[] {TreeWalker.Visitor.class},
            (proxy, method, args) -> {
              Object result = method.invoke(visitor, args);
              if (method.getName().equals("visit")) {
                afterwards.accept(new String(((TreeWalker.Name) args[1]).bytes(), UTF_8));
              }
              return result;
            });
  }

  @Test
  void whatCannotBeReadIsToldEachTime() throws IOException {
    Path closed = tree.path("b/c");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      ChildProcess.runBoundByPermissions(Unreadable.class, full().name(), tree.root(), memory);
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** Runs in a machine that permissions bind. */
  static final class Unreadable {
    public static void main(String[] args) throws IOException {
      SizeProbe full = args[0].equals("portable") ? SizeProbe.portable() : SizeProbe.best();
      Path root = Path.of(args[1]);
      SizeProbe.Incremental incremental =
          full.incremental(
              Path.of(args[2]),
              () -> List.of(root),
              Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC));

      for (int i = 0; i < 2; i++) {
        List<Problem> problems = new ArrayList<>();
        assertThat(incremental.measure(root, problems::add).usage()).isEqualTo(full.measure(root));
        assertThat(problems)
            .containsExactly(new Problem(root.resolve("b/c"), "open", "permission denied"));
      }
    }
  }

  @Test
  void seesMountsComeAndGo() throws IOException {
    ChildProcess.runWithMounts(
        "mount -t tmpfs tmpfs \"$2/b/c\"", Unmounted.class, full().name(), tree.root(), memory);
  }

  /** A new file system numbers its directories as the last one did. */
  @Test
  void whatIsDeclaredOnAnotherFileSystemDeclaresNothingHere() throws IOException {
    ChildProcess.runWithMounts(
        "mount -t tmpfs tmpfs \"$2\" && mkdir \"$2/a\" \"$2/b\""
            + " && mount -t tmpfs tmpfs \"$2/b\" && mkdir \"$2/b/declared\"",
        DeclaredBelowMount.class,
        full().name(),
        tree.root(),
        memory);
  }

  /** Runs where something below a mount is declared. */
  static final class DeclaredBelowMount {
    public static void main(String[] args) throws IOException {
      SizeProbe full = args[0].equals("portable") ? SizeProbe.portable() : SizeProbe.best();
      Path root = Path.of(args[1]);
      Path declared = root.resolve("b/declared");
      assertThat(Files.getAttribute(root.resolve("a"), "unix:ino"))
          .isEqualTo(Files.getAttribute(declared, "unix:ino"));
      Files.write(root.resolve("a/one"), new byte[10]);
      SizeProbe.Incremental incremental =
          full.incremental(
              Path.of(args[2]),
              () -> List.of(declared),
              Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC));
      incremental.measure(root);

      Files.write(root.resolve("a/one"), new byte[20]);

      assertThat(incremental.measure(root).usage()).isEqualTo(full.measure(root));
    }
  }

  /** Runs where a directory lies below a mount. */
  static final class Unmounted {
    public static void main(String[] args) throws IOException {
      SizeProbe full = args[0].equals("portable") ? SizeProbe.portable() : SizeProbe.best();
      Path root = Path.of(args[1]);
      SizeProbe.Incremental incremental =
          full.incremental(
              Path.of(args[2]),
              () -> List.of(root),
              Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC));
      assertThat(incremental.measure(root).usage()).isEqualTo(full.measure(root));

      ChildProcess.run(root, "umount", root.resolve("b/c").toString());
      assertThat(incremental.measure(root).usage()).isEqualTo(full.measure(root));

      ChildProcess.run(root, "mount", "-t", "tmpfs", "tmpfs", root.resolve("b/c").toString());
      assertThat(incremental.measure(root).usage()).isEqualTo(full.measure(root));
    }
  }
}
