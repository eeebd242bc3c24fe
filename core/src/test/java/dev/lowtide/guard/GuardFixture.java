package dev.lowtide.guard;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;

/** A tree in memory for the tests of one guard, planned with all guards. */
abstract class GuardFixture {
  final TestTree tree = TestTree.inMemory();
  final CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());

  CleanupPlan plan(CleanupTarget target, String... paths) throws IOException {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths)).build().plan(target);
  }

  static void assertGoes(CleanupPlan plan, Path... paths) {
    assertThat(plan.items()).extracting(PlanItem::path).containsExactly(paths);
  }

  /** Nothing is removed, and the guard says why in a sentence with the words. */
  static void assertKept(CleanupPlan plan, String guard, String words) {
    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly(guard);
    assertThat(plan.refused().get(0).reason()).contains(words);
  }

  static Candidate candidate(Path path) {
    return Candidate.of(
        new DeleteTree(path), Cause.REGENERABLE, RebuildCost.TRIVIAL, "it is a test's", NOW);
  }
}
