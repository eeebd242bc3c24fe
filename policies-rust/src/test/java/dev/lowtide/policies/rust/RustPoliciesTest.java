package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Policy;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RustPoliciesTest {

  @Test
  void isFoundAsAProvider() {
    assertThat(Lowtide.installedProviders())
        .hasExactlyElementsOfTypes(RustPolicies.class)
        .extracting(provider -> provider.ecosystem())
        .containsExactly("rust");
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
            "rust.doc");
  }

  @Test
  void namesASettingThatItDoesNotKnow() {
    assertThatThrownBy(() -> new RustPolicies().policies(Map.of("targets", "all")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("targets");
  }
}
