package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.policy.Policy;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code --background} with real processes: the command and the process that frees the space. Tests
 * stop the latter with SIGSTOP to look at it, and kill it with SIGKILL. {@code
 * KillDuringRemovalE2ETest} tests that a killed removal leaves only the rest of its tree in the
 * quarantine.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackgroundE2ETest {
  private static final class Out implements TestProvider {
    @Override
    public List<Policy> policies(Map<String, String> settings) {
      return List.of(TestPolicy.deleting("a", "b"));
    }
  }

  /** Runs a command on a machine of its own, on which {@code a} and {@code b} can be removed. */
  static final class Command {
    public static void main(String[] args) {
      Path directory = Path.of(args[0]);
      System.exit(
          Main.run(
              Arrays.copyOfRange(args, 1, args.length),
              new Session(
                  CommandLineRun.host(directory),
                  InputStream.nullInputStream(),
                  System.out,
                  System.err,
                  false,
                  () -> List.of(new Out()))));
    }
  }

  @TempDir Path directory;
  private TestTree tree;
  private TestTree work;

  @BeforeEach
  void plant() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("home").directory("tmp");
    tree.file("work/c", "mine");
    work = TestTree.in(tree.path("work"));
    work.file("a/x");
  }

  @AfterEach
  void leaveNoProcess() {
    background().filter(ProcessHandle::destroyForcibly).ifPresent(each -> each.onExit().join());
  }

  private Process start(String... more) throws IOException {
    Object[] arguments =
        Stream.concat(
                Stream.of(tree.root(), "clean", "--yes", "--root", work.root()), Stream.of(more))
            .toArray();
    return ChildProcess.startJava(Command.class, arguments);
  }

  private static String end(Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private String clean(String... more) throws Exception {
    return end(start(more));
  }

  private Optional<ProcessHandle> background() {
    return ProcessHandle.allProcesses().filter(this::isBackground).findFirst();
  }

  /**
   * Finds the process by all of its arguments: the JDK cuts them off at a page. A shell, setsid,
   * nice and ionice have them too, and end or become what they start.
   */
  private boolean isBackground(ProcessHandle process) {
    try {
      List<String> arguments = List.of(proc(process, "cmdline").split("\0"));
      return arguments.contains("purge")
          && arguments.contains(work.root().toString())
          && proc(process, "comm").equals("java\n");
    } catch (IOException e) {
      return false; // it has ended, or is another user's
    }
  }

  private static String proc(ProcessHandle process, String file) throws IOException {
    return Files.readString(
        Path.of("/proc", Long.toString(process.pid()), file), StandardCharsets.ISO_8859_1);
  }

  /** Cleans in the background, and stops the background process as soon as it appears. */
  private ProcessHandle cleanAndStop() throws Exception {
    Process caller = start("--background");
    ProcessHandle process = null;
    while (process == null && !isDone()) {
      process = background().orElse(null);
    }
    assumeTrue(process != null, "skipped: it was faster than this test could look");
    go(process, "STOP");
    end(caller);
    assertThat(isDone()).isFalse();
    return process;
  }

  private boolean isDone() {
    return Arrays.asList(work.root().toFile().list()).equals(List.of("c"));
  }

  private void awaitNothingButMine() throws InterruptedException {
    while (!isDone()) {
      Thread.sleep(50);
    }
  }

  private static void go(ProcessHandle process, String signal) {
    ChildProcess.run(Path.of("/"), "kill", "-" + signal, Long.toString(process.pid()));
  }

  @Test
  void theNameIsFreeAtOnceAndTheSpaceLater() throws Exception {
    String said = clean("--background");

    assertThat(work.has("a")).isFalse();
    assertThat(said).contains("of space is freed in the background");
    awaitNothingButMine();
  }

  @Test
  void theDocumentTellsWhatComesFreeLater() throws Exception {
    String document = clean("--background", "--json");
    document = document.substring(document.indexOf("{\n"), document.lastIndexOf("}\n") + 2);

    Schemas.assertValid("cleanup", document);
    JsonObject report = JsonParser.parseString(document).getAsJsonObject();
    assertThat(report.get("freedBytes").getAsLong()).isZero();
    assertThat(report.get("freedLaterBytes").getAsLong()).isPositive();
    awaitNothingButMine();
  }

  @Test
  void whatUndoKeepsAndWhatAGoalNeedsCannotComeFreeLater() throws Exception {
    for (String[] more :
        new String[][] {{"--undo-for", "1h"}, {"--until-free", "1kB"}, {"--max-total", "1kB"}}) {
      Process process = start("--background", more[0], more[1]);
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(process.waitFor()).as(said).isEqualTo(Program.USAGE);
      assertThat(said).contains("omit one of them");
      assertThat(work.has("a/x")).isTrue();
    }
  }

  @Test
  void whatGoesOnHasTheLowestPriorityASessionOfItsOwnAndNoStreams() throws Exception {
    ProcessHandle process = cleanAndStop();

    Path proc = Path.of("/proc", Long.toString(process.pid()));
    String stat = proc(process, "stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    assertThat(fields[16]).as("niceness, see proc(5)").isEqualTo("19");
    assertThat(fields[3]).as("session").isEqualTo(Long.toString(process.pid()));
    for (String stream : List.of("0", "1", "2")) {
      assertThat(proc.resolve("fd").resolve(stream).toRealPath()).isEqualTo(Path.of("/dev/null"));
    }
    assertThat(ChildProcess.run(work.root(), "ionice", "-p", Long.toString(process.pid())))
        .startsWith("idle");
    // CI servers kill the processes that have inherited their variables; the shell sets some of its
    // own
    assertThat(proc(process, "environ").split("\0"))
        .allMatch(
            each ->
                each.matches(
                    "(?s)(HOME|TMPDIR|PATH|LANG|LC_[A-Z]+|XDG_STATE_HOME|PWD|OLDPWD|SHLVL|_)=.*"));
    go(process, "CONT");
    awaitNothingButMine();
  }

  @Test
  void whatAKilledBackgroundProcessLeavesIsFinishedByTheNextRun() throws Exception {
    go(cleanAndStop(), "KILL");

    assertThat(clean()).contains("Finished removing " + work.path("a"));

    assertThat(work.names()).containsExactly("c");
    assertThat(Files.readString(work.path("c"))).isEqualTo("mine");
  }

  @Test
  void whatAKilledBackgroundProcessLeavesIsFinishedInTheBackgroundToo() throws Exception {
    go(cleanAndStop(), "KILL");
    work.file("b/x");

    clean("--background");

    assertThat(work.has("b")).isFalse();
    awaitNothingButMine();
  }

  @Test
  void aSecondRunDoesNotWaitForTheFirstOne() throws Exception {
    ProcessHandle first = cleanAndStop();
    work.file("b/x");

    clean("--background");

    assertThat(work.has("b")).isFalse();
    go(first, "CONT");
    awaitNothingButMine();
  }

  @Test
  void aRunThatWaitsFinishesWhatTheBackgroundHasBegun() throws Exception {
    ProcessHandle first = cleanAndStop();

    clean();

    assertThat(work.names()).containsExactly("c");
    go(first, "CONT");
    first.onExit().get();
    assertThat(work.names()).containsExactly("c");
  }
}
