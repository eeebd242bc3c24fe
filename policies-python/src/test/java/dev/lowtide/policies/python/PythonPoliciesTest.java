package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.Fixtures;
import org.junit.jupiter.api.Test;

class PythonPoliciesTest {
  @Test
  void sharesFixturesWithCore() {
    assertThat(PythonPolicies.nothing()).isEqualTo(Fixtures.kib(0));
  }
}
