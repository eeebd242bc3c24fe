package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A directory without its marker stays. */
class MarkerGuardTest extends GuardFixture {
  private CleanupPlan planWithMarker() throws IOException {
    return TestMachine.lowtide(
            tree,
            TestPolicy.deleting("cache")
                .with(candidate -> candidate.withMarker(Marker.CACHE_DIRECTORY)))
        .build()
        .plan(workspace);
  }

  @Test
  void whatBearsTheMarkerMayGo() throws IOException {
    tree.file("cache/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning() + "\n# more");

    assertGoes(planWithMarker(), tree.path("cache"));
  }

  @Test
  void whatHasNoneStays() throws IOException {
    tree.file("cache/a");

    assertKept(planWithMarker(), "marker", "no CACHEDIR.TAG");
  }

  @Test
  void aWrongSignatureProvesNothing() throws IOException {
    tree.file("cache/CACHEDIR.TAG", "Signature: something else");

    assertKept(planWithMarker(), "marker", "no CACHEDIR.TAG");
  }

  @Test
  void aLinkToAMarkerProvesNothing() throws IOException {
    tree.file("tag", Marker.CACHE_DIRECTORY.beginning()).link("cache/CACHEDIR.TAG", "../tag");

    assertKept(planWithMarker(), "marker", "no CACHEDIR.TAG");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cargo.toml", "pyproject.toml", "package.json", "CMakeLists.txt"})
  void aMarkBesideTheFilesOfAProjectProvesNothing(String file) throws IOException {
    tree.file("cache/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning()).file("cache/sub/" + file);
    TestPolicy policy =
        TestPolicy.deleting("cache").with(each -> each.withMarker(Marker.CACHE_DIRECTORY));
    assertThat(TestMachine.lowtide(tree, policy).build().plan(workspace).items()).hasSize(1);

    tree.file("cache/" + file);

    assertThat(TestMachine.lowtide(tree, policy).build().plan(workspace).items()).isEmpty();
    assertThat(TestMachine.lowtide(tree, policy).build().plan(workspace).refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo("marker");
              assertThat(refusal.reason()).contains("/tree/cache/" + file, "so it is a project");
            });
  }
}
