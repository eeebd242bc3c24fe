package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells all of it")
class RunningProcessTest {
  @Test
  void tellsWhatAProgramWasStartedWith() {
    // Longer than the page of a command line that the JDK gives
    String longArgument = "x".repeat(10_000);
    try (ChildProcess.Running other =
        ChildProcess.python(
            Map.of("TMPDIR", "/one", "TMP", ""), List.of("--of", longArgument), "pass")) {
      assertThat(RunningProcess.programs())
          .filteredOn(program -> program.pid() == other.pid())
          .singleElement()
          .satisfies(
              program -> {
                assertThat(program.argv().get(1)).isEqualTo("-c");
                assertThat(program.argv()).endsWith("--of", longArgument);
                assertThat(program.started()).isBefore(Instant.now().plusSeconds(2));
                assertThat(program.temporaryDirectories()).contains(Set.of("/one"));
              });
    }
  }

  @Test
  void leavesThisProcessOut() {
    assertThat(RunningProcess.programs())
        .noneMatch(program -> program.pid() == ProcessHandle.current().pid());
  }
}
