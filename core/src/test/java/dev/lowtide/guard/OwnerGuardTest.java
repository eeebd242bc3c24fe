package dev.lowtide.guard;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of other users stay unless the caller allows them to be removed. */
class OwnerGuardTest extends GuardFixture {
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
  void whatBelongsToAnotherUserStaysUnlessAllowed() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a file away");
    TestTree real = real().file("a/b/foreign");
    Files.setAttribute(real.path("a/b/foreign"), "unix:uid", 12345);
    CleanupTarget target = CleanupTarget.of("real", real.root());

    assertKept(plan(real, target, false), "owner", "belongs to user 12345");
    assertGoes(plan(real, target, true), real.path("a"));
  }
}
