package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.LockHolder;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another process has locked stays, whether the lock is to be held or has to be free. */
class LockGuardTest extends GuardFixture {
  @TempDir Path temporary;
  private TestTree real;

  @BeforeEach
  void makeTree() throws IOException {
    ChildProcess.assumeTool("flock");
    real = TestTree.in(temporary.toRealPath()).file("a/x").file(".lock");
  }

  private CleanupPlan plan(UnaryOperator<Candidate> change) throws IOException {
    return TestMachine.lowtide(real, TestPolicy.deleting("a").with(change))
        .host(HostEnvironment.current())
        .build()
        .plan(CleanupTarget.of("workspace", real.root()));
  }

  @Test
  void aLockThatIsFreeKeepsNothing() throws IOException {
    assertGoes(plan(each -> each.holding(real.path(".lock"))), real.path("a"));
  }

  @Test
  void aLockThatAnotherProcessHoldsKeepsItsItem() throws IOException {
    try (Running holder = LockHolder.FLOCK.hold(real.path(".lock"))) {
      String who = "pid " + holder.pid();
      assertKept(plan(each -> each.holding(real.path(".lock"))), "lock", who);
      assertKept(plan(each -> each.requiring(new Unlocked(real.path(".lock")))), "lock", who);
    }
  }
}
