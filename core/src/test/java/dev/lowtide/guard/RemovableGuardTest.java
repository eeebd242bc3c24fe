package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be removed as a whole stays; immutable files are in {@code PermissionsTest}. */
class RemovableGuardTest extends GuardFixture {
  @TempDir Path temporary;

  @Test
  void aDirectoryOfAnotherUserThatCannotBeChangedKeepsTheWholeTree() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a directory away");
    TestTree real = TestTree.in(temporary.toRealPath()).file("a/file").file("a/theirs/file");
    Files.setPosixFilePermissions(
        real.path("a/theirs"), PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.setAttribute(real.path("a/theirs"), "unix:uid", 12345);

    ChildProcess.runBoundByPermissions(PlansWhatIsTheirs.class, real.root());

    assertThat(real.names()).contains("a/file", "a/theirs/file");
  }

  /** Runs where another user's directory cannot be changed, although foreign owners may go. */
  static final class PlansWhatIsTheirs {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      Lowtide lowtide =
          TestMachine.lowtide(tree, TestPolicy.deleting("a")).allowForeignOwners().build();

      assertKept(
          lowtide.plan(CleanupTarget.of("tree", tree.root())),
          "removable",
          "not remove anything from " + tree.path("a/theirs"));
    }
  }
}
