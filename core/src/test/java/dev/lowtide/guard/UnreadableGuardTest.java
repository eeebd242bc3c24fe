package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds something unreadable stays. */
class UnreadableGuardTest extends GuardFixture {
  @TempDir Path temporary;

  private TestTree real() throws IOException {
    return TestTree.in(temporary.toRealPath());
  }

  @Test
  void whatHoldsSomethingUnreadableStays() throws IOException {
    TestTree real = real().file("a/locked/secret").file("b");
    Files.setPosixFilePermissions(real.path("a/locked"), Set.of());

    ChildProcess.runBoundByPermissions(UnreadableBelow.class, real.root());
    Files.setPosixFilePermissions(
        real.path("a/locked"), PosixFilePermissions.fromString("rwx------"));
  }

  /** Runs where a/locked cannot be read. */
  static final class UnreadableBelow {
    public static void main(String[] args) throws IOException {
      TestTree real = TestTree.in(Path.of(args[0]));
      CleanupPlan plan =
          TestMachine.lowtide(real, TestPolicy.deleting("a"))
              .build()
              .plan(CleanupTarget.of("real", real.root()));

      assertKept(plan, "unreadable", real.path("a/locked") + ": permission denied");
    }
  }
}
