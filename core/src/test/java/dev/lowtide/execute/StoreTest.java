package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.command.Command;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What only its own tool can look into. */
class StoreTest {
  private final TestTree tree = TestTree.inMemory().file("store/images/x", mib(1));
  private final CleanupTarget store = CleanupTarget.store("store", tree.path("store"));
  private final List<Command> ran = new ArrayList<>();

  private Candidate remove(String name, Instant lastUsed) {
    RunCommand command =
        new RunCommand(
            store.root().resolve(name), List.of("tool", "remove", name), OptionalLong.of(mib(700)));
    return Candidate.of(
        command, Cause.REGENERABLE, RebuildCost.COMPUTE, "nobody needs it", lastUsed);
  }

  private LowtideBuilder removing(Candidate... candidates) {
    TestPolicy policy = new TestPolicy("test.store", any -> List.of(candidates));
    for (String name : List.of("a", "b", "young", "old", "mine")) {
      policy = policy.running("tool", "remove", name);
    }
    return TestMachine.lowtide(tree, policy)
        .commands(
            command -> {
              ran.add(command);
              return new Command.Result(0, "Total reclaimed space: 700MB\n", false);
            });
  }

  @Test
  void holdsNothingForAPolicy() throws IOException {
    List<Entry> seen = new ArrayList<>();
    TestPolicy curious =
        new TestPolicy(
            "test.curious",
            snapshot -> {
              snapshot.entries().forEach(seen::add);
              return List.of();
            });

    TestMachine.lowtide(tree, curious).build().plan(store);

    assertThat(seen).singleElement().satisfies(root -> assertThat(root.isDirectory()).isFalse());
  }

  @Test
  void isCleanedByItsToolEvenWhereNothingCanBeSeen() throws IOException {
    Lowtide lowtide = removing(remove("a", NOW), remove("b", NOW)).build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.store("store", tree.path("not/here")));
    assertThat(plan.items()).as("elsewhere than in the store").isEmpty();

    CleanupReport report = lowtide.apply(lowtide.plan(store)).orThrow();

    assertThat(ran)
        .containsExactly(Command.of("tool", "remove", "a"), Command.of("tool", "remove", "b"));
    assertThat(report.outcomes())
        .extracting(Outcome::reason)
        .containsOnly("tool said: Total reclaimed space: 700MB");
  }

  @Test
  void isEstimatedAndNotAddedUpWithWhatIsMeasured() throws IOException {
    Lowtide lowtide = removing(remove("a", NOW)).build();

    CleanupPlan plan = lowtide.plan(store);

    assertThat(plan.reclaimableBytes()).isZero();
    assertThat(plan.explain()).contains("~700 MiB");
    assertThat(CleanupPlan.fromJson(plan.toJson())).isEqualTo(plan);
    assertThat(plan.toJson()).contains("\"estimatedBytes\": " + mib(700));
    assertThat(lowtide.apply(plan).freedBytes()).isZero();
  }

  @Test
  void keepsWhatIsYoungAndWhatAPatternKeeps() throws IOException {
    Lowtide lowtide =
        removing(remove("young", daysAgo(1)), remove("old", daysAgo(9)), remove("mine", daysAgo(9)))
            .olderThan(Duration.ofDays(7))
            .keep("mine")
            .build();

    lowtide.apply(lowtide.plan(store));

    assertThat(ran).containsExactly(Command.of("tool", "remove", "old"));
  }

  @Test
  void losesNothingToAPolicyThatWouldDeleteInIt() throws IOException {
    Lowtide lowtide =
        removing(
                Candidate.delete(
                    dev.lowtide.probe.SizeProbe.portable()
                        .capture(tree.path("store/images"))
                        .root(),
                    Cause.REGENERABLE,
                    RebuildCost.COMPUTE,
                    "a test"))
            .build();

    CleanupPlan plan = lowtide.plan(store);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("store");
  }

  @Test
  void losesNothingToAPlanThatNamesAPlaceOutsideOfIt() throws IOException {
    tree.file("elsewhere/x");
    Candidate outside =
        Candidate.of(
            new RunCommand(tree.path("elsewhere"), List.of("tool")),
            Cause.REGENERABLE,
            RebuildCost.COMPUTE,
            "a test",
            NOW);

    CleanupPlan plan = removing(outside).build().plan(store);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("inside-target");
  }
}
