package dev.lowtide.guard;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What changed a short time ago stays. */
class GracePeriodGuardTest extends GuardFixture {
  private CleanupPlan plan(CleanupTarget target) throws IOException {
    return super.plan(target, "a");
  }

  private void modified(Instant time) {
    tree.file("a/fresh").allModified(daysAgo(10)).file("a/fresh", "x", time);
    TestTree.in(tree.path("a")).directory("old");
    tree.allModified(daysAgo(10)).file("a/fresh", "x", time);
  }

  @Test
  void aCacheThatIsNamedAsAWorkspaceTooKeepsIts() throws IOException {
    modified(NOW.minus(Duration.ofMinutes(59)));
    CleanupTarget cache = CleanupTarget.cache("cache", tree.root());
    var lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a")).build();

    assertKept(lowtide.plan(workspace, cache), "grace-period", "within the grace period");
    assertKept(lowtide.plan(cache, workspace), "grace-period", "within the grace period");
  }

  @Test
  void aCacheInAWorkspaceKeepsIts() throws IOException {
    modified(NOW.minus(Duration.ofMinutes(59)));
    CleanupTarget cache = CleanupTarget.cache("cache", tree.path("a"));
    var lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a/fresh")).build();

    assertKept(lowtide.plan(workspace, cache), "grace-period", "within the grace period");
  }

  @Test
  void aWorkspaceHasNone() throws IOException {
    modified(NOW);

    assertGoes(plan(workspace), tree.path("a"));
  }

  @Test
  void whatChangedInACacheWithinTheHourStaysAsAWhole() throws IOException {
    modified(NOW.minus(Duration.ofMinutes(59)));

    assertKept(plan(CleanupTarget.cache("cache", tree.root())), "grace-period", "1 h");
  }

  @Test
  void whatChangedInATemporaryDirectoryWithinTheHourStays() throws IOException {
    modified(NOW.minus(Duration.ofMinutes(59)));

    assertKept(plan(CleanupTarget.temporary("tmp", tree.root())), "grace-period", "1 h");
  }

  @Test
  void whatWasLeftAloneForAnHourMayGo() throws IOException {
    modified(NOW.minus(Duration.ofMinutes(61)));

    assertGoes(plan(CleanupTarget.cache("cache", tree.root())), tree.path("a"));
  }

  @Test
  void aTimeInTheFutureIsNotOld() throws IOException {
    modified(NOW.plus(Duration.ofDays(1)));

    assertKept(plan(CleanupTarget.cache("cache", tree.root())), "grace-period", "future");
  }

  @Test
  void theCallerMaySetIt() throws IOException {
    modified(NOW.minus(Duration.ofDays(2)));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a"))
            .gracePeriod(Duration.ofDays(3))
            .build()
            .plan(workspace);

    assertKept(plan, "grace-period", "3 d");
  }

  @Test
  void aToolThatCleansItsOwnCacheNeedsNone() throws IOException {
    modified(NOW);
    TestPolicy tool = TestPolicy.commanding("", "tool", "prune");

    CleanupPlan plan =
        TestMachine.lowtide(tree, tool).build().plan(CleanupTarget.cache("cache", tree.root()));

    assertThat(plan.items())
        .extracting(item -> item.candidate().action())
        .containsExactly(new RunCommand(tree.root(), List.of("tool", "prune")));
  }
}
