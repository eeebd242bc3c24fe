package dev.lowtide.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForegroundRunnerTest {
  private final HostEnvironment host =
      HostEnvironment.current()
          .withVariables(old -> Map.of("PATH", old.getOrDefault("PATH", ""), "GIT_DIR", "/g"));
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final CommandRunner runner = CommandRunner.foreground(host, Optional.of(out));

  @BeforeEach
  void needsAShell() {
    assumeTrue(host.executable("sh").isPresent(), "there is no sh to run");
  }

  @Test
  void copiesStandardOutputWhereItIsTold() throws IOException {
    Command.Result result = runner.run(Command.of("sh", "-c", "echo built; exit 3"));

    assertThat(result).isEqualTo(new Command.Result(3, "", false));
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("built\n");
  }

  @Test
  void passesOnAllVariables() throws IOException {
    runner.run(Command.of("sh", "-c", "echo $GIT_DIR"));

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("/g\n");
  }

  @Test
  void endsWhatTakesTooLong() throws IOException {
    Command.Result result =
        runner.run(Command.of("sh", "-c", "exec sleep 100").within(Duration.ofMillis(50)));

    assertThat(result.timedOut()).isTrue();
    assertThat(result.succeeded()).isFalse();
  }

  @Test
  void saysWhatCannotBeStarted() {
    assertThatIOException()
        .isThrownBy(() -> runner.run(Command.of("/no/such/tool")))
        .withMessageContaining("/no/such/tool");
  }
}
