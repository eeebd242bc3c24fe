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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecureDeleterOnRealFilesTest extends DeleterContract {
  @TempDir Path directory;

  @Override
  Deleter deleter() {
    return Deleter.secure();
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

    ChildProcess.runWithOpenFiles(128, DeepTree.class, tree().path("v"));

    assertThat(tree().names()).isEmpty();
  }

  /** Runs in a machine that may have 128 files open, of which it needs half for itself. */
  static final class DeepTree {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[0]);
      assertThat(Deleter.secure().delete(victim, identity(victim)).problems()).isEmpty();
    }
  }

  @Test
  void leaksNoDescriptors() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeThat(descriptors).as("Linux's list of open files").exists();
    tree().link("link", "nowhere").directory("other");
    FileIdentity other = identity(tree().path("other"));
    deleteAndBeRefused(other); // loads what is loaded once
    long before = count(descriptors);

    for (int i = 0; i < 200; i++) {
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
    for (int i = 0; i < 100; i++) {
      tree().file("v/stuck/" + i);
    }
    tree().file("v/free/a").file("v/closed/b").directory("v/closed-and-empty");
    protect("v/stuck", "r-x------");
    protect("v/closed", "---------");
    protect("v/closed-and-empty", "---------");
    try {
      ChildProcess.runBoundByPermissions(StuckTree.class, tree().path("v"));
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
      Path victim = Path.of(args[0]);

      Deleter.Deletion deletion = Deleter.secure().delete(victim, identity(victim));

      assertThat(deletion.failures()).isEqualTo(101);
      assertThat(deletion.problems())
          .hasSize(TreeRemover.MOST_PROBLEMS)
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
        tree().root());

    assertThat(tree().has("bound/canary")).isTrue();
    assertThat(tree().has("bound-file")).isTrue();
  }

  /** Runs where a tmpfs, a bound directory and a bound file lie in the tree. */
  static final class MountsInTree {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[0]).resolve("v");

      Deleter.Deletion deletion = Deleter.secure().delete(victim, identity(victim));

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
        tree().root());

    assertThat(tree().has("bound/canary")).isTrue();
  }

  /** Runs where a directory is bound deeper than the remover holds directories open. */
  static final class MountDeepDown {
    public static void main(String[] args) throws IOException {
      Path victim = Path.of(args[0]).resolve("v");

      assertThat(Deleter.secure().delete(victim, identity(victim)).failures()).isEqualTo(1);

      assertThat(TestTree.in(victim).names()).anyMatch(name -> name.endsWith("/same/canary"));
    }
  }
}
