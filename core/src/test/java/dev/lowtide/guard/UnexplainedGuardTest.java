package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What an account explains may go; an entry that it does not know keeps the whole. */
class UnexplainedGuardTest {
  private final TestTree tree =
      TestTree.inMemory().file("env/lib/recorded.py").file("env/bin/recorded");
  private final CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());
  private final TestPolicy policy =
      TestPolicy.named("test.env", "env")
          .explaining(entry -> entry.isDirectory() || entry.name().startsWith("recorded"));

  private CleanupPlan plan() throws IOException {
    return TestMachine.lowtide(tree, policy).build().plan(workspace);
  }

  @Test
  void whatIsExplainedGoes() throws IOException {
    assertThat(plan().items()).extracting(PlanItem::path).containsExactly(tree.path("env"));
    assertThat(TestMachine.lowtide(tree, policy).build().apply(plan()).skipped()).isEmpty();
    assertThat(tree.path("env")).doesNotExist();
  }

  @Test
  void anEntryThatIsNotExplainedKeepsTheWholeAndIsNamed() throws IOException {
    tree.file("env/lib/notes.py");

    assertThat(plan().items()).isEmpty();
    assertThat(plan().refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo("unexplained");
              assertThat(refusal.reason())
                  .contains(
                      tree.path("env/lib/notes.py") + " is in no record", "--take-unexplained");
            });
  }

  @Test
  void isAskedAgainBeforeRemoval() throws IOException {
    CleanupPlan plan = plan();
    TestPolicy other = policy.explaining(entry -> entry.isDirectory()); // its record has changed

    CleanupReport report = TestMachine.lowtide(tree, other).build().apply(plan);

    assertThat(report.skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.reason()).startsWith("unexplained: "));
    assertThat(tree.path("env/lib/recorded.py")).exists();
  }

  @Test
  void isRemovedOnlyWithTakeUnexplained() throws IOException {
    tree.file("env/lib/notes.py");

    CleanupPlan plan = TestMachine.lowtide(tree, policy).takeUnexplained().build().plan(workspace);

    assertThat(plan.items()).extracting(PlanItem::path).containsExactly(tree.path("env"));
    assertThat(TestMachine.lowtide(tree, policy).build().dryRun(plan).skipped()).hasSize(1);
    assertThat(TestMachine.lowtide(tree, policy).takeUnexplained().build().dryRun(plan).skipped())
        .isEmpty();
  }

  @Test
  void anItemOfWhichNothingProvesWhatItIsIsNotTaken() throws IOException {
    TestPolicy unmarked = policy.explaining(entry -> !entry.path().equals(tree.path("env")));

    assertThat(
            TestMachine.lowtide(tree, unmarked).takeUnexplained().build().plan(workspace).refused())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("remove it by hand"));
  }

  @Test
  void takingItLiftsNoOtherGuard() throws IOException {
    tree.file("env/lib/notes.py");

    assertThat(
            TestMachine.lowtide(tree, policy)
                .takeUnexplained()
                .keep("env/lib/notes.py")
                .build()
                .plan(workspace)
                .items())
        .isEmpty();
  }

  @Test
  void anAccountThatFailsKeeps() throws IOException {
    TestPolicy broken =
        policy.explaining(
            entry -> {
              throw new IllegalStateException("the record is torn");
            });

    assertThat(TestMachine.lowtide(tree, broken).build().plan(workspace).refused())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("the record is torn"));
  }

  @Test
  void whatNoLoadedPolicyHasProposedStaysEvenIfUnexplainedThingsAreTaken() throws IOException {
    CleanupPlan plan = CleanupPlan.fromJson(plan().toJson().replace("test.env", "test.unheard-of"));

    CleanupReport report = TestMachine.lowtide(tree, policy).takeUnexplained().build().apply(plan);

    assertThat(report.skipped())
        .singleElement()
        .satisfies(
            skipped ->
                assertThat(skipped.reason())
                    .contains("the policy 'test.unheard-of' is not loaded"));
    assertThat(Files.exists(tree.path("env/bin/recorded"))).isTrue();
  }
}
