package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets, FIFOs and devices stay in temporary directories. */
class SpecialFileGuardTest extends GuardFixture {
  @TempDir Path temporary;

  private CleanupPlan plan(TestTree real, CleanupTarget target, boolean foreign)
      throws IOException {
    var builder = TestMachine.lowtide(real, TestPolicy.deleting("a"));
    return (foreign ? builder.allowForeignOwners() : builder).build().plan(target);
  }

  private TestTree real() throws IOException {
    return TestTree.in(temporary.toRealPath());
  }

  @Test
  void aFifoInASharedTemporaryDirectoryStays() throws IOException {
    TestTree real = real().directory("a");
    ChildProcess.run(real.path("a"), "mkfifo", "fifo");
    CleanupPlan plan =
        TestMachine.lowtide(real, TestPolicy.deleting("a"))
            .gracePeriod(Duration.ZERO)
            .build()
            .plan(CleanupTarget.temporary("tmp", real.root()));

    assertKept(plan, "special-file", "FIFO");
    assertGoes(plan(real, CleanupTarget.of("real", real.root()), false), real.path("a"));
  }
}
