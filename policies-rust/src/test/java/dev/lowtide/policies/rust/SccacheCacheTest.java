package dev.lowtide.policies.rust;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Cause;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is proposed in the cache of sccache. */
class SccacheCacheTest {
  private static final String REST = "0".repeat(62);
  private static final String AB = "a/b/ab" + REST;
  private static final String AC = "a/c/ac" + REST;
  private static final String F0 = "f/0/f0" + REST;
  private static final String PREPROCESSED = "preprocessor/1/2/3/123" + "0".repeat(61);

  private final TestTree tree = TestTree.inMemory();

  private CleanupTarget target() {
    return CleanupTarget.cache("sccache", tree.root());
  }

  private Planned plan(Lowtide lowtide) {
    return Planned.of(tree, target(), lowtide);
  }

  private LowtideBuilder lowtide() {
    return Planned.using(Planned.host(tree));
  }

  @Test
  void losesTheLeastRecentlyUsedEntriesWhereItIsTooLarge() {
    tree.file(AB, kib(64), daysAgo(3)).file(AC, kib(64), daysAgo(1)).file(F0, kib(64), daysAgo(2));

    Planned planned = plan(lowtide().maxSize(new ByteSize(kib(180))).build());

    assertThat(planned.proposed()).containsExactly(AB);
    assertThat(planned.plan().items())
        .allSatisfy(item -> assertThat(item.candidate().requires()).isEmpty())
        .extracting(item -> item.candidate().cause())
        .containsExactly(Cause.OVER_BUDGET);
  }

  @Test
  void losesOnlyTheEntriesThatAGoalNeeds() {
    tree.file(AB, kib(64), daysAgo(3)).file(AC, kib(64), daysAgo(1)).file(F0, kib(64), daysAgo(2));
    SpaceGoal goal = SpaceGoal.NONE.maxTotal(new ByteSize(kib(180)));

    assertThat(plan(lowtide().goal(goal).build()).proposed()).containsExactly(AB);
  }

  @Test
  void losesOldEntriesByThemselves() {
    tree.file(AB, 1, daysAgo(40)).file(AC, 1, daysAgo(1)).file(PREPROCESSED, 1, daysAgo(40));

    assertThat(plan(lowtide().olderThan(Duration.ofDays(7)).build()).proposed())
        .containsExactly(AB, PREPROCESSED);
  }

  @Test
  void goesAsAWholeOnlyWhileTheServerStandsStill() {
    tree.file(AB).file(AC).file(F0).file(PREPROCESSED).allModified(daysAgo(1));

    Planned planned = plan(lowtide().build());

    assertThat(planned.proposed()).containsExactly("a", "f", "preprocessor");
    assertThat(planned.plan().items())
        .allSatisfy(
            item -> assertThat(item.candidate().requires()).containsExactly(SccacheCache.SERVER));
  }

  @Test
  void keepsAndNamesWhatIsNotSccaches() {
    tree.file("photos/cat.jpg")
        .file("a/b/notes.txt")
        .file("a/b/cd" + REST) // in the directory of another name
        .file(AC)
        .file(F0)
        .allModified(daysAgo(1));

    Planned planned = plan(lowtide().build());

    assertThat(planned.proposed()).containsExactly(AC, "f");
    assertThat(planned.refused())
        .containsOnlyKeys("photos", "a/b/notes.txt", "a/b/cd" + REST)
        .contains(
            entry(
                "photos", "it is not from sccache, which may still remove it; move it elsewhere"));
  }

  @Test
  void keepsALinkThatIsCalledLikeAnEntry() {
    tree.file("elsewhere").link(AB, "../../elsewhere").allModified(daysAgo(1));

    assertThat(plan(lowtide().build()).refused()).containsKey(AB);
  }

  @Test
  void keepsWhatIsCalledWithABackslashAndIsNoEntry() {
    tree.file("a\\b\\ab" + REST).file("mine\\.sccachetmp").allModified(daysAgo(1));

    assertThat(plan(lowtide().build()).proposed()).isEmpty();
  }

  @Test
  void keepsWhatWasUsedWithinTheHour() {
    tree.file(AB, kib(1));

    assertThat(plan(lowtide().build()).proposed()).isEmpty();
    assertThat(plan(lowtide().build()).refused().get("a")).contains("grace period");
  }

  @Test
  void losesTemporaryFilesOfServersThatWereEnded() {
    tree.file(".sccachetmpA1b2C3", kib(1), daysAgo(2)).file("a/b/.sccachetmpX", 1, daysAgo(2));

    Planned planned = plan(lowtide().olderThan(Duration.ofDays(1)).build());

    assertThat(planned.proposed()).containsExactly(".sccachetmpA1b2C3", "a/b/.sccachetmpX");
  }

  @Test
  void isNotLookedForInAWorkspace() {
    tree.file(AB).allModified(daysAgo(1));

    assertThat(
            Planned.of(tree, CleanupTarget.of("workspace", tree.root()), lowtide().build())
                .proposed())
        .isEmpty();
  }

  /** As in a checkout with a {@code .sccache} in its output directory. */
  @Test
  void isNotTakenByAPolicyForTheDirectoryAroundIt() throws IOException {
    TestTree cache = TestTree.in(tree.path("out/.sccache")).file(AB).file(F0);
    tree.file("out/x.o").allModified(daysAgo(1));
    Lowtide both = lowtide().policy(TestPolicy.deleting("out")).build();

    var plan =
        both.plan(
            CleanupTarget.of("workspace", tree.root()),
            CleanupTarget.cache("sccache", cache.root()));

    assertThat(plan.items())
        .extracting(item -> tree.root().relativize(item.path()).toString())
        .isEqualTo(List.of("out/.sccache/a", "out/.sccache/f"));
    assertThat(plan.refused()).extracting(Refusal::guard).contains("kept-by-tool");
  }
}
