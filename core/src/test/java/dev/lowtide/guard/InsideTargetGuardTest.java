package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What lies inside its target may be removed, the target itself may not. */
class InsideTargetGuardTest extends GuardFixture {
  @Test
  void theRootItselfStays() throws IOException {
    tree.file("other/a");

    assertKept(plan(CleanupTarget.of("other", tree.path("other")), ""), "inside-target", "inside");
  }

  @Test
  void whatHoldsAnotherTargetStays() throws IOException {
    tree.file("outer/inner/a");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.named("test.outer", "outer"))
            .build()
            .plan(workspace, CleanupTarget.of("inner", tree.path("outer/inner")));

    assertKept(plan, "inside-target", "the target /tree/outer/inner is inside it");
  }

  @Test
  void whatLiesInTwoTargetsGoesOnce() throws IOException {
    tree.file("inner/a");
    TestPolicy each = TestPolicy.deletingEach(entry -> entry.name().equals("a"));

    CleanupPlan plan =
        TestMachine.lowtide(tree, each)
            .build()
            .plan(workspace, CleanupTarget.of("inner", tree.path("inner")));

    assertGoes(plan, tree.path("inner/a"));
    assertThat(plan.reclaimableBytes()).isEqualTo(plan.items().get(0).allocated().bytes());
  }

  @Test
  void whatOnlyBeginsLikeTheTargetDoesNotLieInIt() throws IOException {
    tree.directory("a/b").file("a/bc/precious");
    TestPolicy stray =
        new TestPolicy(
            "test.stray",
            snapshot -> {
              try {
                return List.of(
                    TestPolicy.delete(SizeProbe.portable().capture(tree.path("a/bc")).root()));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    CleanupPlan plan =
        TestMachine.lowtide(tree, stray).build().plan(CleanupTarget.of("b", tree.path("a/b")));

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("inside-target");
  }
}
