package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds a mount stays. */
class MountGuardTest extends GuardFixture {
  @TempDir Path temporary;

  private TestTree real() throws IOException {
    return TestTree.in(temporary.toRealPath());
  }

  @Test
  void whatHoldsAMountStays() throws IOException {
    TestTree real = real().directory("a/b/mounted").directory("bound");

    ChildProcess.runWithMounts(
        "mount --bind \"$1/bound\" \"$1/a/b/mounted\"", MountBelow.class, real.root());
  }

  /** Runs where something is mounted at a/b/mounted. */
  static final class MountBelow {
    public static void main(String[] args) throws IOException {
      TestTree real = TestTree.in(Path.of(args[0]));
      CleanupPlan plan =
          TestMachine.lowtide(real, TestPolicy.deleting("a"))
              .build()
              .plan(CleanupTarget.of("real", real.root()));

      assertKept(plan, "mount", real.path("a/b/mounted").toString());
    }
  }
}
