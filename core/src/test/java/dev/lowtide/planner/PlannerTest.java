package dev.lowtide.planner;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private final TestTree tree = TestTree.inMemory();
  private final CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());

  private CleanupPlan plan(Policy... policies) throws IOException {
    return TestMachine.lowtide(tree, policies).build().plan(workspace);
  }

  private static List<Path> paths(CleanupPlan plan) {
    return plan.items().stream().map(PlanItem::path).toList();
  }

  @Test
  void aSizeLimitCountsAFileWhenTheLastOfItsNamesGoes() throws IOException {
    tree.file("a", kib(100), daysAgo(9))
        .hardLink("b", "a")
        .file("c", kib(100), daysAgo(8))
        .file("d", kib(100), daysAgo(7));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b", "c", "d"))
            .maxSize(ByteSize.parse("220KiB"))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("a"), tree.path("b"));
  }

  @Test
  void whatVanishesWhileThePlanIsMadeIsLeftOut() throws IOException {
    tree.file("a/x").file("b/x").file("c/x");
    TestPolicy policy = TestPolicy.deleting("a", "b", "c");
    TestPolicy vanishing =
        new TestPolicy(
            policy.id(),
            snapshot -> {
              List<Candidate> candidates = policy.proposals().apply(snapshot);
              remove(tree.path("b/x"));
              remove(tree.path("b"));
              return candidates;
            });

    assertThat(paths(plan(vanishing))).containsExactly(tree.path("a"), tree.path("c"));
  }

  private static void remove(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsOnlyNamedSimilarlyIsNoQuarantine() throws IOException {
    tree.file(".lowtide-trashcan/a").file(".lowtide-trash-mine/b").file(".lowtide-trash-0/c");

    CleanupPlan plan =
        plan(
            TestPolicy.deleting(
                ".lowtide-trashcan/a", ".lowtide-trash-mine/b", ".lowtide-trash-0/c"));

    assertThat(paths(plan))
        .containsExactly(tree.path(".lowtide-trash-mine/b"), tree.path(".lowtide-trashcan/a"));
  }

  @Test
  void aQuarantineFurtherDownCountsForNoLimitEither() throws IOException {
    tree.file("a", kib(100)).file("sub/.lowtide-trash-0/x", kib(500));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a"))
            .maxSize(ByteSize.parse("300KiB"))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).isEmpty();
  }

  @Test
  void whatWasUsedSinceATimeStays() throws IOException {
    tree.file("before", kib(1), daysAgo(3)).file("since", kib(1), daysAgo(2));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("before", "since"))
            .build()
            .unusedSince(daysAgo(2))
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("before"));
  }

  @Test
  void whatLiesInSomethingThatGoesIsPartOfIt() throws IOException {
    tree.file("build/sub/a").file("build-2/b");

    assertThat(paths(plan(TestPolicy.deleting("build/sub/a", "build", "build/sub", "build-2"))))
        .containsExactly(tree.path("build"), tree.path("build-2"));
  }

  @Test
  void whatLiesInSomethingThatStaysStandsAlone() throws IOException {
    tree.file("build/sub/a").file("build/keep").file("build/c");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("build", "build/sub", "build/sub/a"))
            .keep("build/keep")
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("build/sub"));
    assertThat(plan.refused()).extracting(Refusal::path).containsExactly(tree.path("build"));
  }

  @Test
  void ofTwoPoliciesThatProposeAPathTheFirstOneStands() throws IOException {
    tree.file("a");

    CleanupPlan plan = plan(TestPolicy.named("test.first", "a"), TestPolicy.named("test.b", "a"));

    assertThat(plan.items()).extracting(PlanItem::policy).containsExactly("test.first");
  }

  @Test
  void ofAGreatManyEachIsJudgedForItself() throws IOException {
    String[] names = new String[3000]; // so many that several threads ask the guards
    for (int i = 0; i < names.length; i++) {
      names[i] = "%d/%d".formatted(i % 3, i);
      tree.file(names[i]);
    }

    CleanupPlan plan =
        TestMachine.lowtide(
                tree, TestPolicy.named("test.first", names), TestPolicy.named("test.b", names))
            .keep("*/*7")
            .build()
            .plan(workspace);

    assertThat(plan.items()).hasSize(2700).extracting(PlanItem::policy).containsOnly("test.first");
    assertThat(paths(plan)).isSorted().noneMatch(path -> path.toString().endsWith("7"));
    assertThat(plan.refused())
        .hasSize(300)
        .allMatch(refusal -> refusal.path().toString().endsWith("7"));
  }

  @Test
  void whatOnePolicyWithholdsNoOtherOneGets() throws IOException {
    tree.file("a");
    TestPolicy careful =
        TestPolicy.named("test.careful", "a").with(each -> each.withheld("it looks precious"));

    CleanupPlan plan = plan(TestPolicy.named("test.bold", "a"), careful);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .containsExactly(
            new Refusal("test.careful", tree.path("a"), "evidence", "it looks precious"));
  }

  @Test
  void eachPolicyKnowsOfEverythingThatIsPlannedTogether() throws IOException {
    tree.file("one/a").file("two/b");
    List<List<String>> known = new ArrayList<>();
    Policy curious =
        new Policy() {
          @Override
          public String id() {
            return "test.curious";
          }

          @Override
          public String description() {
            return "nothing";
          }

          @Override
          public RebuildCost cost() {
            return RebuildCost.TRIVIAL;
          }

          @Override
          public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
            known.add(context.planned().keySet().stream().map(CleanupTarget::id).toList());
            return List.of();
          }
        };

    TestMachine.lowtide(tree, curious)
        .build()
        .plan(
            CleanupTarget.of("first", tree.path("one")),
            CleanupTarget.of("second", tree.path("two")),
            CleanupTarget.of("absent", tree.path("three")));

    assertThat(known).containsExactly(List.of("first", "second"), List.of("first", "second"));
  }

  @Test
  void aPolicyThatFailsDoesNotHideTheOthers() throws IOException {
    tree.file("a");
    TestPolicy broken =
        new TestPolicy(
            "test.broken",
            snapshot -> {
              throw new IllegalStateException("out of order");
            });

    CleanupPlan plan = plan(broken, TestPolicy.deleting("a"));

    assertThat(paths(plan)).containsExactly(tree.path("a"));
    assertThat(plan.refused())
        .extracting(Refusal::policy, Refusal::guard)
        .containsExactly(tuple("test.broken", "policy"));
    assertThat(plan.refused().get(0).reason()).contains("out of order");
  }

  @Test
  void whatLiesOutsideTheTargetIsRefused() throws IOException {
    tree.file("in/a").file("out/b");
    TestPolicy stray =
        new TestPolicy(
            "test.stray",
            snapshot -> {
              try {
                return List.of(
                    TestPolicy.delete(
                        dev.lowtide.probe.SizeProbe.portable().capture(tree.path("out")).root()));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });

    CleanupPlan plan =
        TestMachine.lowtide(tree, stray).build().plan(CleanupTarget.of("in", tree.path("in")));

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("inside-target");
  }

  @Test
  void whatWasUsedWithinTheRetentionStays() throws IOException {
    tree.file("old", kib(1), daysAgo(8)).file("young", kib(1), daysAgo(6));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("old", "young"))
            .olderThan(Duration.ofDays(7))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("old"));
    assertThat(plan.items().get(0).candidate().cause()).isEqualTo(Cause.EXPIRED);
  }

  @Test
  void onlyAsMuchGoesAsBringsTheTargetDownToItsBudget() throws IOException {
    tree.file("a", kib(100), daysAgo(1)).file("b", kib(100), daysAgo(3));
    tree.file("c", kib(100), daysAgo(2));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b", "c"))
            .maxSize(ByteSize.kibibytes(220))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("b"));
  }

  @Test
  void ageAndBudgetHoldTogether() throws IOException {
    tree.file("a", kib(100), daysAgo(9)).file("b", kib(100), daysAgo(10));
    tree.file("c", kib(100), daysAgo(1));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b", "c"))
            .olderThan(Duration.ofDays(7))
            .maxSize(ByteSize.kibibytes(220))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("b"));
  }

  @Test
  void theNewestOfEachPolicyStay() throws IOException {
    tree.file("a", kib(1), daysAgo(1)).file("b", kib(1), daysAgo(2)).file("c", kib(1), daysAgo(3));
    tree.file("x", kib(1), daysAgo(8)).file("y", kib(1), daysAgo(9)).file("z", kib(1), daysAgo(7));

    CleanupPlan plan =
        TestMachine.lowtide(
                tree,
                TestPolicy.named("test.first", "a", "b", "c"),
                TestPolicy.named("test.other", "x", "y", "z"))
            .keepNewest(2)
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("c"), tree.path("y"));
    assertThat(plan.items().get(0).candidate().cause()).isEqualTo(Cause.SUPERSEDED);
  }

  @Test
  void whatGuardsKeepCountsAmongTheNewest() throws IOException {
    tree.file("a", kib(1), daysAgo(1)).file("b", kib(1), daysAgo(2)).file("c", kib(1), daysAgo(3));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b", "c"))
            .keep("a")
            .keepNewest(1)
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("b"), tree.path("c"));
  }

  @Test
  void whatIsWithheldDoesNotCountAmongTheNewest() throws IOException {
    tree.file("a", kib(1), daysAgo(1)).file("b", kib(1), daysAgo(2)).file("c", kib(1), daysAgo(3));
    TestPolicy withholdingA =
        TestPolicy.deleting("a", "b", "c")
            .with(each -> each.path().endsWith("a") ? each.withheld("it is precious") : each);

    CleanupPlan plan =
        TestMachine.lowtide(tree, withholdingA).keepNewest(1).build().plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("c"));
  }

  @Test
  void theNewestStayWhateverTheBudget() throws IOException {
    tree.file("a", kib(100), daysAgo(1)).file("b", kib(100), daysAgo(2));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b"))
            .keepNewest(1)
            .maxSize(ByteSize.kibibytes(1))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("b"));
  }

  @Test
  void whatLiesInSomethingThatIsKeptForItsAgeStaysWithIt() throws IOException {
    tree.file("env/lib/old", kib(1), daysAgo(40)).file("env/young", kib(1), daysAgo(1));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("env", "env/lib/old"))
            .olderThan(Duration.ofDays(7))
            .build()
            .plan(workspace);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).isEmpty();
  }

  @Test
  void whatSomethingElseLinksToDoesNotGoForTheSakeOfASize() throws IOException {
    tree.file("archive/linked/big", kib(100))
        .file("archive/linked/copied", kib(4))
        .hardLink("env/big", "archive/linked/big")
        .allModified(daysAgo(9))
        .file("archive/alone/big", kib(100), daysAgo(8));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("archive/linked", "archive/alone"))
            .maxSize(ByteSize.kibibytes(150))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("archive/alone"));
    assertThat(plan.refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.path()).isEqualTo(tree.path("archive/linked"));
              assertThat(refusal.guard()).isEqualTo("budget");
              assertThat(refusal.reason()).contains("100 KiB of it also have names elsewhere");
            });
  }

  @Test
  void whatIsLinkedToByNothingButWhatAlsoGoesDoes() throws IOException {
    tree.file("archive", kib(100), daysAgo(9))
        .hardLink("linked", "archive")
        .file("young", kib(100), daysAgo(7));

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("archive", "linked", "young"))
            .maxSize(ByteSize.kibibytes(150))
            .build()
            .plan(workspace);

    assertThat(paths(plan)).containsExactly(tree.path("archive"), tree.path("linked"));
    assertThat(plan.items()).noneMatch(item -> item.candidate().reason().contains("free"));
  }

  @Test
  void whatDoesNotComeFreeIsSaid() throws IOException {
    tree.file("archive/big", kib(100)).hardLink("env/big", "archive/big");

    CleanupPlan plan = plan(TestPolicy.deleting("archive"));

    assertThat(plan.items().get(0).candidate().reason())
        .contains("100 KiB of it will not be freed: other hard links to those files remain");
  }

  @Test
  void aFileWithNamesInTwoItemsComesFreeOnlyWithBoth() throws IOException {
    tree.file("a/one", kib(64)).hardLink("b/two", "a/one");

    CleanupPlan one = plan(TestPolicy.deleting("a"));
    CleanupPlan both = plan(TestPolicy.deleting("a", "b"));

    assertThat(one.reclaimableBytes()).isLessThan(kib(64));
    assertThat(both.reclaimableBytes()).isEqualTo(one.reclaimableBytes() * 2 + kib(64));
    assertThat(both.items()).allMatch(item -> item.reclaimable().bytes() < kib(64));
  }

  @Test
  void aFileWithNamesInTwoTargetsComesFreeOnlyWithBoth() throws IOException {
    tree.file("x/a/one", kib(64)).hardLink("y/a/two", "x/a/one");
    CleanupTarget x = CleanupTarget.of("x", tree.path("x"));
    CleanupTarget y = CleanupTarget.of("y", tree.path("y"));
    var lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a")).build();

    assertThat(lowtide.plan(x).reclaimableBytes()).isLessThan(kib(64));
    assertThat(lowtide.plan(x, y).reclaimableBytes()).isGreaterThanOrEqualTo(kib(64));
  }

  @Test
  void theSameTreeGivesTheSamePlan() throws IOException {
    tree.file("a/b").file("a-b").file("c/d");
    TestPolicy policy = TestPolicy.deleting("c", "a-b", "a");

    assertThat(plan(policy)).isEqualTo(plan(policy));
    assertThat(plan(policy).createdAt()).isEqualTo(NOW);
  }

  @Test
  void whatMustGoFirstComesFirst() throws IOException {
    tree.file("a").file("record");
    TestPolicy ordered =
        TestPolicy.named("test.ordered", "a").with(each -> each.onlyAfter(tree.path("record")));

    CleanupPlan plan = plan(ordered, TestPolicy.deleting("record"));

    assertThat(paths(plan)).containsExactly(tree.path("record"), tree.path("a"));
  }

  @Test
  void whatMustGoFirstMayGoWithWhatItLiesIn() throws IOException {
    tree.file("a").file("records/record").file("records/other");
    TestPolicy ordered =
        TestPolicy.named("test.ordered", "a")
            .with(each -> each.onlyAfter(tree.path("records/record")));

    CleanupPlan plan = plan(ordered, TestPolicy.deleting("records"));

    assertThat(paths(plan)).containsExactly(tree.path("records"), tree.path("a"));
  }

  @Test
  void policiesShareWhatTheyFindOut() throws IOException {
    List<StringBuilder> found = new ArrayList<>();
    Policy one = asking("test.one", found);
    Policy other = asking("test.other", found);

    plan(one, other);
    plan(one, other);

    assertThat(found).hasSize(4);
    assertThat(found.get(0)).isSameAs(found.get(1)).isNotSameAs(found.get(2));
  }

  private static Policy asking(String id, List<StringBuilder> found) {
    return Policy.inWorkspaces(
        id,
        "nothing",
        RebuildCost.TRIVIAL,
        (snapshot, context) -> {
          found.add(context.derived(StringBuilder.class, all -> new StringBuilder()));
          return List.of();
        });
  }

  @Test
  void whatWaitsForSomethingThatStaysStays() throws IOException {
    tree.file("a").file("b").file("record");
    TestPolicy first =
        TestPolicy.named("test.first", "a").with(each -> each.onlyAfter(tree.path("record")));
    TestPolicy second =
        TestPolicy.named("test.second", "b").with(each -> each.onlyAfter(tree.path("a")));

    CleanupPlan plan = plan(first, second);

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::path, Refusal::guard)
        .containsExactly(tuple(tree.path("a"), "order"), tuple(tree.path("b"), "order"));
    assertThat(plan.refused().get(0).reason()).contains(tree.path("record").toString());
  }

  @Test
  void thingsThatWaitForEachOtherStay() throws IOException {
    tree.file("a").file("b");
    TestPolicy first = TestPolicy.named("test.a", "a").with(each -> each.onlyAfter(tree.path("b")));
    TestPolicy second =
        TestPolicy.named("test.b", "b").with(each -> each.onlyAfter(tree.path("a")));

    assertThat(plan(first, second).items()).isEmpty();
  }
}
