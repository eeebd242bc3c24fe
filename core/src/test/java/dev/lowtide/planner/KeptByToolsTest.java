package dev.lowtide.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Policy;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a provider says only a tool may remove. */
class KeptByToolsTest {
  private static final TestPolicy UNINSTALLING =
      TestPolicy.commanding("tool/pythons/3.12", "tool", "uninstall");

  private final TestTree tree = TestTree.inMemory().file("tool/pythons/3.12/bin").file("other/a");
  private final CleanupTarget cache = CleanupTarget.cache("cache", tree.root());

  private CleanupPlan plan(Policy... policies) throws IOException {
    return TestMachine.lowtide(tree, policies)
        .protectionsOf(new Keeping(tree.path("tool/pythons")))
        .gracePeriod(Duration.ZERO)
        .build()
        .plan(cache);
  }

  private record Keeping(Path directory) implements TestProvider {
    @Override
    public Set<Path> keptByTools(HostEnvironment host) {
      return Set.of(directory);
    }
  }

  @Test
  void goesNeitherWhollyNorInParts() throws IOException {
    CleanupPlan plan =
        plan(
            TestPolicy.deleting(
                "tool", "tool/pythons", "tool/pythons/3.12", "tool/pythons/3.12/bin", "other"));

    assertThat(plan.items()).extracting(PlanItem::path).containsExactly(tree.path("other"));
    assertThat(plan.refused()).hasSize(4).extracting(Refusal::guard).containsOnly("protected");
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .containsOnly(
            "only the tool that manages /tree/tool/pythons may remove something from it; use that"
                + " tool");
  }

  @Test
  void goesByACommandOfTheTool() throws IOException {
    assertThat(plan(UNINSTALLING).items())
        .extracting(PlanItem::path)
        .containsExactly(tree.path("tool/pythons/3.12"));
  }

  /** Unlike a tool that cleans its own cache, it does as it is told. */
  @Test
  void staysFromACommandTooWhileItIsFresh() throws IOException {
    CleanupPlan plan = TestMachine.lowtide(tree, UNINSTALLING).build().plan(cache);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("grace-period");
  }
}
