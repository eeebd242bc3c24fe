package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.Fixtures;
import org.junit.jupiter.api.Test;

class RustPoliciesTest {
  @Test
  void sharesFixturesWithCore() {
    assertThat(RustPolicies.nothing()).isEqualTo(Fixtures.kib(0));
  }
}
