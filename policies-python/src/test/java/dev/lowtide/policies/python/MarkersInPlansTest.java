package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A plan may leave out the marker that its policy demands; then the policy still demands it, also
 * where what no record explains may be taken.
 */
class MarkersInPlansTest {
  private final TestTree tree = TestTree.inMemory();

  /** A plan that names no marker, as if a policy had made it. */
  private CleanupReport apply(String path, String policy) throws IOException {
    Policy any =
        Policy.inWorkspaces(
            "any",
            "what the test names",
            RebuildCost.TRIVIAL,
            (snapshot, context) ->
                List.of(
                    Candidate.delete(
                        snapshot.entry(tree.path(path)).orElseThrow(),
                        Cause.REGENERABLE,
                        RebuildCost.TRIVIAL,
                        "any reason")));
    HostEnvironment host = Planned.host(tree);
    String plan =
        Lowtide.builder()
            .host(host)
            .clock(Clock.fixed(TestTree.NOW, ZoneOffset.UTC))
            .assumeIdle()
            .policy(any)
            .build()
            .plan(CleanupTarget.of("workspace", tree.root()))
            .toJson()
            .replace("\"any\"", '"' + policy + '"');
    return Planned.using(host).takeUnexplained().build().apply(CleanupPlan.fromJson(plan));
  }

  @ParameterizedTest
  @CsvSource({"python.tool-cache", "python.build-temp", "python.venv"})
  void aDirectoryWithoutItStays(String policy) throws IOException {
    tree.file("app/.pytest_cache/v/cache/lastfailed", "{}");

    CleanupReport report = apply("app/.pytest_cache", policy);

    assertThat(report.skipped()).hasSize(1);
    assertThat(report.skipped().get(0).reason()).contains(" has no ");
    assertThat(tree.has("app/.pytest_cache/v/cache/lastfailed")).isTrue();
  }
}
