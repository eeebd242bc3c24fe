package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Exists;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What rests on another file goes only while that is there, and stays. */
class EvidenceTest {
  private final TestTree tree =
      TestTree.inMemory().file("copies/a", "one").file("dist/a", "one").file("other", "two");
  private final CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());

  /** Proposes paths, of which {@code copies} rests on something. */
  private Lowtide lowtide(Requirement requirement, String... more) {
    String[] paths = Stream.concat(Stream.of("copies"), Stream.of(more)).toArray(String[]::new);
    return TestMachine.lowtide(
            tree,
            TestPolicy.deleting(paths)
                .with(
                    each ->
                        each.path().equals(tree.path("copies"))
                            ? each.requiring(requirement)
                            : each))
        .build();
  }

  private SameContent same(String mine, String other) {
    return new SameContent(tree.path(mine), tree.path(other));
  }

  private Exists there(String path) throws IOException {
    return new Exists(
        tree.path(path), SizeProbe.portable().capture(tree.path(path)).root().identity());
  }

  private static List<Path> paths(CleanupPlan plan) {
    return plan.items().stream().map(PlanItem::path).toList();
  }

  private void assertRefused(CleanupPlan plan, String why) {
    assertThat(paths(plan)).doesNotContain(tree.path("copies"));
    assertThat(plan.refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo("order");
              assertThat(refusal.reason()).contains(why);
            });
  }

  private void assertSkipped(Lowtide lowtide, CleanupPlan plan, String why) throws IOException {
    assertThat(lowtide.dryRun(plan).skipped())
        .anySatisfy(skipped -> assertThat(skipped.reason()).contains(why));
    assertThat(lowtide.apply(plan).skipped())
        .anySatisfy(skipped -> assertThat(skipped.reason()).contains(why));
    assertThat(tree.has("copies/a")).isTrue();
  }

  @Nested
  class TheSame {
    private final Lowtide lowtide = lowtide(same("copies/a", "dist/a"));

    @Test
    void goesWhileTheOtherStays() throws IOException {
      lowtide.apply(lowtide.plan(workspace)).orThrow();

      assertThat(tree.has("copies")).isFalse();
      assertThat(tree.has("dist/a")).isTrue();
    }

    @Test
    void staysIfTheOtherDiffersOrIsGoneOrIsNoFile() throws IOException {
      assertRefused(lowtide(same("copies/a", "other")).plan(workspace), "is not the same as");
      assertRefused(lowtide(same("copies/a", "none")).plan(workspace), "none is gone");
      assertRefused(lowtide(same("copies/a", "dist")).plan(workspace), "not both regular files");
    }

    @Test
    void staysIfTheOtherIsEditedOrRemovedAfterThePlan() throws IOException {
      CleanupPlan plan = lowtide.plan(workspace);

      tree.file("dist/a", "two");
      assertSkipped(lowtide, plan, "is not the same as");
      Files.delete(tree.path("dist/a"));
      assertSkipped(lowtide, plan, "dist/a is gone");
    }

    @Test
    void staysIfTheOtherGoesToo() throws IOException {
      for (String removed : List.of("dist", "dist/a")) {
        CleanupPlan plan = lowtide(same("copies/a", "dist/a"), removed).plan(workspace);

        assertRefused(plan, "is needed as evidence");
        assertThat(paths(plan)).containsExactly(tree.path(removed));
      }
    }

    @Test
    void ofTwoThatRestOnEachOtherBothStay() throws IOException {
      Function<String, String> twin = path -> path.equals("copies") ? "dist" : "copies";
      TestPolicy policy =
          TestPolicy.deleting("copies", "dist")
              .with(
                  each -> {
                    String name = each.path().getFileName().toString();
                    return each.requiring(same(name + "/a", twin.apply(name) + "/a"));
                  });

      assertThat(TestMachine.lowtide(tree, policy).build().plan(workspace).items()).isEmpty();
    }

    @Test
    void staysIfAHandWrittenPlanRemovesTheOther() throws IOException {
      Lowtide both = lowtide(same("copies/a", "dist/a"), "dist");
      CleanupPlan one = lowtide.plan(workspace);
      CleanupPlan other = both.plan(workspace);
      CleanupPlan written = one.withItems(List.of(one.items().get(0), other.items().get(0)));

      assertSkipped(both, written, "is needed as evidence");
    }

    @Test
    void staysIfTheOtherLiesInItOrInAQuarantine() throws IOException {
      tree.file("copies/b", "one").file(".lowtide-trash-0/x/a", "one");

      assertRefused(lowtide(same("copies/a", "copies/b")).plan(workspace), "is inside it");
      assertRefused(
          lowtide(same("copies/a", ".lowtide-trash-0/x/a")).plan(workspace), "in a quarantine");
    }

    @Test
    void staysIfALinkLeadsToTheOther() throws IOException {
      CleanupPlan plan = lowtide.plan(workspace);
      Files.delete(tree.path("dist/a"));
      Files.delete(tree.path("dist"));
      tree.link("dist", "copies");

      assertSkipped(lowtide, plan, "a symbolic link leads to");
    }

    @Test
    void aPartOfSomethingElseProvesNothing() throws IOException {
      assertRefused(lowtide(same("dist/a", "dist/a")).plan(workspace), "is not part of it");
    }
  }

  @Nested
  class WhatOnlyProvesWhereItComesFrom {
    private final Lowtide lowtide =
        lowtide(new SameContent(tree.path("copies/a"), tree.path("build/a"), false), "build");

    @Test
    void goesAfterIt() throws IOException {
      tree.file("build/a", "one");

      CleanupPlan plan = lowtide.plan(workspace);

      assertThat(paths(plan)).containsExactly(tree.path("copies"), tree.path("build"));
      assertThat(lowtide.dryRun(plan).skipped()).isEmpty();
      assertThat(lowtide.apply(plan).orThrow().skipped()).isEmpty();
      assertThat(tree.has("build")).isFalse();
    }

    @Test
    void staysWithIt() throws IOException {
      tree.file("build/a", "one");
      CleanupPlan plan = lowtide.plan(workspace);
      tree.file("copies/a", "edited");

      assertThat(lowtide.apply(plan).skipped()).hasSize(2);
      assertThat(tree.has("build/a")).isTrue();
    }
  }

  @Nested
  class SomethingThere {
    @Test
    void staysIfItIsReplacedOrRemoved() throws IOException {
      Lowtide lowtide = lowtide(there("dist/a"));
      CleanupPlan plan = lowtide.plan(workspace);
      assertThat(paths(plan)).containsExactly(tree.path("copies"));

      Files.move(tree.path("dist/a"), tree.path("dist/b"));
      assertSkipped(lowtide, plan, "dist/a is gone");
      tree.file("dist/a", "one");
      assertSkipped(lowtide, plan, "has changed");
    }

    @Test
    void aDirectoryMayGetOtherEntries() throws IOException {
      Lowtide lowtide = lowtide(there("dist"));
      CleanupPlan plan = lowtide.plan(workspace);
      tree.file("dist/b");

      lowtide.apply(plan).orThrow();

      assertThat(tree.has("copies")).isFalse();
    }

    @Test
    void staysIfThatGoesToo() throws IOException {
      assertRefused(lowtide(there("dist/a"), "dist").plan(workspace), "is needed as evidence");
    }
  }

  @Test
  void aFileThatIsRewrittenInPlaceIsNoLongerThere(@TempDir Path directory) throws IOException {
    TestTree real = TestTree.in(directory.toRealPath()).file("a").file("archive", "one");
    Exists there =
        new Exists(
            real.path("archive"), SizeProbe.best().capture(real.path("archive")).root().identity());
    Lowtide lowtide =
        TestMachine.lowtide(real, TestPolicy.deleting("a").with(each -> each.requiring(there)))
            .build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", real.root()));
    assertThat(plan.items()).hasSize(1);

    Files.writeString(real.path("archive"), "two");

    assertThat(lowtide.dryRun(plan).skipped()).hasSize(1);
  }
}
