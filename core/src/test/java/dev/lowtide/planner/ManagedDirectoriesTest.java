package dev.lowtide.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.Entry;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a tool keeps as its own is no concern of anybody else's, wherever it lies. */
class ManagedDirectoriesTest {
  private final TestTree tree = TestTree.inMemory().file("a.o").file("store/b.o");

  /** A tool that signs its directories, and that a variable or a setting may lead elsewhere. */
  private final class Stores implements TestProvider {
    @Override
    public List<CleanupTarget> discover(HostEnvironment host) {
      return List.of(CleanupTarget.cache("place", tree.path("place")));
    }

    @Override
    public Optional<String> managingTool(Entry directory) {
      return directory.hasFile("SIGNED") ? Optional.of("the tool") : Optional.empty();
    }
  }

  private CleanupPlan plan(CleanupTarget target) throws IOException {
    Lowtide lowtide =
        TestMachine.lowtide(
                tree, TestPolicy.deletingEach(each -> each.isFile() && each.name().endsWith(".o")))
            .providers(List.of(new Stores()))
            .build();
    return lowtide.plan(target);
  }

  private List<String> proposed(CleanupTarget target) throws IOException {
    return plan(target).items().stream()
        .map(item -> tree.root().relativize(item.path()).toString())
        .toList();
  }

  private CleanupTarget workspace() {
    return CleanupTarget.of("workspace", tree.root());
  }

  @Test
  void whatATtoolHasSignedStaysAndThatIsSaidOnce() throws IOException {
    assertThat(proposed(workspace())).containsExactly("a.o", "store/b.o");

    tree.file("store/SIGNED").file("store/deep/c.o");

    assertThat(proposed(workspace())).containsExactly("a.o");
    assertThat(plan(workspace()).refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.path()).isEqualTo(tree.path("store"));
              assertThat(refusal.guard()).isEqualTo("kept-by-tool");
              assertThat(refusal.reason()).startsWith("the tool keeps it; ");
            });
  }

  @Test
  void whereAToolSaysThatItKeepsThingsNothingGoes() throws IOException {
    tree.file("place/d.o");

    assertThat(proposed(workspace())).containsExactly("a.o", "store/b.o");
  }

  @Test
  void whatHoldsSuchADirectoryStays() throws IOException {
    tree.file("build/cache/SIGNED");
    Lowtide lowtide =
        TestMachine.lowtide(tree, TestPolicy.deleting("build"))
            .providers(List.of(new Stores()))
            .build();

    assertThat(lowtide.plan(workspace()).items()).isEmpty();
  }

  @Test
  void aCacheThatIsItselfTheTargetIsLookedInto() throws IOException {
    tree.file("store/SIGNED");

    assertThat(proposed(CleanupTarget.cache("store", tree.path("store")))).isEmpty();
    assertThat(plan(CleanupTarget.cache("store", tree.path("store"))).refused())
        .as("for its age")
        .allMatch(refusal -> refusal.guard().equals("grace-period"));
    assertThat(proposed(CleanupTarget.of("store", tree.path("store")))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "mod/cache/lock, mod/cache/download/x.o",
    "g/caches/modules-2/x.o, g/caches/journal-1/x",
    "m2/org/apache/maven/x.o, m2/org/codehaus/plexus/x",
    "npm/_cacache/index-v5/x.o, npm/_cacache/content-v2/x",
    "pnpm/v3/files/00/x.o, pnpm/x",
    "pnpm/v10/files/00/x.o, pnpm/x"
  })
  void storesOfToolsWithoutPoliciesStay(String one, String other) throws IOException {
    tree.file(one).file(other);

    assertThat(proposed(workspace())).containsExactly("a.o", "store/b.o");
  }
}
