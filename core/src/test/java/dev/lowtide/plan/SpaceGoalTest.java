package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Volume;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpaceGoalTest {
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  private final TestTree tree = TestTree.inMemory();

  /** Proposes each file at the top, at the cost that its name begins with. */
  private static final TestPolicy BY_NAME =
      new TestPolicy(
          "test.cost",
          snapshot ->
              snapshot
                  .entries()
                  .filter(entry -> entry.isFile())
                  .map(
                      entry ->
                          Candidate.delete(
                                  entry,
                                  Cause.REGENERABLE,
                                  RebuildCost.valueOf(entry.name().split("-")[0]),
                                  "it can be made again")
                              .lastUsedAt(
                                  LONG_AGO.plusSeconds(Long.parseLong(entry.name().split("-")[1]))))
                  .toList());

  private CleanupPlan plan(SpaceGoal goal) throws IOException {
    return TestMachine.lowtide(tree, BY_NAME)
        .goal(goal)
        .build()
        .plan(CleanupTarget.of("workspace", tree.root()));
  }

  private static List<String> names(CleanupPlan plan) {
    return plan.items().stream()
        .map(PlanItem::path)
        .map(Path::getFileName)
        .map(Path::toString)
        .toList();
  }

  private ByteSize allBut(long bytes) throws IOException {
    return new ByteSize(SizeProbe.best().measure(tree.root()).allocatedBytes() - bytes);
  }

  @Test
  void withoutAGoalEverythingGoes() throws IOException {
    tree.file("COMPUTE-1", 8192).file("DOWNLOAD-2", 8192);

    assertThat(plan(SpaceGoal.NONE).items()).hasSize(2);
  }

  @Test
  void whatIsCheapestToRebuildGoesFirst() throws IOException {
    tree.file("DOWNLOAD-1", 8192)
        .file("EXPENSIVE-1", 8192)
        .file("TRIVIAL-9", 8192)
        .file("COMPUTE-5", 8192);

    CleanupPlan plan = plan(SpaceGoal.NONE.maxTotal(allBut(3 * 8192)));

    assertThat(names(plan)).containsExactly("TRIVIAL-9", "COMPUTE-5", "DOWNLOAD-1");
  }

  @Test
  void ofEqualCostTheLeastRecentlyUsedGoesFirst() throws IOException {
    tree.file("COMPUTE-3", 8192).file("COMPUTE-1", 8192).file("COMPUTE-2", 8192);

    assertThat(names(plan(SpaceGoal.NONE.maxTotal(allBut(2 * 8192)))))
        .containsExactly("COMPUTE-1", "COMPUTE-2");
  }

  @Test
  void nothingGoesWhereTheGoalIsMet() throws IOException {
    tree.file("COMPUTE-3", 8192);

    assertThat(plan(SpaceGoal.NONE.maxTotal(ByteSize.parse("1GB"))).items()).isEmpty();
    assertThat(plan(SpaceGoal.NONE.untilFree("1kB")).items()).isEmpty();
  }

  @Test
  void whatIsNotNeededIsNamed() throws IOException {
    tree.file("COMPUTE-3", 8192).file("DOWNLOAD-1", 8192);

    assertThat(plan(SpaceGoal.NONE.maxTotal(allBut(1))).refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.path()).isEqualTo(tree.path("DOWNLOAD-1"));
              assertThat(refusal.guard()).isEqualTo("goal");
            });
  }

  @Test
  void whatFreesNothingIsNotTaken() throws IOException {
    tree.file("TRIVIAL-1", 8192).file("COMPUTE-1", 8192);
    tree.hardLink("kept/other-name-of-it", "TRIVIAL-1");

    assertThat(names(plan(SpaceGoal.NONE.maxTotal(allBut(8192)).reserve("none", ByteSize.ZERO))))
        .doesNotContain("TRIVIAL-1");
  }

  @Test
  void namesOfOneFileAreTakenTogether() throws IOException {
    tree.file("TRIVIAL-1", 8192);
    tree.hardLink("TRIVIAL-2", "TRIVIAL-1");

    assertThat(names(plan(SpaceGoal.NONE.maxTotal(allBut(8192)))))
        .containsExactly("TRIVIAL-1", "TRIVIAL-2");
  }

  @Test
  void aTargetKeepsWhatIsReserved() throws IOException {
    tree.file("COMPUTE-1", 8192).file("COMPUTE-2", 8192).file("COMPUTE-3", 8192);

    CleanupPlan plan =
        plan(SpaceGoal.NONE.maxTotal(ByteSize.ZERO).reserve("workspace", allBut(8192)));

    assertThat(names(plan)).containsExactly("COMPUTE-1");
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .allMatch(why -> why.contains("in any case"));
  }

  @Test
  void aPlanThatCannotMeetTheGoalSaysWhatIsMissingAndWhatStays() throws IOException {
    tree.file("COMPUTE-1", 8192).file("DOWNLOAD-1", 40960);

    CleanupPlan plan =
        TestMachine.lowtide(tree, BY_NAME)
            .goal(SpaceGoal.NONE.maxTotal(ByteSize.ZERO))
            .keep("DOWNLOAD-1")
            .build()
            .plan(CleanupTarget.of("workspace", tree.root()));

    assertThat(names(plan)).containsExactly("COMPUTE-1");
    assertThat(plan.notes())
        .anyMatch(note -> note.contains("the goal is at most 0 B") && note.contains("missing"))
        .anyMatch(note -> note.startsWith("stays: 40 KiB in " + tree.path("DOWNLOAD-1")));
  }

  @Test
  void goalsThatMakeNoSenseAreRefusedInOneLine() {
    for (String text : List.of("", "much", "101%", "-1", "20 percent")) {
      assertThatThrownBy(() -> SpaceGoal.NONE.untilFree(text))
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .contains("write for example")
          .doesNotContain("\n");
    }
    assertThatThrownBy(() -> SpaceGoal.NONE.untilFreeInodes("10GB"))
        .hasMessageContaining("500000 or 10%");
  }

  @Test
  void equalGoalsAreEqual() {
    assertThat(SpaceGoal.NONE.untilFree("15%").maxTotal(ByteSize.ZERO))
        .isEqualTo(SpaceGoal.NONE.maxTotal(ByteSize.ZERO).untilFree("15 %"))
        .isNotEqualTo(SpaceGoal.NONE.untilFree("15").maxTotal(ByteSize.ZERO));
  }

  /** A floor of 20 GB for a disk could never be met by a {@code /tmp} in memory of 2 GB. */
  @Test
  void aFileSystemInMemoryThatIsSmallerThanTheFloorHasNone() throws IOException {
    Path memory = Path.of("/dev/shm");
    assumeThat(memory).isDirectory();
    Volume volume = Volume.of(memory);
    assumeThat(volume.isInMemory()).isTrue();
    String more = volume.total().bytes() + 1 + "B";

    assertThat(SpaceGoal.NONE.untilFree(more).missingBytes(volume)).isEqualTo(Long.MIN_VALUE);
    assertThat(SpaceGoal.NONE.untilFree("100%").missingBytes(volume))
        .as("a part of it is meant for it, too")
        .isNotNegative();
  }
}
