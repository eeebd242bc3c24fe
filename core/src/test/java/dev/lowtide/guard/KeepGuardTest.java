package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Patterns keep what matches, what lies in it and what holds it. */
class KeepGuardTest extends GuardFixture {
  @Test
  void whatLiesBelowANameWithALineBreakStays() throws IOException {
    tree.file("a\nb/keepme/thesis.tex");

    CleanupPlan plan = plan(workspace.keeping("**/keepme/**"), "a\nb");

    assertKept(plan, "keep", "/tree/a\\nb/keepme in it matches a keep pattern");
  }

  @Test
  void aPatternThatMatchesNothingIsNoted() throws IOException {
    tree.file("dist/a.whl");

    CleanupPlan plan = plan(workspace.keeping("dist/**", "dits/**"), "dist");

    assertThat(plan.notes()).containsExactly("the pattern 'dits/**' in keep matches nothing");
    assertThat(plan.explain()).contains("'dits/**' in keep matches nothing");
    assertThat(CleanupPlan.fromJson(plan.toJson()).notes()).isEqualTo(plan.notes());
  }

  @Test
  void whatMatchesStays() throws IOException {
    tree.file("dist/a.whl").file("dist/b.log");

    CleanupPlan plan = plan(workspace.keeping("dist/*.whl"), "dist/a.whl", "dist/b.log");

    assertGoes(plan, tree.path("dist/b.log"));
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("keep");
  }

  @Test
  void whatLiesInSomethingThatMatchesStays() throws IOException {
    tree.file("dist/sub/a");

    assertKept(
        plan(workspace.keeping("dist"), "dist/sub/a"), "keep", "/tree/dist matches a keep pattern");
  }

  @Test
  void whatHoldsSomethingThatMatchesStays() throws IOException {
    tree.file("build/out/a.whl");

    assertKept(plan(workspace.keeping("**/*.whl"), "build"), "keep", "/tree/build/out/a.whl in it");
  }

  @Test
  void thePatternsOfAnOuterTargetHold() throws IOException {
    tree.file("inner/precious/a");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("precious"))
            .build()
            .plan(
                CleanupTarget.of("inner", tree.path("inner")), workspace.keeping("inner/precious"));

    assertKept(plan, "keep", "/tree/inner/precious");
  }

  @Test
  void thePatternsOfALibraryHoldInEveryTarget() throws IOException {
    tree.file("a.whl");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a.whl"))
            .keep("*.whl")
            .build()
            .plan(workspace);

    assertKept(plan, "keep", "/tree/a.whl");
  }
}
