package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Feature;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LowtideBuilderTest {
  private final TestTree tree =
      TestTree.inMemory().file("young", TestTree.kib(1), TestTree.daysAgo(3));

  private boolean goes(LowtideBuilder builder) throws IOException {
    return !builder.build().plan(CleanupTarget.of("workspace", tree.root())).isEmpty();
  }

  private static PolicyFile file(Retention retention, Optional<Duration> grace) {
    return new PolicyFile(
        List.of(), PolicyProvider.Selection.ALL, retention, SpaceGoal.NONE, grace);
  }

  private LowtideBuilder builder() {
    return TestMachine.lowtide(tree, TestPolicy.deleting("young"));
  }

  @Test
  void aPolicyFileWithoutLimitsLiftsNone() throws IOException {
    PolicyFile empty = file(Retention.NONE, Optional.empty());

    assertThat(goes(builder().policyFile(empty, List.of()))).isTrue();
    assertThat(goes(builder().olderThan(Duration.ofDays(7)).policyFile(empty, List.of())))
        .isFalse();
  }

  @Test
  void aPolicyFileLoosensNoLimitAndNoGracePeriod() throws IOException {
    Duration day = Duration.ofDays(1);
    PolicyFile loose = file(Retention.NONE.olderThan(day), Optional.of(day));

    assertThat(goes(builder().policyFile(loose, List.of()))).isTrue();
    assertThat(goes(builder().olderThan(Duration.ofDays(7)).policyFile(loose, List.of())))
        .isFalse();
    assertThat(goes(builder().gracePeriod(Duration.ofDays(7)).policyFile(loose, List.of())))
        .isFalse();
  }

  @Test
  void nothingIsRemovedByItsPathUnlessThatIsAllowed() throws IOException {
    Configuration onlyPaths =
        Configuration.unix().toBuilder()
            .setSupportedFeatures(Feature.LINKS, Feature.SYMBOLIC_LINKS, Feature.FILE_CHANNEL)
            .build();
    TestTree tree = TestTree.in(Jimfs.newFileSystem(onlyPaths)).file("a");
    LowtideBuilder builder = TestMachine.lowtide(tree, TestPolicy.deleting("a"));
    Lowtide lowtide = builder.build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));

    assertThat(lowtide.apply(plan).isDone()).isFalse();
    assertThat(tree.has("a")).isTrue();
    assertThat(builder.allowRemovalByPath().build().apply(plan).isDone()).isTrue();
    assertThat(tree.has("a")).isFalse();
  }
}
