package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.Outcome;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen of a change between a plan and its application, and what is none. */
class PlanItemIdentityTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeItem() throws IOException {
    tree = TestTree.in(temporary.toRealPath()).file("item/deep/file", "12345678").file("single");
    sh("ln item/deep/file item/deep/hard; ln -s file item/deep/link; echo 1 > item/deep/other");
    sh("touch -d 2026-01-02 reference; find item single -exec touch -h -r reference {} +");
    sh("sleep 0.05"); // longer than a tick of the clock of files
  }

  private void sh(String script) {
    ChildProcess.run(tree.root(), "sh", "-ec", script);
  }

  private Lowtide lowtide(String... items) {
    return TestMachine.lowtide(tree, TestPolicy.deleting(items))
        .probe(SizeProbe.best())
        .clock(TestMachine.clockIn(Duration.ofDays(1)))
        .build();
  }

  private CleanupPlan plan(String... items) throws IOException {
    return lowtide(items).plan(CleanupTarget.of("tree", tree.root()));
  }

  private Entry now(String item) throws IOException {
    return SizeProbe.best().capture(tree.path(item)).root();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo 2 > item/deep/other; touch -r reference item/deep/other",
        "chmod 600 item/deep/other",
        "ln -sfn fold item/deep/link; touch -h -r reference item/deep item/deep/link",
        "chmod 700 item/deep",
        "printf X | dd of=single conv=notrunc; touch -r reference single",
      })
  void keepsWhatWasChangedAndDatedBack(String change) throws IOException {
    String item = change.contains("single") ? "single" : "item";
    CleanupPlan plan = plan(item);
    sh(change);

    CleanupReport report = lowtide(item).apply(CleanupPlan.fromJson(plan.toJson()));

    assertThat(report.outcomes()).hasSize(1).allMatch(Outcome.Skipped.class::isInstance);
    assertThat(report.outcomes().get(0).reason())
        .contains("it has changed since it was planned: the status of " + tree.path(item));
  }

  @Test
  void seesThatAfterTheMoveToo() throws IOException {
    PlanItem.Identity planned = PlanItem.Identity.of(now("item"));
    sh("mv item moved");
    assertThat(planned.differenceAfterRename(now("moved"))).isEmpty();

    sh("echo 2 > moved/deep/other; touch -r reference moved/deep/other");

    assertThat(planned.differenceAfterRename(now("moved")))
        .contains("moved/deep/other has changed");
  }

  /** A file in uv's cache has a name in each environment. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "cat item/deep/file item/deep/other",
        "touch another; mv another elsewhere",
        "ln item/deep/file elsewhere",
      })
  void removesWhatOthersOnlyReadOrGaveANameElsewhere(String noChange) throws IOException {
    CleanupPlan plan = plan("item", "single");
    sh(noChange);

    lowtide("item", "single").apply(CleanupPlan.fromJson(plan.toJson())).orThrow();

    assertThat(tree.has("item") || tree.has("single")).isFalse();
  }

  @Test
  void removesWhatLostItsOtherNamesToAnItemBefore() throws IOException {
    sh("mkdir second third; ln item/deep/other second/a; ln single third/b");
    CleanupPlan plan = plan("item", "second", "single", "third");

    lowtide("item", "second", "single", "third").apply(plan).orThrow();

    assertThat(tree.names()).containsExactly("reference");
  }

  @Test
  void aNameThatWentExcusesOnlyTheFileThatHadIt() throws IOException {
    sh("ln single elsewhere; ln item/deep/other other; sleep 0.05");
    PlanItem.Identity planned = PlanItem.Identity.of(now("item"));
    sh("rm other");
    assertThat(planned.differenceIn(now("item"))).isEmpty();

    sh("chmod 600 item/deep/link item/deep");

    assertThat(planned.differenceIn(now("item"))).contains("has changed, at");
  }

  /** It is changed by our own reading where the time of access has to be put back. */
  @Test
  void anotherProcessTakesAReadingUnnoticedForNoChange() throws IOException {
    sh("touch -a -d 2026-01-01 item/deep/other");
    Entry before = now("item");
    before.child("deep").get().child("other").get().textUnnoticed(10);

    PlanItem.Identity planned = PlanItem.Identity.of(before);

    String changed = ChildProcess.run(tree.root(), "stat", "-c", "%.9Z", "item/deep/other").strip();
    assertThat(planned.newestChanged().getEpochSecond() + "." + nanos(planned))
        .isGreaterThanOrEqualTo(changed);
  }

  private static String nanos(PlanItem.Identity identity) {
    return String.format("%09d", identity.newestChanged().getNano());
  }

  @Test
  void aPlanOfAnEarlierVersionGoesByModificationAlone() throws IOException {
    JsonObject plan = JsonParser.parseString(plan("item").toJson()).getAsJsonObject();
    JsonObject identity =
        plan.getAsJsonArray("items").get(0).getAsJsonObject().getAsJsonObject("identity");
    assertThat(identity.remove("newestChanged")).isNotNull();
    assertThat(identity.remove("severalNames")).isNotNull();
    sh("chmod 600 item/deep/other");

    lowtide("item").apply(CleanupPlan.fromJson(plan.toString())).orThrow();

    assertThat(tree.has("item")).isFalse();
  }
}
