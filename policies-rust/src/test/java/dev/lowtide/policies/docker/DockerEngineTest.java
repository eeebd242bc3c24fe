package dev.lowtide.policies.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** A machine on which docker answers what a test says; few of its versions can be had here. */
  private static CleanupPlan plan(String engine, String help, String usage) throws IOException {
    TestTree tree = TestTree.inMemory().file("bin/docker");
    HostEnvironment host =
        TestMachine.host(tree.root().getFileSystem())
            .withVariables(any -> Map.of("PATH", tree.path("bin").toString()))
            .withTools(
                (directory, argv) ->
                    Optional.of(
                        argv.contains("version")
                            ? engine + "\n"
                            : argv.contains("--help") ? help : usage));
    return TestMachine.lowtide(tree)
        .host(host)
        .providers(
            List.of(new DockerPolicies()),
            PolicyProvider.Selection.ALL.named(List.of("docker.build-cache")))
        .maxSize(ByteSize.parse("1500MB"))
        .build()
        .plan(CleanupTarget.store("docker", tree.path("store")));
  }

  private static String records() {
    String record =
        "{'ID':'%s','InUse':'false','Shared':'false','Size':'1GB',"
            + "'LastUsedAt':'%s 08:30:00.5 +0000 UTC'}";
    return ("{'BuildCache':["
            + record.formatted("a", "2001-01-01")
            + ","
            + record.formatted("b", "2001-01-02")
            + "]}")
        .replace('\'', '"');
  }

  @ParameterizedTest
  @CsvSource({
    "29.1.0, --max-used-space, --max-used-space",
    "27.5.1, --max-used-space, --keep-storage",
    "29.1.0, --keep-storage, --keep-storage"
  })
  void isToldHowMuchToKeepAsItsVersionKnowsIt(String engine, String help, String option)
      throws IOException {
    assertThat(plan(engine, help, records()).items())
        .singleElement()
        .satisfies(
            item ->
                assertThat(((RunCommand) item.candidate().action()).argv())
                    .endsWith(option, "1500000000"));
  }

  @Test
  void losesNothingWhereItIsOlderThanWhatIsUnderstood() throws IOException {
    CleanupPlan plan = plan("19.03.15", "", records());

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .startsWith("docker 19.03.15 (client) is older than 20.10");
  }

  /** Its {@code builder prune} removes images. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Client\":{\"APIVersion\":\"4.3.1\"}}",
        "{\"Client\":{\"ApiVersion\":\"1.41\"},"
            + "\"Server\":{\"Components\":[{\"Name\":\"Podman Engine\"}]}}"
      })
  void losesNothingWhereItIsPodman(String versions) throws IOException {
    CleanupPlan plan = plan(versions, "", records());

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .contains(" is podman ");
  }

  @Test
  void losesNothingWhereItsClientAnswersInAnotherForm() throws IOException {
    CleanupPlan plan = plan("20.10.24", "", "json\n");

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .startsWith("docker 20.10.24 did not answer 'docker system df --verbose'");
  }

  @Test
  void knowsNoSettings() {
    assertThatThrownBy(() -> new DockerPolicies().policies(Map.of("volumes", "all")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no setting volumes for docker");
  }
}
