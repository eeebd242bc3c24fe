package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
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
  void looksNowhereAndProposesNothing() {
    RustPolicies rust = new RustPolicies();

    assertThat(rust.discover(HostEnvironment.current())).isEmpty();
    assertThat(rust.policies(Map.of())).isEmpty();
  }

  @Test
  void namesASettingThatItDoesNotKnow() {
    assertThatThrownBy(() -> new RustPolicies().policies(Map.of("targets", "all")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("targets");
  }
}
