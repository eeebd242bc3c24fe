package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What has just come to where it is is young, however old its content says that it is. */
class ArrivalTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path temporary;
  private TestTree tree;

  /** A tree of a month ago, and the item to come. */
  @BeforeEach
  void makeOldTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath()).file("source/item/deep/file").file("source/other");
    sh("find source -depth -exec touch -h -d '30 days ago' {} +");
  }

  private void sh(String script) {
    ChildProcess.run(tree.root(), "sh", "-ec", script);
  }

  /** With the time as it is, and so much later. */
  private LowtideBuilder lowtide(Duration later) {
    return lowtide(later, TestPolicy.deleting("item"));
  }

  private LowtideBuilder lowtide(Duration later, TestPolicy policy) {
    return TestMachine.lowtide(tree, policy)
        .probe(SizeProbe.best())
        .clock(TestMachine.clockIn(later));
  }

  private boolean goes(LowtideBuilder lowtide) throws IOException {
    return !lowtide.build().plan(CleanupTarget.of("tree", tree.root())).items().isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cp -a source/item item",
        "cp -al source/item item",
        "mv source/item item",
        "tar -C source -c item | tar -x",
        "cp -a source/item item; touch -h -d '30 days ago' item item/deep item/deep/file",
        "cp -p source/item/deep/file item",
        "ln source/item/deep/file item",
        "ln -s source item; touch -h -d '30 days ago' item",
      })
  void isYoung(String arrival) throws IOException {
    sh(arrival);

    assertThat(goes(lowtide(Duration.ZERO).gracePeriod(HOUR))).isFalse();
    assertThat(goes(lowtide(Duration.ZERO).olderThan(HOUR))).isFalse();
    assertThat(goes(lowtide(HOUR.multipliedBy(2)).gracePeriod(HOUR).olderThan(HOUR))).isTrue();
  }

  @Test
  void isYoungWhereOneFileDeepInItWasReplaced() throws IOException {
    sh("mv source/item item; sleep 2");
    assertThat(goes(lowtide(Duration.ZERO).gracePeriod(Duration.ofSeconds(1)))).isTrue();

    sh("cp -p source/other item/deep/file");

    assertThat(goes(lowtide(Duration.ZERO).gracePeriod(Duration.ofSeconds(1)))).isFalse();
  }

  /** A file in uv's cache has a name in each environment. */
  @Test
  void isNotYoungBecauseAnotherNameOfAFileCameOrWent() throws IOException {
    sh("mv source/item item; ln item/deep/file elsewhere; sleep 1.1; ln item/deep/file another");

    assertThat(goes(lowtide(Duration.ZERO).gracePeriod(Duration.ofSeconds(1)))).isTrue();
  }

  @Test
  void isNotYoungBecauseItWasReadUnnoticed() throws IOException {
    sh("mv source/item item; sleep 1.1");
    Entry file =
        SizeProbe.best().capture(tree.root()).entry(tree.path("item/deep/file")).orElseThrow();

    assertThat(file.textUnnoticed(10)).isPresent();

    assertThat(goes(lowtide(Duration.ZERO).gracePeriod(Duration.ofSeconds(1)))).isTrue();
  }

  /** A policy may know that its tool dates by modification. */
  @Test
  void isAsOldAsItSaysWhereItsToolDatesIt() throws IOException {
    sh("cp -a source/item item");
    TestPolicy dated =
        TestPolicy.deleting("item")
            .with(each -> each.datedByModification(Instant.now().minus(Duration.ofDays(30))));

    assertThat(goes(lowtide(Duration.ZERO, dated).gracePeriod(HOUR).olderThan(HOUR))).isTrue();
  }
}
