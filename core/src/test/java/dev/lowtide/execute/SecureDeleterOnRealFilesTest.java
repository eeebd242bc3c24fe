package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.FileIdentity;
import dev.lowtide.Problem;
import dev.lowtide.fs.TreeRemover;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By the native layer where the JDK has one. */
class SecureDeleterOnRealFilesTest extends DeleterContract {
  @TempDir Path directory;

  /** A name of the deleter that also a child process knows. */
  String layer() {
    return "secure";
  }

  static Deleter deleter(String layer) {
    return layer.equals("portable") ? Deleter.portable() : Deleter.secure();
  }

  @Override
  final Deleter deleter() {
    return deleter(layer());
  }

  @Override
  Path emptyDirectory() throws IOException {
    return directory.toRealPath();
  }

  @Test
  void removesSpecialFilesWithoutOpeningThem() throws IOException {
    tree().directory("v");
    ChildProcess.run(tree().path("v"), "mkfifo", "fifo");

    assertThat(delete("v").removed()).isEqualTo(2);
  }

  @Test
  void removesNamesThatAreNotText() throws IOException {
    tree().directory("v");
    ChildProcess.run(
        tree().path("v"), "bash", "-c", "mkdir $'\\xff\\xfe'; echo > $'\\xff\\xfe/\\n\\xc3'");

    assertThat(delete("v").removed()).isEqualTo(3);
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void removesWhatNoPathCanName() throws IOException {
    tree().chain("v", 3000).file("sibling");

    Deleter.Deletion deletion = delete("v");

    assertThat(deletion.failures()).isZero();
    assertThat(deletion.removed()).isEqualTo(3000);
    assertThat(tree().names()).containsExactly("sibling");
  }

  @Test
  void needsFewDescriptorsHoweverDeepTheTree() throws IOException {
    tree().chain("v", 3000);

    ChildProcess.runWithOpenFiles(128, DeepTree.class, layer(), tree().path("v"));

    assertThat(tree().names()).isEmpty();
  }

  /** Runs in a machine that may have 128 files open, of which it needs half for itself. */
  static final class DeepTree {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[1]);
      assertThat(deleter(args[0]).delete(victim, identity(victim)).problems()).isEmpty();
    }
  }

  @Test
  void leaksNoDescriptors() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeThat(descriptors).as("Linux's list of open files").exists();
    Assumptions.assumeTrue(
        layer().equals("secure"), "skipped: a newer JDK leaks one each time that it cannot open");
    tree().link("link", "nowhere").directory("other");
    FileIdentity other = identity(tree().path("other"));
    deleteAndBeRefused(other); // loads what is loaded once
    long before = count(descriptors);

    for (int i = 0; i < 50; i++) {
      deleteAndBeRefused(other);
    }

    assertThat(count(descriptors)).isLessThan(before + 20);
  }

  private void deleteAndBeRefused(FileIdentity other) throws IOException {
    tree().file("v/sub/a").file("v/b").chain("v/deep", 60);
    assertThat(refused(tree().path("v"), other)).isTrue();
    assertThat(refused(tree().path("link/v"), other)).isTrue();
    assertThat(refused(tree().path("v/b/below/a/file"), other)).isTrue();
    assertThat(delete("v").failures()).isZero();
  }

  private boolean refused(Path path, FileIdentity other) {
    try {
      deleter().delete(path, other);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static long count(Path descriptors) throws IOException {
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.count();
    }
  }

  @Test
  void reportsTheFirstFailuresInFullAndCountsAll() throws IOException {
    Assumptions.assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a directory away");
    for (int i = 0; i < 100; i++) {
      tree().file("v/stuck/" + i);
    }
    tree().file("v/free/a").file("v/closed/b").directory("v/closed-and-empty");
    protect("v/stuck", "r-xr-xr-x");
    Files.setAttribute(tree().path("v/stuck"), "unix:uid", 12345);
    protect("v/closed", "---------");
    protect("v/closed-and-empty", "---------");
    try {
      ChildProcess.runBoundByPermissions(StuckTree.class, layer(), tree().path("v"));
    } finally {
      protect("v/stuck", "rwx------");
      protect("v/closed", "rwx------");
    }
  }

  private void protect(String path, String permissions) throws IOException {
    Files.setPosixFilePermissions(tree().path(path), PosixFilePermissions.fromString(permissions));
  }

  /** Runs in a machine that permissions bind. */
  static final class StuckTree {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[1]);

      Deleter.Deletion deletion = deleter(args[0]).delete(victim, identity(victim));

      assertThat(deletion.failures()).isEqualTo(101);
      assertThat(deletion.problems())
          .hasSize(TreeRemover.MAX_PROBLEMS)
          .allSatisfy(
              problem -> assertThat(problem.message()).containsIgnoringCase("permission denied"));
      assertThat(deletion.problems())
          .extracting(Problem::path)
          .filteredOn(path -> !path.equals(victim.resolve("closed")))
          .allMatch(path -> path.getParent().equals(victim.resolve("stuck")))
          .allMatch(Files::exists);
      // free/a, free and the closed directory that is empty
      assertThat(deletion.removed()).isEqualTo(3);
    }
  }

  @Test
  void namesInFullWhatTheFileSystemProtects() throws IOException {
    tree().file("v/sub/immutable").file("v/sub/free");
    Path immutable = tree().path("v/sub/immutable");
    ChildProcess.assumeTool("chattr");
    Assumptions.assumeTrue(
        chattr("+i", immutable), "skipped: no file can be made immutable on this file system");
    try {
      Deleter.Deletion deletion = delete("v");

      assertThat(deletion.failures()).isEqualTo(1);
      assertThat(deletion.problems()).extracting(Problem::path).containsExactly(immutable);
      assertThat(deletion.problems())
          .allSatisfy(e -> assertThat(e.message()).containsIgnoringCase("not permitted"));
      assertThat(tree().names()).containsExactly("v", "v/sub", "v/sub/immutable");
    } finally {
      chattr("-i", immutable);
    }
  }

  private static boolean chattr(String change, Path file) throws IOException {
    try {
      return new ProcessBuilder("chattr", change, file.toString()).start().waitFor() == 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void refusesAnotherDirectoryThatGotTheSameInode() throws IOException {
    tree().file("v/a");
    FileIdentity planned = identity(tree().path("v"));
    Assumptions.assumeTrue(
        planned.bornNanos() != 0 && layer().equals("secure"),
        "skipped: the JDK tells no time of birth");
    FileIdentity other = planned;
    for (int i = 0; i < 100 && (i == 0 || other.inode() != planned.inode()); i++) {
      assertThat(delete("v").failures()).isZero();
      tree().file("v/canary");
      other = identity(tree().path("v"));
    }
    Assumptions.assumeTrue(
        other.inode() == planned.inode(), "skipped: this file system gives no inode again");

    assertThat(refused(tree().path("v"), planned)).isTrue();
    assertThat(tree().has("v/canary")).isTrue();
  }

  @Test
  void twoAtATimeRemoveEverythingOnce() throws Exception {
    for (int i = 0; i < 2000; i++) {
      tree().file("v/" + i % 40 + "/" + i);
    }
    FileIdentity planned = identity(tree().path("v"));
    Path victim = tree().path("v");
    FutureTask<Deleter.Deletion> other = new FutureTask<>(() -> deleter().delete(victim, planned));
    new Thread(other).start();

    Deleter.Deletion own = deleter().delete(victim, planned);

    assertThat(own.failures() + other.get().failures()).isZero();
    assertThat(own.removed() + other.get().removed()).isEqualTo(2041);
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void leavesMountsAsTheyAre() throws IOException {
    tree().file("bound/canary").file("bound-file").file("v/a").directory("v/other");
    tree().directory("v/same").file("v/file");

    ChildProcess.runWithMounts(
        """
        mount -t tmpfs tmpfs "$1/v/other"
        echo > "$1/v/other/canary"
        mount --bind "$1/bound" "$1/v/same"
        mount --bind "$1/bound-file" "$1/v/file"
        """,
        MountsInTree.class,
        tree().root(),
        layer());

    assertThat(tree().has("bound/canary")).isTrue();
    assertThat(tree().has("bound-file")).isTrue();
  }

  /** Runs where a tmpfs, a bound directory and a bound file lie in the tree. */
  static final class MountsInTree {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[0]).resolve("v");

      Deleter.Deletion deletion = deleter(args[1]).delete(victim, identity(victim));

      assertThat(deletion.problems())
          .extracting(Problem::path)
          .containsExactlyInAnyOrder(
              victim.resolve("other"), victim.resolve("same"), victim.resolve("file"));
      assertThat(TestTree.in(victim).names())
          .containsExactly("file", "other", "other/canary", "same", "same/canary");
    }
  }

  @Test
  void leavesAMountInATreeThatHadToBeMovedUp() throws IOException {
    tree().file("bound/canary").chain("v", 60).directory("v" + "/d".repeat(59) + "/same");

    ChildProcess.runWithMounts(
        "mount --bind \"$1/bound\" \"$1/v" + "/d".repeat(59) + "/same\"",
        MountDeepDown.class,
        tree().root(),
        layer());

    assertThat(tree().has("bound/canary")).isTrue();
  }

  /** Runs where a directory is bound deeper than the remover holds directories open. */
  static final class MountDeepDown {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[0]).resolve("v");

      assertThat(deleter(args[1]).delete(victim, identity(victim)).failures()).isEqualTo(1);

      assertThat(TestTree.in(victim).names()).anyMatch(name -> name.endsWith("/same/canary"));
    }
  }
}
