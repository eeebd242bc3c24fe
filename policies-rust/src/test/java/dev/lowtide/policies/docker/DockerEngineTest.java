package dev.lowtide.policies.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DockerEngineTest {
  @Test
  void readsTheTimesOfGo() {
    assertThat(DockerEngine.goTime("2026-11-10 08:30:00 +0000 UTC"))
        .contains(Instant.parse("2026-11-10T08:30:00Z"));
    assertThat(DockerEngine.goTime("2026-11-10 08:30:00.123456789 +0100 CET"))
        .contains(Instant.parse("2026-11-10T07:30:00.123456789Z"));
    assertThat(DockerEngine.goTime("2026-11-10 08:30:00.5 +0000 UTC"))
        .contains(Instant.parse("2026-11-10T08:30:00.5Z"));
    assertThat(DockerEngine.goTime("")).isEmpty();
    assertThat(DockerEngine.goTime("11 days ago")).isEmpty();
  }

  @Test
  void knowsNoSettings() {
    assertThatThrownBy(() -> new DockerPolicies().policies(Map.of("volumes", "all")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no setting volumes for docker");
  }
}
