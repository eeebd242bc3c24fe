package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.execute.Trash.Result.Verdict;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.FileOpener;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuarantineOnRealFilesTest extends QuarantineContract {
  @TempDir Path directory;

  @Override
  Path emptyDirectory() throws IOException {
    return directory.toRealPath();
  }

  private void assertRefused(String words) throws IOException {
    Map<String, String> before = tree().fingerprint();

    CleanupReport report = clean(lowtide().build());

    assertThat(report.outcomes()).hasSize(1).allMatch(Skipped.class::isInstance);
    assertThat(report.outcomes().get(0).reason()).startsWith(quarantine() + words);
    assertThat(heard(CleanupListener.Kind.LEFT)).containsExactly(quarantine());
    assertThat(tree().fingerprint()).isEqualTo(before);
    assertThat(lowtide().build().trash().list(List.of(tree().root())).problems()).hasSize(1);
  }

  @Test
  void aLinkInThePlaceOfTheQuarantineIsRefused() throws IOException {
    tree().file("a/x").directory("aside/0123456789abcdef.1-0.0");
    Files.createSymbolicLink(quarantine(), tree().path("aside"));

    assertRefused(" is a symbolic link");
  }

  @Test
  void aFileInThePlaceOfTheQuarantineIsRefused() throws IOException {
    tree().file("a/x");
    Files.createFile(quarantine());

    assertRefused(" is not a directory");
  }

  @Test
  void aQuarantineOfAnotherUserIsRefused() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a file away");
    tree().file("a/x");
    makeQuarantine("rwx------");
    Files.setAttribute(quarantine(), "unix:uid", 12345);

    assertRefused(" belongs to user 12345");
  }

  @Test
  void aQuarantineThatOthersMayReadIsRefused() throws IOException {
    tree().file("a/x");
    makeQuarantine("rwxr-x---");

    assertRefused(" is open to other users");
  }

  private void makeQuarantine(String permissions) throws IOException {
    Files.createDirectory(quarantine());
    Files.setPosixFilePermissions(quarantine(), PosixFilePermissions.fromString(permissions));
  }

  @Test
  void nobodyElseMayLookIntoTheQuarantine() throws IOException {
    tree().file("a/x");

    clean(lowtide().undoFor(Duration.ofDays(1)).build());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(quarantine())))
        .isEqualTo("rwx------");
    assertThat(quarantine().resolve("CACHEDIR.TAG"))
        .content(UTF_8)
        .startsWith("Signature: 8a477f597d28d172789f06886806bc55");
  }

  /** The file by which what is kept is found without naming the target. */
  private Path note() throws IOException {
    try (Stream<Path> files = Files.walk(tree().root().resolveSibling("home"))) {
      return files.filter(file -> file.toString().endsWith(".uri")).findFirst().orElseThrow();
    }
  }

  private List<Trash.Item> listed() throws IOException {
    return lowtide().build().trash().list(List.of()).items();
  }

  @Test
  void whatIsKeptOnADiskThatWasAwayIsFoundWhenItIsBack() throws IOException {
    tree().file("a/x");
    clean(lowtide().undoFor(Duration.ofDays(1)).build()).orThrow();
    Path away = tree().root().resolveSibling("away");
    Files.move(tree().root(), away);
    assertThat(listed()).isEmpty();

    Files.move(away, tree().root());

    assertThat(listed()).hasSize(1);
  }

  @Test
  void aNoteThatIsTornHidesNothingElseAndIsWrittenAnew() throws IOException {
    tree().file("a/x");
    clean(lowtide().undoFor(Duration.ofDays(1)).build()).orThrow();
    Path note = note();
    Files.createDirectory(note.resolveSibling("0.uri"));
    assertThat(listed()).hasSize(1);
    Files.writeString(note, "");
    assertThat(listed()).isEmpty();

    clean(lowtide().build());

    assertThat(listed()).hasSize(1);
  }

  @Test
  void whatIsNotNotedIsNotedByTheNextRun() throws IOException {
    tree().file("a/x");
    clean(lowtide().undoFor(Duration.ofDays(1)).build()).orThrow();
    Files.delete(note());

    clean(lowtide().build());

    assertThat(listed()).hasSize(1);
  }

  @Test
  void aNoteIsNotWrittenThroughALink() throws IOException {
    tree().file("a/x");
    clean(lowtide().undoFor(Duration.ofDays(1)).build()).orThrow();
    Path note = note();
    Path elsewhere = tree().root().resolveSibling("elsewhere");
    Files.delete(note);
    Files.createSymbolicLink(note, elsewhere);

    clean(lowtide().build());

    assertThat(elsewhere).doesNotExist();
    assertThat(listed()).hasSize(1);
  }

  @Test
  void aDirectoryInThePlaceOfANoteStaysAndIsTold() throws IOException {
    tree().file("a/x");
    clean(lowtide().undoFor(Duration.ofDays(1)).build()).orThrow();
    Path note = note();
    Files.delete(note);
    Files.writeString(Files.createDirectory(note).resolve("mine"), "mine");

    clean(lowtide().build());

    assertThat(note.resolve("mine")).hasContent("mine");
    assertThat(heard(CleanupListener.Kind.LEFT)).containsExactly(quarantine());
  }

  @Test
  void whatIsInUseInTheQuarantineStaysUntilThatHasEnded() throws IOException {
    tree().file("a/x");
    Path kept = clean(lowtide().undoFor(Duration.ofDays(1)).build()).kept().get(0).path();
    Lowtide later = lowtide().clock(TestMachine.clockAt(NOW.plus(Duration.ofDays(2)))).build();
    try (FileOpener other = new FileOpener(0)) {
      assertThat(other.open(kept.resolve("x"))).isTrue();

      later.apply(later.plan(workspace()));
      assertThat(heard(CleanupListener.Kind.LEFT)).containsExactly(kept);
      assertThat(kept.resolve("x")).exists();
    }

    later.apply(later.plan(workspace()));
    assertThat(kept).doesNotExist();
  }

  @Test
  void whatAProcessUsesThatHasBegunToGoIsNotPurged() throws IOException {
    tree().file("a/x");
    clean(lowtide().freeLater().build());
    Trash trash = lowtide().build().trash();
    Trash.Item going = trash.list(List.of(tree().root())).items().get(0);
    try (FileOpener other = new FileOpener(0)) {
      assertThat(other.open(going.path().resolve("x"))).isTrue();

      assertThat(trash.purge(going).verdict()).isEqualTo(Trash.Result.Verdict.REFUSED);
      assertThat(going.path().resolve("x")).exists();
    }

    assertThat(trash.purge(going).verdict()).isEqualTo(Trash.Result.Verdict.PURGED);
  }

  /** Removes the quarantine as soon as the first item is said to be gone. */
  private Lowtide undoablyWhileSomebodyRemovesTheQuarantine(TestPolicy... policies)
      throws IOException {
    AtomicBoolean removed = new AtomicBoolean();
    return lowtide(policies)
        .undoFor(Duration.ofDays(1))
        .listener(
            event -> {
              if (event.kind() == CleanupListener.Kind.REMOVED
                  && removed.compareAndSet(false, true)) {
                removeQuarantine();
              }
            })
        .build();
  }

  @Test
  void laterItemsAreKeptEvenIfTheQuarantineIsRemovedMeanwhile() throws IOException {
    tree().file("a/x").file("b/x");
    Path first = tree().path("a");
    TestPolicy later = TestPolicy.named("test.later", "b").with(each -> each.onlyAfter(first));

    CleanupReport report =
        clean(undoablyWhileSomebodyRemovesTheQuarantine(TestPolicy.deleting("a"), later)).orThrow();

    assertThat(report.kept()).hasSize(2);
    assertThat(listed())
        .extracting(item -> item.origin().orElseThrow().path())
        .containsExactly(tree().path("b"));
  }

  @Test
  void whatWasRemovedWithTheQuarantineIsNotReportedAsKept() throws IOException {
    tree().file("a/x").file("b/x");

    CleanupReport report =
        clean(undoablyWhileSomebodyRemovesTheQuarantine(TestPolicy.deleting("a", "b")));

    assertThat(report.failures())
        .singleElement()
        .satisfies(
            failed ->
                assertThat(failed.reason())
                    .isEqualTo("another program removed it from " + quarantine()));
  }

  private void removeQuarantine() {
    try {
      ChildProcess.run(tree().root(), "rm", "-rf", quarantine().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void gitDoesNotSeeTheQuarantine() throws IOException {
    tree().file("a/x");
    ChildProcess.run(tree().root(), "git", "init", "-q");

    clean(lowtide().undoFor(Duration.ofDays(1)).build()).orThrow();

    assertThat(quarantine()).isDirectory();
    assertThat(ChildProcess.run(tree().root(), "git", "status", "--porcelain")).isEmpty();
  }

  @Test
  void namesThatAreNotTextComeBackAsTheyWere() throws IOException {
    ChildProcess.run(tree().root(), "bash", "-c", "mkdir $'\\xff\\n'; echo > $'\\xff\\n/x\\xfe'");
    Map<String, String> before = tree().fingerprint();
    Lowtide lowtide =
        lowtide(TestPolicy.deletingEach(entry -> entry.isDirectory() && entry.parent().isPresent()))
            .undoFor(Duration.ofDays(1))
            .build();
    clean(lowtide).orThrow();

    Trash.Item item = lowtide.trash().list(List.of()).items().get(0);
    assertThat(lowtide.trash().restore(item, Optional.empty()).verdict())
        .isEqualTo(Verdict.RESTORED);

    assertThat(tree().fingerprint()).isEqualTo(before);
  }

  @Test
  void aSymbolicLinkIsKeptAndComesBackAsOne() throws IOException {
    tree().file("target/canary").link("a", "target");
    Map<String, String> before = tree().fingerprint();
    Lowtide lowtide = lowtide().undoFor(Duration.ofDays(1)).build();
    clean(lowtide).orThrow();

    lowtide.trash().restore(lowtide.trash().list(List.of()).items().get(0), Optional.empty());

    assertThat(tree().fingerprint()).isEqualTo(before);
  }

  /** Removes {@code a} in the directory, with a home beside it; what children of a test do. */
  private static CleanupReport clean(Path root, Duration undoFor) throws IOException {
    Path home = root.resolveSibling("home");
    Lowtide lowtide =
        Lowtide.builder()
            .policy(TestPolicy.deleting("a", "sub/a"))
            .host(
                HostEnvironment.of(
                    OperatingSystem.LINUX,
                    root.getFileSystem(),
                    Map.of(),
                    home.toString(),
                    home.toString()))
            .listener(CleanupListener.NONE)
            .undoFor(undoFor)
            .build();
    return lowtide.apply(lowtide.plan(CleanupTarget.of("workspace", root)));
  }

  @Test
  void anotherProcessThatIsAtWorkKeepsThisOneOut() throws IOException {
    tree().file("a/x");
    try (QuarantineDirectory atWork = QuarantineDirectory.openOrCreate(quarantine(), false)) {
      ChildProcess.runAsJava(Second.class, atWork.path().getParent());
    }

    assertThat(tree().has("a/x")).isTrue();
  }

  /** Runs while another process has claimed the quarantine. */
  static final class Second {
    public static void main(String[] args) throws IOException {
      Outcome outcome = clean(Path.of(args[0]), Duration.ZERO).outcomes().get(0);

      assertThat(outcome).isInstanceOf(Skipped.class);
      assertThat(outcome.reason()).startsWith("another Lowtide process is using ");
    }
  }

  @Test
  void whatCannotBeMovedToAnotherFileSystemGoesWhereItIsUnlessItMustBeRestorable()
      throws IOException {
    tree().directory("cache");

    ChildProcess.runWithMounts(
        "mount -t tmpfs tmpfs \"$1/cache\"; mkdir \"$1/cache/a\"; echo > \"$1/cache/a/x\"",
        MountedCache.class,
        tree().root());
  }

  /** Runs where a cache is a file system of its own, so that beside it is another one. */
  static final class MountedCache {
    public static void main(String[] args) throws IOException {
      Path cache = Path.of(args[0], "cache");
      TestTree.in(cache).allModified(daysAgo(1000));
      Map<String, String> before = TestTree.in(cache).fingerprint();
      LowtideBuilder lowtide =
          Lowtide.builder()
              .policy(TestPolicy.deleting("a"))
              .gracePeriod(Duration.ZERO)
              .listener(CleanupListener.NONE);
      CleanupTarget target = CleanupTarget.cache("cache", cache);

      Lowtide undoable = lowtide.undoFor(Duration.ofDays(1)).build();
      assertStays(undoable.apply(undoable.plan(target)), "is on another file system");
      assertThat(TestTree.in(cache).fingerprint()).isEqualTo(before);

      Lowtide forGood = lowtide.undoFor(Duration.ZERO).build();
      CleanupReport report = forGood.apply(forGood.plan(target)).orThrow();
      assertThat(report.outcomes().get(0).reason())
          .startsWith("removed in place, because it could not be moved to the quarantine")
          .contains("is on another file system");
      assertThat(TestTree.in(Path.of(args[0])).names()).containsExactly("cache");
    }
  }

  /** Who asked for an undo gets it, or what it was for stays. */
  private static void assertStays(CleanupReport report, String words) {
    assertThat(report.outcomes()).singleElement().isInstanceOf(Skipped.class);
    assertThat(report.outcomes().get(0).reason())
        .startsWith("it could not be moved to the quarantine, so it could not be restored: ")
        .contains(words)
        .endsWith("; to remove it permanently, omit --undo-for");
  }

  private static void assertNotUndoable(CleanupReport report, String words) {
    Removed removed = (Removed) report.outcomes().get(0);
    assertThat(removed.kept()).isEmpty();
    assertThat(removed.freedBytes()).isPositive();
    assertThat(removed.reason())
        .startsWith("removed in place, and cannot be restored, because it could not be moved")
        .contains(words);
  }

  @Test
  void onAFullDiskThereIsNoGraceAndTheSpaceComesFree() throws IOException {
    tree().directory("full");

    ChildProcess.runWithMounts(
        """
        mount -t tmpfs -o size=256k,nr_inodes=12 tmpfs "$1/full"
        mkdir -p "$1/full/w/a"
        echo > "$1/full/w/a/x"
        for i in 1 2 3 4 5 6 7 8 9; do echo > "$1/full/w/$i" || true; done 2>/dev/null
        """,
        FullDisk.class,
        tree().root());
  }

  /** Runs where nothing can be made any more. */
  static final class FullDisk {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0], "full", "w");

      CleanupReport report = clean(root, Duration.ofDays(1)).orThrow();

      assertNotUndoable(report, "No space left on device");
      assertThat(TestTree.in(root).names()).noneMatch(name -> name.startsWith("a"));
    }
  }

  @Test
  void whereTheDiskFillsUpWithTheIntentThereIsNoGraceEither() throws IOException {
    tree().directory("full");

    ChildProcess.runWithMounts(
        """
        mount -t tmpfs -o size=256k,nr_inodes=10 tmpfs "$1/full"
        mkdir -p "$1/full/w/a"
        echo > "$1/full/w/a/x"
        """,
        DiskThatFillsUp.class,
        tree().root());
  }

  /** Runs where the quarantine can be made, and nothing in it. */
  static final class DiskThatFillsUp {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0], "full", "w");
      Path quarantine = QuarantinePlace.in(root);
      try (QuarantineDirectory made = QuarantineDirectory.openOrCreate(quarantine, false)) {
        made.writeRecord("0123456789ab", new byte[0], false);
      }
      fill(root);

      CleanupReport report = clean(root, Duration.ofDays(1)).orThrow();

      assertNotUndoable(report, "cannot write to " + quarantine);
      assertThat(TestTree.in(root).names())
          .noneMatch(name -> name.startsWith("a") || name.startsWith(quarantine + ""));
    }

    private static void fill(Path root) {
      try {
        for (int i = 0; i < 100; i++) {
          Files.createFile(root.resolve("fill" + i));
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("No space left on device");
      }
    }
  }

  @Test
  void whereNoQuarantineMayBeMadeATreeGoesWhereItIsUnlessItMustBeRestorable() throws IOException {
    tree().file("sub/a/x");
    Files.setPosixFilePermissions(tree().root(), PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      ChildProcess.runBoundByPermissions(Closed.class, tree().root());
    } finally {
      Files.setPosixFilePermissions(tree().root(), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    assertThat(tree().names()).containsExactly("sub");
  }

  /** Runs in a machine that permissions bind. */
  static final class Closed {
    public static void main(String[] args) throws IOException {
      assertStays(clean(Path.of(args[0]), Duration.ofDays(1)), "permission denied");

      CleanupReport report = clean(Path.of(args[0]), Duration.ZERO).orThrow();
      assertThat(report.outcomes().get(0).reason())
          .startsWith("removed in place, because it could not be moved to the quarantine")
          .contains("permission denied");
    }
  }
}
