package dev.lowtide.planner;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Volume;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tool removes part by part, with one command for those that go. */
class PartsTest {
  private static final ByteSize STORE = ByteSize.parse("100MiB");

  private final TestTree tree = TestTree.inMemory();
  private final CleanupTarget store = CleanupTarget.store("store", tree.path("store"));
  private final List<Candidate> parts = new ArrayList<>();

  private Candidate part(String name, String size, Instant lastUsed) {
    RunCommand command =
        new RunCommand(
            store.root().resolve(name),
            List.of("tool", "remove", name),
            OptionalLong.of(ByteSize.parse(size).bytes()));
    return Candidate.of(
            command, Cause.REGENERABLE, RebuildCost.COMPUTE, "nobody needs it", lastUsed)
        .named("the part " + name);
  }

  private PartsTest with(Candidate... more) {
    parts.addAll(List.of(more));
    return this;
  }

  private Candidate whole(List<Candidate> some) {
    List<String> argv = new ArrayList<>(List.of("tool", "remove"));
    some.forEach(part -> argv.add(String.valueOf(part.path().getFileName())));
    long bytes = some.stream().mapToLong(part -> part.estimatedBytes().orElseThrow()).sum();
    RunCommand command = new RunCommand(store.root(), argv, OptionalLong.of(bytes));
    return Candidate.of(
        command, Cause.REGENERABLE, RebuildCost.COMPUTE, "nobody needs them", daysAgo(1));
  }

  private LowtideBuilder lowtide() {
    Policy policy =
        Policy.inStore(
            "test.parts",
            "parts",
            RebuildCost.COMPUTE,
            target -> target.kind() == CleanupTarget.Kind.STORE,
            (snapshot, context) -> List.of(Candidate.ofParts(parts, this::whole)),
            List.of(CommandShape.of("tool", "remove").eachMatching("[a-z]+")),
            context -> STORE.bytes());
    return TestMachine.lowtide(tree, policy);
  }

  private CleanupPlan plan(LowtideBuilder lowtide) throws IOException {
    return lowtide.build().plan(store);
  }

  private static List<String> removed(CleanupPlan plan) {
    return plan.items().stream()
        .flatMap(item -> ((RunCommand) item.candidate().action()).argv().stream().skip(2))
        .toList();
  }

  @Test
  void goTogether() throws IOException {
    CleanupPlan plan =
        plan(with(part("a", "1MiB", daysAgo(9)), part("b", "2MiB", daysAgo(1))).lowtide());

    assertThat(plan.items()).hasSize(1);
    assertThat(removed(plan)).containsExactly("a", "b");
    assertThat(plan.explain()).contains("~3 MiB");
    assertThat(CleanupPlan.fromJson(plan.toJson())).isEqualTo(plan);
  }

  @Test
  void stayByAge() throws IOException {
    with(part("old", "1MiB", daysAgo(9)), part("young", "1MiB", daysAgo(1)));

    assertThat(removed(plan(lowtide().olderThan(Duration.ofDays(7))))).containsExactly("old");
    assertThat(removed(plan(lowtide().keepNewest(1)))).containsExactly("old");
    assertThat(plan(lowtide().olderThan(Duration.ofDays(99))).items()).isEmpty();
  }

  @Test
  void goLeastRecentlyUsedFirstUntilTheSizeIsReached() throws IOException {
    with(
        part("third", "30MiB", daysAgo(1)),
        part("first", "30MiB", daysAgo(9)),
        part("second", "30MiB", daysAgo(5)));

    CleanupPlan plan = plan(lowtide().maxSize(ByteSize.parse("50MiB")));

    assertThat(removed(plan)).containsExactly("first", "second");
    assertThat(plan.items())
        .extracting(item -> item.candidate().cause(), item -> item.candidate().reason())
        .containsExactly(
            tuple(Cause.OVER_BUDGET, "nobody needs them; the target may take at most 50 MiB"));
    assertThat(plan(lowtide().maxSize(STORE)).items()).as("it is that small").isEmpty();
  }

  @Test
  void goForATotalUntilItIsReached() throws IOException {
    with(part("first", "30MiB", daysAgo(9)), part("second", "30MiB", daysAgo(5)));
    SpaceGoal goal = SpaceGoal.NONE.maxTotal(ByteSize.parse("80MiB"));

    CleanupPlan plan = plan(lowtide().goal(goal));

    assertThat(removed(plan)).containsExactly("first");
    assertThat(plan.notes())
        .containsExactly(
            "the targets hold 100 MiB, the goal is at most 80 MiB: this plan meets it");
    assertThat(plan.refused())
        .containsExactly(
            new Refusal(
                "test.parts",
                store.root().resolve("second"),
                "goal",
                "the part second: the goal is met without it"));
  }

  @Test
  void stayWhereTheTargetKeepsSoMuch() throws IOException {
    with(
        part("first", "30MiB", daysAgo(9)),
        part("second", "30MiB", daysAgo(5)),
        part("small", "1MiB", daysAgo(4)));
    SpaceGoal goal =
        SpaceGoal.NONE.maxTotal(ByteSize.parse("10MiB")).reserve("store", ByteSize.parse("60MiB"));

    CleanupPlan plan = plan(lowtide().goal(goal));

    assertThat(removed(plan)).containsExactly("first");
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .containsExactly(
            "the part second: the target keeps at least 60 MiB in any case",
            "the part small: the target keeps at least 60 MiB in any case");
  }

  @Test
  void areReportedByTheirNamesWhereTheyStay() throws IOException {
    with(part("a", "1MiB", daysAgo(9)), part("mine", "1MiB", daysAgo(9)).withheld("it is mine"));

    CleanupPlan plan = plan(lowtide());

    assertThat(removed(plan)).containsExactly("a");
    assertThat(plan.refused())
        .containsExactly(
            new Refusal(
                "test.parts",
                store.root().resolve("mine"),
                "evidence",
                "the part mine: it is mine"));
  }

  /** A tool says how many bytes come free, and not how many inodes. */
  @Test
  void stayWhereOnlyInodesAreMissing(@TempDir Path directory) throws IOException {
    assumeTrue(
        Volume.of(directory).inodes().isPresent(),
        "skipped: how many inodes are free is not known");
    CleanupTarget here = CleanupTarget.store("store", directory.toRealPath());
    Candidate part =
        Candidate.of(
            new RunCommand(here.root(), List.of("tool", "remove", "a"), OptionalLong.of(1)),
            Cause.REGENERABLE,
            RebuildCost.COMPUTE,
            "nobody needs it",
            daysAgo(9));

    TestPolicy policy =
        new TestPolicy("test.store", any -> List.of(part)).running("tool", "remove", "a");

    CleanupPlan plan =
        TestMachine.lowtide(tree, policy)
            .goal(SpaceGoal.NONE.untilFreeInodes("100%"))
            .build()
            .plan(here);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .containsExactly(
            "only inodes are short, and its tool does not report how many it would free");
  }

  @Test
  void needEstimates() {
    Candidate unknown =
        Candidate.of(
            new RunCommand(store.root(), List.of("tool")),
            Cause.REGENERABLE,
            RebuildCost.COMPUTE,
            "a test",
            NOW);

    assertThatThrownBy(() -> Candidate.ofParts(List.of(unknown), this::whole))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
