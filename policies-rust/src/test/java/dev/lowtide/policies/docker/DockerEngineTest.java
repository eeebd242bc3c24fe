package dev.lowtide.policies.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "unix:///var/run/docker.sock, 1",
    "npipe:////./pipe/docker_engine, 1",
    "tcp://10.0.0.1:2376, 0",
    "ssh://me@far, 0"
  })
  void isLeftAloneWhereItIsOnAnotherMachine(String endpoint, int found) {
    TestTree tree = TestTree.inMemory().file("bin/docker");
    HostEnvironment host =
        TestMachine.host(tree.root().getFileSystem())
            .withVariables(any -> Map.of("PATH", tree.path("bin").toString()))
            .withTools(
                (directory, argv) ->
                    Optional.of(argv.contains("context") ? endpoint + "\n" : "/var/lib/docker\n"));

    assertThat(new DockerPolicies().discover(host)).hasSize(found);
  }

  @Test
  void knowsNoSettings() {
    assertThatThrownBy(() -> new DockerPolicies().policies(Map.of("volumes", "all")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no setting volumes for docker");
  }
}
