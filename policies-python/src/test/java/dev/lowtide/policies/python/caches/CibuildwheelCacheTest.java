package dev.lowtide.policies.python.caches;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.LockHolder;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache as cibuildwheel leaves it, by the names and the locks of its 3.1.4. */
class CibuildwheelCacheTest {
  private static final String TAG =
      "Signature: 8a477f597d28d172789f06886806bc55\n"
          + "# This file is a cache directory tag created by cibuildwheel.\n";

  @TempDir Path directory;

  private static TestTree cache(TestTree tree) {
    return tree.file("CACHEDIR.TAG", TAG)
        .file("virtualenv-20.35.pyz", kib(8))
        .file("virtualenv-20.35.pyz.lock", "")
        .file("pypy3.11-v7.3.20-linux64/bin/pypy3", kib(16))
        .file("pypy3.11-v7.3.20-linux64.lock", "")
        .allModified(daysAgo(2));
  }

  private static CleanupTarget target(TestTree tree) {
    return CleanupTarget.cache(Places.CIBUILDWHEEL_CACHE, tree.root());
  }

  private static Planned plan(TestTree tree) {
    return Planned.of(tree, target(tree), Planned.host(tree));
  }

  @Test
  void goesItemByItem() {
    TestTree tree = cache(TestTree.inMemory());

    Planned planned = plan(tree).apply();

    assertThat(planned.proposed())
        .containsExactly("pypy3.11-v7.3.20-linux64", "virtualenv-20.35.pyz");
    assertThat(tree.names())
        .containsExactly(
            "CACHEDIR.TAG", "pypy3.11-v7.3.20-linux64.lock", "virtualenv-20.35.pyz.lock");
  }

  @Test
  void goesByAge() {
    TestTree tree = cache(TestTree.inMemory()).file("virtualenv-20.35.pyz", kib(8), daysAgo(40));

    Planned planned =
        Planned.of(
            tree,
            target(tree),
            Planned.using(Planned.host(tree)).olderThan(Duration.ofDays(30)).build());

    assertThat(planned.proposed()).containsExactly("virtualenv-20.35.pyz");
  }

  @Test
  void staysWithoutTheTagOfCibuildwheel() {
    TestTree untagged = TestTree.inMemory().file("virtualenv-20.35.pyz");
    TestTree ofAnother =
        cache(TestTree.inMemory()).file("CACHEDIR.TAG", TAG.replace("cibuildwheel", "another"));

    assertThat(plan(untagged).proposed()).isEmpty();
    assertThat(plan(untagged).refused().get("virtualenv-20.35.pyz")).contains("no CACHEDIR.TAG");
    assertThat(plan(ofAnother).proposed()).isEmpty();
    assertThat(plan(ofAnother).refused())
        .containsOnlyKeys("pypy3.11-v7.3.20-linux64", "virtualenv-20.35.pyz");
  }

  @Test
  void staysWhereThereIsNoLockToHold() {
    TestTree tree = cache(TestTree.inMemory()).file("photos/cat.jpg").allModified(daysAgo(2));

    assertThat(plan(tree).proposed()).doesNotContain("photos");
    assertThat(plan(tree).refused().get("photos")).contains("no photos.lock", "--clean-cache");
  }

  @Test
  void staysWhileItIsUnpacked() throws IOException {
    TestTree tree = cache(TestTree.in(directory.toRealPath()));
    CleanupReport report;
    try (ChildProcess.Running cibuildwheel =
        LockHolder.FLOCK.hold(tree.path("pypy3.11-v7.3.20-linux64.lock"))) {
      Planned planned =
          Planned.of(
              tree,
              target(tree),
              Planned.using(Planned.host(tree))
                  .clock(TestMachine.clockIn(Duration.ofDays(2)))
                  .assumeIdle()
                  .build());
      report = planned.lowtide().apply(planned.plan());

      assertThat(planned.refused().keySet()).isSubsetOf("pypy3.11-v7.3.20-linux64");
      assertThat(cibuildwheel.pid()).isPositive();
    }

    assertThat(report.outcomes()).noneMatch(Outcome.Failed.class::isInstance);
    assertThat(tree.has("pypy3.11-v7.3.20-linux64/bin/pypy3")).isTrue();
    assertThat(tree.has("virtualenv-20.35.pyz")).isFalse();
  }

  @Test
  void inAWorkspaceIsNotLookedFor() {
    TestTree tree = cache(TestTree.inMemory());

    assertThat(Planned.workspace(tree).proposed()).isEmpty();
    assertThat(Planned.workspace(tree).refused()).isEmpty();
  }

  @Test
  void thatIsAlsoNamedAsTheCacheOfPipLosesNothingThatIsNotPips() throws IOException {
    TestTree tree = cache(TestTree.inMemory());

    CleanupPlan plan =
        Planned.using(Planned.host(tree))
            .build()
            .plan(List.of(CleanupTarget.cache(Places.PIP_CACHE, tree.root()), target(tree)));

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::reason).contains("it is not from pip");
  }
}
