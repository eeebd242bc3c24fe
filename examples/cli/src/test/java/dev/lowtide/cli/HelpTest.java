package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HelpTest {
  @TempDir Path directory;

  private HostEnvironment host;

  @BeforeEach
  void makeHost() {
    host = CommandLineRun.host(directory);
  }

  @Test
  void theCommandAlonePrintsItsHelp() {
    CommandLineRun run = CommandLineRun.of(host);

    assertThat(run.exit()).isZero();
    assertThat(run.out()).startsWith("Usage: lowtide ").contains("doctor", "Examples:");
    assertThat(run).isEqualTo(CommandLineRun.of(host, "--help"));
  }

  @Test
  void helpIsTheHelpOfACommand() {
    assertThat(CommandLineRun.of(host, "help", "clean"))
        .isEqualTo(CommandLineRun.of(host, "clean", "--help"));
    assertThat(CommandLineRun.of(host, "help", "trash", "list"))
        .isEqualTo(CommandLineRun.of(host, "trash", "list", "--help"));
    assertThat(CommandLineRun.of(host, "help")).isEqualTo(CommandLineRun.of(host, "--help"));
  }

  @Test
  void aUsageErrorIsOneLineAlsoWhenVerbose() {
    CommandLineRun run =
        CommandLineRun.of(host, "size", "-v", "--depth", "-1", directory.toString());

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).doesNotContain("\tat ");
  }
}
