package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PlanTextTest {
  private static final int MANY = 200;

  private final TestTree tree = TestTree.inMemory();

  private CleanupPlan plan(int items, String... keep) throws IOException {
    String[] names = new String[items];
    for (int i = 0; i < items; i++) {
      names[i] = "out-" + i;
      tree.file(names[i] + "/file", 4096 * (i + 1));
    }
    return TestMachine.lowtide(tree, TestPolicy.deleting(names))
        .keep(keep)
        .build()
        .plan(CleanupTarget.of("workspace", tree.root()));
  }

  @Test
  void aSmallPlanIsShownLineByLine() throws IOException {
    CleanupPlan plan = plan(3, "out-1");

    assertThat(plan.explain())
        .contains("To remove:", "/out-0", "/out-2", "To keep:", "/out-1", "in 2 items")
        .isEqualTo(plan.explainEverything());
  }

  @Test
  void aLargePlanIsOnePage() throws IOException {
    CleanupPlan plan = plan(MANY);

    assertThat(plan.explain().lines()).hasSizeLessThan(40);
    assertThat(plan.explainEverything().lines()).hasSizeGreaterThan(2 * MANY);
  }

  @Test
  void aLargePlanHasTheTotalOfEachPolicy() throws IOException {
    CleanupPlan plan = plan(MANY);

    assertThat(plan.explain())
        .containsPattern("  " + plan.reclaimable() + "  [a-z.]+: 200 items")
        .contains("… and 190 more items");
  }

  @Test
  void aLargePlanNamesTheLargestItems() throws IOException {
    String page = plan(MANY).explain();

    assertThat(page).contains("/out-199\n").doesNotContain("/out-0\n");
    assertThat(page.indexOf("/out-199\n")).isLessThan(page.indexOf("/out-198\n"));
  }

  @Test
  void manyKeptPathsAreCountedByGuardWithExamples() throws IOException {
    CleanupPlan plan = plan(MANY, "out-*");

    assertThat(plan.explain())
        .contains("keep: 200 paths", "… and 197 more paths")
        .contains("/out-0: ");
    assertThat(plan.explain().lines()).hasSizeLessThan(20);
  }
}
