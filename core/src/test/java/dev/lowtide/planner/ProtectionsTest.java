package dev.lowtide.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.Entry;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A provider that fails where it should say what stays loses nothing of its own. */
class ProtectionsTest {
  private final TestTree tree =
      TestTree.inMemory().file("src/a.o").file("src/own.tmp").file("store/b.o");

  /** Fails in what a test overrides. */
  private class Provider implements TestProvider {
    @Override
    public String ecosystem() {
      return "broken";
    }

    @Override
    public List<CleanupTarget> discover(HostEnvironment host) {
      return List.of(CleanupTarget.cache("store", tree.path("store")));
    }

    @Override
    public List<Policy> policies(Map<String, String> settings) {
      return List.of(TestPolicy.named("broken.own", "src/own.tmp"));
    }
  }

  private CleanupPlan plan(PolicyProvider provider) throws IOException {
    return TestMachine.lowtide(tree, TestPolicy.deleting("src/a.o", "store"))
        .providers(List.of(provider))
        .build()
        .plan(CleanupTarget.of("workspace", tree.root()));
  }

  private List<Path> removed(CleanupPlan plan) {
    return plan.items().stream().map(PlanItem::path).toList();
  }

  private void assertOnlyTheOthersFileGoes(PolicyProvider provider) throws IOException {
    CleanupPlan plan = plan(provider);

    assertThat(removed(plan)).containsExactly(tree.path("src/a.o"));
    assertThat(plan.notes())
        .singleElement()
        .asString()
        .startsWith("The policies of broken cannot name what must stay, so nothing of their own")
        .endsWith("no\\nhome");
  }

  @Test
  void aProviderThatDoesNotFailLosesWhatItsPoliciesAndOthersPropose() throws IOException {
    CleanupPlan plan = plan(new Provider());

    assertThat(removed(plan)).containsExactly(tree.path("src/a.o"), tree.path("src/own.tmp"));
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void withoutItsProtectedPathsNothingOfItsOwnGoes() throws IOException {
    assertOnlyTheOthersFileGoes(
        new Provider() {
          @Override
          public Set<Path> protectedPaths(HostEnvironment host) {
            throw new IllegalStateException("no\nhome");
          }
        });
  }

  @Test
  void withoutThePathsThatItsToolsKeepNothingOfItsOwnGoes() throws IOException {
    assertOnlyTheOthersFileGoes(
        new Provider() {
          @Override
          public Set<Path> keptByTools(HostEnvironment host) {
            throw new LinkageError("no\nhome");
          }
        });
  }

  @Test
  void noOtherPolicyRemovesAnythingFromItsCacheEvenIfThatIsTheTarget() throws IOException {
    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("b.o"))
            .providers(
                List.of(
                    new Provider() {
                      @Override
                      public Set<Path> protectedPaths(HostEnvironment host) {
                        throw new IllegalStateException();
                      }
                    }))
            .build()
            .plan(CleanupTarget.cache("store", tree.path("store")));

    assertThat(plan.refused())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.guard()).isEqualTo("protected"));
  }

  @Test
  void whatAProviderFailsToRecogniseCountsAsItsOwn() throws IOException {
    CleanupPlan plan =
        plan(
            new Provider() {
              @Override
              public Optional<String> managingTool(Entry directory) {
                if (directory.name().equals("src")) {
                  throw new IllegalStateException("of " + directory.path());
                }
                return Optional.empty();
              }
            });

    assertThat(removed(plan)).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "The policies of broken cannot recognise the directories of their tools, so what they"
                + " saw stays: java.lang.IllegalStateException: of "
                + tree.path("src"));
  }

  @Test
  void aProviderThatFailsToRecogniseManyDirectoriesIsNamedOnce() throws IOException {
    CleanupPlan plan =
        plan(
            new Provider() {
              @Override
              public Optional<String> managingTool(Entry directory) {
                if (directory.path().equals(tree.root())) {
                  return Optional.empty();
                }
                throw new IllegalStateException("of " + directory.path());
              }
            });

    assertThat(removed(plan)).isEmpty();
    assertThat(plan.notes()).hasSize(1);
  }
}
