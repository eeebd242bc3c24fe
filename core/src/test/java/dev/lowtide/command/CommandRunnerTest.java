package dev.lowtide.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandRunnerTest {
  @TempDir Path directory;

  private static CommandRunner runner(Map<String, String> more) {
    HostEnvironment host =
        HostEnvironment.current()
            .withVariables(
                variables -> {
                  Map<String, String> all = new HashMap<>(variables);
                  all.putAll(more);
                  return all;
                });
    return CommandRunner.system(host, Set.of("sh"));
  }

  private static Command.Result sh(String script) throws IOException {
    return runner(Map.of()).run(Command.of("sh", "-c", script));
  }

  @Test
  void tellsTheExitCodeAndBothStreams() throws IOException {
    assertThat(sh("echo out; echo err >&2; exit 3"))
        .isEqualTo(new Command.Result(3, "out\nerr\n", false));
  }

  /** The program would look for another file. */
  @Test
  void runsNothingWithAnArgumentThatHasLostCharacters() {
    assertThatThrownBy(() -> sh("rm -r gr\uFFFD\uFFFDe"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has characters that this locale cannot write");
  }

  @Test
  void runsNothingThatIsNotAllowed() {
    assertThatThrownBy(() -> runner(Map.of()).run(Command.of("touch", directory + "/x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("'touch'");
    assertThat(directory.resolve("x")).doesNotExist();
  }

  @Test
  void nothingIsInheritedWhereTheWholeEnvironmentIsGiven() throws IOException {
    Command.Result result =
        runner(Map.of("KEPT", "yes", "PATH", "/usr/bin:/bin"))
            .run(
                Command.of("sh", "-c", "echo \"$KEPT$GIT_DIR$MINE\"")
                    .withNothingBut(Map.of("GIT_DIR", "/asked/for/", "MINE", "m")));

    assertThat(result.output()).isEqualTo("/asked/for/m\n");
  }

  @Test
  void variablesThatLeadToolsAstrayAreNotInherited() throws IOException {
    Command.Result result =
        runner(Map.of("GIT_DIR", "/elsewhere", "PYTHONPATH", "/elsewhere", "KEPT", "yes"))
            .run(Command.of("sh", "-c", "echo \"$GIT_DIR$PYTHONPATH$KEPT\""));

    assertThat(result.output()).isEqualTo("yes\n");
  }

  @Test
  void theTimeLimitEndsTheChildrenToo() throws IOException {
    Command.Result result =
        runner(Map.of())
            .run(
                Command.of("sh", "-c", "sleep 600 & echo $!; wait").within(Duration.ofMillis(500)));

    assertThat(result.timedOut()).isTrue();
    assertThat(result.succeeded()).isFalse();
    long child = Long.parseLong(result.output().lines().findFirst().orElseThrow());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          while (isRunning(child)) {
            Thread.onSpinWait();
          }
        });
  }

  /** An ended process may stay listed until its new parent has taken notice. */
  private static boolean isRunning(long pid) throws IOException {
    Path status = Path.of("/proc", Long.toString(pid), "status");
    try {
      return Files.readAllLines(status).stream().noneMatch(line -> line.matches("State:\\s+Z.*"));
    } catch (IOException e) {
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()
          && !Files.exists(Path.of("/proc/self"));
    }
  }

  @Test
  void anInterruptEndsTheCommandAndStaysSet() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> sh("sleep 600")).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void keepsTheEndOfALongOutputAndLogsAllOfIt() throws IOException {
    Path log = directory.resolve("log");

    Command.Result result =
        runner(Map.of()).run(Command.of("sh", "-c", "seq 100000; echo end").loggingTo(log));

    assertThat(result.output()).hasSize(64 * 1024).endsWith("100000\nend\n");
    assertThat(Files.readAllLines(log)).hasSize(100_001);
  }

  @Test
  void aToolsAnswerIsItsStandardOutputAlone() {
    assertThat(ask("echo answer; echo warning >&2")).contains("answer\n");
    assertThat(ask("pwd")).contains(directory + "\n");
  }

  @Test
  void aToolThatFailsHasNoAnswer() {
    assertThat(ask("echo half; exit 1")).isEmpty();
  }

  @Test
  void aToolThatMayNotBeAskedHasNoAnswer() {
    Tools tools = CommandRunner.tools(HostEnvironment.current(), Set.of());

    assertThat(tools.ask(directory, List.of("sh", "-c", "echo x"))).isEmpty();
  }

  @Test
  void aToolIsAskedOnce() {
    Tools tools = CommandRunner.tools(HostEnvironment.current(), Set.of("sh"));
    List<String> question = List.of("sh", "-c", "echo x >>asked; wc -l <asked");

    tools.ask(directory, question);

    assertThat(tools.ask(directory, question).map(String::strip)).contains("1");
  }

  private Optional<String> ask(String script) {
    return CommandRunner.tools(HostEnvironment.current(), Set.of("sh"))
        .ask(directory, List.of("sh", "-c", script));
  }
}
