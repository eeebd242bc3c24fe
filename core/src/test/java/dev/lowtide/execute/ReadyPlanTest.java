package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadyPlanTest {
  @TempDir Path directory;

  private static Candidate run(Entry root, long bytes, List<String> names) {
    List<String> argv = new ArrayList<>(List.of("tool"));
    argv.addAll(names);
    return Candidate.of(
        new RunCommand(root.path(), argv, OptionalLong.of(bytes)),
        Cause.REGENERABLE,
        RebuildCost.DOWNLOAD,
        "the tool knows",
        Instant.EPOCH.plusSeconds(names.get(0).charAt(0)));
  }

  private static List<String> argv(CleanupPlan plan) {
    assertThat(plan.items()).hasSize(1);
    return plan.items().get(0).candidate().commands().get(0);
  }

  /** A guard would otherwise take all that a tool has for the little that is missing. */
  @Test
  void onlySoManyPartsAreTakenAsBringWhatIsMissing() throws IOException {
    Policy policy =
        Policy.of(
            "test.tool",
            "parts",
            RebuildCost.DOWNLOAD,
            target -> true,
            (snapshot, context) ->
                List.of(
                    Candidate.ofParts(
                        List.of("a", "b", "c", "d").stream()
                            .map(name -> run(snapshot.root(), 10, List.of(name)))
                            .toList(),
                        some ->
                            run(
                                snapshot.root(),
                                10L * some.size(),
                                some.stream()
                                    .map(part -> part.commands().get(0).get(1))
                                    .toList()))),
            List.of(CommandShape.of("tool").eachMatching("[a-d]")));
    CleanupTarget target = CleanupTarget.cache("cache", directory.toRealPath());
    Volume volume = Volume.of(target.root());
    CleanupPlan plan =
        Lowtide.builder()
            .policy(policy)
            .goal(SpaceGoal.NONE.untilFree("100%"))
            .listener(CleanupListener.NONE)
            .build()
            .plan(target);

    ReadyPlan ready = new ReadyPlan(plan, Map.of("cache", volume), Duration.ZERO);

    assertThat(argv(ready.take(volume, 15, 64))).containsExactly("tool", "a", "b");
    assertThat(argv(ready.take(volume, 1, 64))).containsExactly("tool", "c");
    assertThat(argv(ready.take(volume, 100, 64))).containsExactly("tool", "d");
    assertThat(ready.isExhausted(volume)).isTrue();
  }
}
