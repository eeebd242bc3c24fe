package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.TestTree;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RustPoliciesTest {

  @Test
  void isFoundAsAProviderBesideTheOneForDocker() {
    assertThat(Lowtide.installedProviders())
        .extracting(PolicyProvider::ecosystem)
        .contains("rust", "docker");
  }

  @Test
  void bringsThePoliciesForTargetDirectories() {
    assertThat(new RustPolicies().policies(Map.of()))
        .extracting(Policy::id)
        .contains(
            "rust.target-stale",
            "rust.target-dir",
            "rust.target-orphan",
            "rust.incremental",
            "rust.doc",
            "rust.cargo-install");
  }

  @Test
  void looksWhereTheToolsDo() {
    TestTree tree = TestTree.inMemory();
    Map<String, String> variables = Map.of("CARGO_HOME", "/c", "SCCACHE_DIR", "/s");

    assertThat(roots(tree, Map.of()))
        .containsExactly("/home/me/.cargo", "/home/me/.cache/sccache", "/tmp");
    assertThat(roots(tree, variables)).containsExactly("/c", "/s", "/tmp");
  }

  @Test
  void filesAreOnlyAddedAndRemovedInSourcesAndResults() {
    HostEnvironment host =
        host(TestTree.inMemory(), Map.of("CARGO_HOME", "/c", "SCCACHE_DIR", "/s"));

    assertThat(new RustPolicies().contentAddressed(host))
        .containsExactlyInAnyOrder(host.path("/c/registry/src"), host.path("/s"));
  }

  private static HostEnvironment host(TestTree tree, Map<String, String> variables) {
    return HostEnvironment.of(
        OperatingSystem.LINUX, tree.root().getFileSystem(), variables, "/home/me", "/tmp");
  }

  private static List<String> roots(TestTree tree, Map<String, String> variables) {
    return new RustPolicies()
        .discover(host(tree, variables)).stream()
            .map(CleanupTarget::root)
            .map(String::valueOf)
            .toList();
  }

  @Test
  void everyPolicyBeginsWithItsEcosystem() {
    assertThat(new RustPolicies().policies(Map.of()))
        .extracting(Policy::id)
        .allMatch(id -> id.startsWith("rust."))
        .contains("rust.cargo-home", "rust.sccache");
  }

  @Test
  void namesASettingThatItDoesNotKnowOrUnderstand() {
    assertRejected(Map.of("targets", "all"), "no setting targets", "cargo-downloads");
    assertRejected(Map.of("cargo-downloads", "yes"), "keep or remove, not 'yes'");
    assertRejected(Map.of("sccache-hit-rate", "0.85"), "'0.85' is not a percentage");
    assertRejected(Map.of("sccache-size", "ten"), "'ten' is not a size");
  }

  private static void assertRejected(Map<String, String> settings, String... words) {
    assertThatThrownBy(() -> new RustPolicies().policies(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }
}
