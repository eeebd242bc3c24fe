package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Printable;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan that somebody has changed in an editor is not trusted more than a policy is. */
class HandWrittenPlanTest {
  private @TempDir Path directory;
  private TestTree tree;
  private HostEnvironment host;
  private Lowtide lowtide;
  private String plan;

  @BeforeEach
  void plan() throws IOException {
    tree =
        TestTree.in(directory.toRealPath()).directory("home/me").file("home/you/project/out/app.o");
    host =
        HostEnvironment.of(
            OperatingSystem.LINUX,
            tree.root().getFileSystem(),
            Map.of(),
            tree.path("home/me").toString(),
            tree.path("tmp").toString());
    lowtide = Lowtide.builder().host(host).policy(new Outputs()).build();
    plan = lowtide.plan(CleanupTarget.of("work", tree.path("home/you/project"))).toJson();
  }

  private String withTarget(String uri) {
    return plan.replaceFirst(
        "\"uri\": \"" + Printable.uri(tree.path("home/you/project")) + "\"",
        "\"uri\": \"" + uri + "\"");
  }

  @Test
  void isAppliedWhereItsTargetMayBeCleaned() throws IOException {
    lowtide.apply(CleanupPlan.fromJson(plan)).orThrow();

    assertThat(tree.has("home/you/project/out")).isFalse();
  }

  private Path saved(String json) throws IOException {
    return Files.writeString(tree.path("plan.json"), json);
  }

  @Test
  void isNotReadIfAnotherMachineOrUserMadeIt() throws IOException {
    Path own = saved(plan);
    assertThat(CleanupPlan.load(own, host).items()).hasSize(1);

    String other = plan.replaceFirst("\"madeBy\": \"....", "\"madeBy\": \"0000");
    assertThatExceptionOfType(CleanupPlan.FormatException.class)
        .isThrownBy(() -> CleanupPlan.load(saved(other), host))
        .withMessage("It was made on another machine or by another user; make it again");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> lowtide.apply(CleanupPlan.fromJson(other)));
    String unknown = plan.replaceFirst(" *\"madeBy\": .*\n", "");
    assertThatExceptionOfType(CleanupPlan.FormatException.class)
        .isThrownBy(() -> CleanupPlan.load(saved(unknown), host))
        .withMessageStartingWith("It does not say which machine");
    assertThat(tree.has("home/you/project/out/app.o")).isTrue();
  }

  @Test
  void namesItsMachineByAHash() throws IOException {
    Path id = Path.of("/etc/machine-id");
    assumeTrue(Files.exists(id), "this machine has no id");

    assertThat(plan)
        .containsPattern("\"madeBy\": \"[0-9a-f]{32}\"")
        .doesNotContain(Files.readString(id).strip());
  }

  @Test
  void whatComesFromElsewhereIsOnlyWhatAPlanOfHereHasToo() throws IOException {
    tree.file("home/you/project/photos/1.jpg");
    String forged =
        plan.replace("project/out\"", "project/photos\"").replaceFirst(" *\"madeBy\": .*\n", "");
    CleanupPlan now = lowtide.plan(CleanupTarget.of("work", tree.path("home/you/project")));

    CleanupPlan confirmed = CleanupPlan.fromJson(forged).confirmedBy(now);

    assertThat(confirmed.items()).isEmpty();
    assertThat(confirmed.refused()).extracting(Refusal::guard).containsExactly("elsewhere");
    lowtide.apply(CleanupPlan.fromJson(plan).confirmedBy(now)).orThrow();
    assertThat(tree.has("home/you/project/photos/1.jpg")).isTrue();
    assertThat(tree.has("home/you/project/out")).isFalse();
  }

  @Test
  void isNotAppliedWhereItsTargetHoldsTheHomeDirectory() throws IOException {
    CleanupPlan wider = CleanupPlan.fromJson(withTarget(Printable.uri(tree.path("home"))));

    CleanupReport report = lowtide.apply(wider);

    assertThat(report.outcomes())
        .singleElement()
        .isInstanceOfSatisfying(
            Skipped.class, skipped -> assertThat(skipped.reason()).contains("the home directory"));
    assertThat(tree.has("home/you/project/out/app.o")).isTrue();
  }

  @Test
  void isNotAppliedWhereAnItemClimbsOutOfItsTarget() throws IOException {
    tree.file("other/out/precious").directory("home/you/project/sub");
    CleanupPlan other = lowtide.plan(CleanupTarget.of("work", tree.path("other")));
    String climbing =
        other
            .toJson()
            .replace(
                Printable.uri(tree.path("other/out")),
                Printable.uri(tree.path("home/you/project/sub")) + "/../../../../other/out")
            .replace(
                "\"uri\": \"" + Printable.uri(tree.path("other")) + "\"",
                "\"uri\": \"" + Printable.uri(tree.path("home/you/project")) + "\"");

    CleanupReport report = lowtide.apply(CleanupPlan.fromJson(climbing));

    assertThat(tree.has("other/out/precious")).isTrue();
    assertThat(report.skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.reason()).contains("contains '..'"));
  }

  @Test
  void saysInOneShortLineWhichTargetIsWrong() {
    assertThatExceptionOfType(CleanupPlan.FormatException.class)
        .isThrownBy(() -> CleanupPlan.fromJson(withTarget("file:///a/../b")))
        .withMessageStartingWith(
            "Its plan.targets[0] is wrong: '/a/../b' is not accepted as a path")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(200));
  }

  @Test
  void saysInOneShortLineWhereItIsTruncated() {
    assertThatExceptionOfType(CleanupPlan.FormatException.class)
        .isThrownBy(() -> CleanupPlan.fromJson(plan.substring(0, plan.length() / 2)))
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .matches("It is not a complete JSON document, see line \\d+ column \\d+"));
  }

  private static final class Outputs implements Policy {
    @Override
    public String id() {
      return "sample.out";
    }

    @Override
    public String description() {
      return "outputs";
    }

    @Override
    public RebuildCost cost() {
      return RebuildCost.TRIVIAL;
    }

    @Override
    public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
      return snapshot
          .entries()
          .filter(entry -> entry.name().equals("out"))
          .map(entry -> Candidate.delete(entry, Cause.REGENERABLE, cost(), "made again"))
          .toList();
    }
  }
}
