package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What needs a server stopped; the server is a real process, and a stand-in does nothing else. */
class StoppedServersTest {
  private static final String NAME = "lowtide-server";
  private static final List<String> STOP = List.of(NAME, "--stop");
  private static final List<String> START = List.of(NAME, "--start");
  private static final Stopped SERVER =
      new Stopped(STOP, START, Set.of("TEST_IS_SERVER"), Set.of("TEST_PORT"));

  @TempDir Path directory;
  private TestTree tree;
  private final List<Process> servers = new ArrayList<>();
  private final List<Command> ran = new ArrayList<>();
  private int exitOfStop;
  private boolean stopsAllTheSame;
  private int exitOfStart;

  @BeforeEach
  void plantTree() throws IOException {
    tree = TestTree.in(directory.toRealPath().resolve("work")).file("a/x").file("b/x");
  }

  @AfterEach
  void endServers() {
    servers.forEach(Process::destroyForcibly);
  }

  private void startServer(Map<String, String> environment) throws IOException {
    ChildProcess.assumeTool("sleep");
    Path executable = directory.resolve(NAME);
    Path sleep = Path.of(ChildProcess.run(directory, "sh", "-c", "command -v sleep").strip());
    if (!Files.exists(executable)) {
      Files.copy(sleep.toRealPath(), executable, StandardCopyOption.COPY_ATTRIBUTES);
    }
    ProcessBuilder builder = new ProcessBuilder(executable.toString(), "60");
    builder.environment().clear();
    builder.environment().putAll(environment);
    servers.add(builder.start());
  }

  private Command.Result run(Command command) {
    ran.add(command);
    boolean stop = command.argv().equals(STOP);
    if (stop && (exitOfStop == 0 || stopsAllTheSame)) {
      servers.forEach(StoppedServersTest::end);
    }
    return new Command.Result(stop ? exitOfStop : exitOfStart, "its last words\n", false);
  }

  private static void end(Process server) {
    server.destroyForcibly().onExit().join();
  }

  private CleanupReport clear() throws IOException {
    return clear(TestPolicy.deleting("a", "b").stopping(SERVER));
  }

  private CleanupReport clear(TestPolicy policy) throws IOException {
    CommandRunner commands = this::run;
    Lowtide lowtide =
        Lowtide.builder()
            .policy(policy)
            .commands(commands)
            .listener(CleanupListener.NONE)
            .allowForeignOwners()
            .build();
    return lowtide.apply(lowtide.plan(CleanupTarget.of("workspace", tree.root())));
  }

  @Test
  void oneThatRunsIsStoppedOnceAndStartedAgainInItsOwnEnvironment() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1", "SECRET", "s3cret", "CACHE", "/x y"));

    clear().orThrow();

    assertThat(tree.names()).isEmpty();
    assertThat(ran)
        .containsExactly(
            Command.of(STOP),
            Command.of(START).withNothingBut(Map.of("SECRET", "s3cret", "CACHE", "/x y")));
  }

  @Test
  void oneThatDoesNotRunIsNotStarted() throws IOException {
    clear().orThrow();

    assertThat(tree.names()).isEmpty();
    assertThat(ran).isEmpty();
  }

  @Test
  void aClientAndAServerOfAnotherPortAreLeftAlone() throws IOException {
    startServer(Map.of("SECRET", "client"));
    startServer(Map.of("TEST_IS_SERVER", "1", "TEST_PORT", "4227"));

    clear().orThrow();

    assertThat(ran).isEmpty();
  }

  @Test
  void nothingGoesWhileItCannotBeStopped() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1"));
    exitOfStop = 2;

    CleanupReport report = clear();

    assertThat(report.outcomes()).extracting(Outcome::word).containsOnly("skipped");
    assertThat(report.outcomes().get(0).reason()).contains("exit code 2: its last words");
    assertThat(tree.has("a/x")).isTrue();
    assertThat(ran).extracting(Command::argv).containsOnly(STOP);
  }

  @Test
  void oneThatEndsAlthoughItsStopFailsIsStartedAgain() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1"));
    exitOfStop = 1;
    stopsAllTheSame = true;

    CleanupReport report = clear();

    assertThat(report.outcomes().get(0).word()).isEqualTo("skipped");
    assertThat(ran.get(ran.size() - 1).argv()).isEqualTo(START);
  }

  @Test
  void nothingGoesWhereTwoRunAndNobodyKnowsWhichIsMeant() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1"));
    startServer(Map.of("TEST_IS_SERVER", "1"));

    CleanupReport report = clear();

    assertThat(report.outcomes()).extracting(Outcome::word).containsOnly("skipped");
    assertThat(report.outcomes().get(0).reason()).contains("2 servers of " + NAME);
    assertThat(ran).isEmpty();
  }

  @Test
  void oneThatDoesNotStartAgainIsAFailureOfWhatNeededItStopped() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1"));
    exitOfStart = 1;

    CleanupReport report = clear();

    assertThat(report.outcomes()).extracting(Outcome::word).containsExactly("removed", "failed");
    assertThat(report.failures().get(0).reason()).contains("did not start again", "--start");
    assertThat(report.freedBytes()).isPositive();
  }

  @Test
  void oneIsStartedAgainAlsoIfTheThreadIsInterrupted() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1"));
    TestPolicy policy = TestPolicy.deleting("a", "b").stopping(SERVER);
    Lowtide lowtide =
        Lowtide.builder()
            .policy(policy)
            .commands(this::run)
            .listener(CleanupListener.NONE)
            .allowForeignOwners()
            .deleter(
                (path, expected) -> {
                  Thread.currentThread().interrupt();
                  throw new InterruptedIOException();
                })
            .build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));

    assertThatThrownBy(() -> lowtide.apply(plan)).isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).as("the thread is interrupted again").isTrue();
    assertThat(ran).extracting(Command::argv).containsExactly(STOP, START);
  }

  @Test
  void oneIsStartedAgainAlsoIfTheThreadIsInterruptedWhileItIsStopped() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1"));
    Lowtide lowtide =
        Lowtide.builder()
            .policy(TestPolicy.deleting("a").stopping(SERVER))
            .commands(
                command -> {
                  Command.Result result = run(command);
                  if (command.argv().equals(STOP)) {
                    throw new InterruptedIOException();
                  }
                  return result;
                })
            .listener(CleanupListener.NONE)
            .allowForeignOwners()
            .build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));

    assertThatThrownBy(() -> lowtide.apply(plan)).isInstanceOf(InterruptedIOException.class);

    assertThat(ran).extracting(Command::argv).containsExactly(STOP, START);
    assertThat(tree.has("a/x")).isTrue();
  }

  @Test
  void oneThatItsPolicyDoesNotDeclareIsNeitherStoppedNorStarted() throws IOException {
    for (Stopped evil :
        List.of(
            new Stopped(List.of("/tmp/evil"), START, Set.of("X"), Set.of()),
            new Stopped(STOP, List.of(NAME, "--run", "evil"), Set.of("X"), Set.of()))) {
      TestPolicy policy =
          TestPolicy.deleting("a").stopping(SERVER).with(each -> each.requiring(evil));

      assertThat(clear(policy).refused())
          .singleElement()
          .satisfies(
              refusal -> {
                assertThat(refusal.guard()).isEqualTo("command");
                assertThat(refusal.reason()).contains("is not a command that test.paths runs");
              });
    }
    assertThat(ran).isEmpty();
    assertThat(tree.has("a/x")).isTrue();
  }

  @Test
  void itsEnvironmentDoesNotStandInThePlan() throws IOException {
    startServer(Map.of("TEST_IS_SERVER", "1", "SECRET", "s3cret"));
    Lowtide lowtide = Lowtide.builder().policy(TestPolicy.deleting("a").stopping(SERVER)).build();

    String plan = lowtide.plan(CleanupTarget.of("workspace", tree.root())).toJson();

    assertThat(plan).contains("TEST_IS_SERVER").doesNotContain("s3cret");
  }

  @Test
  void otherRequirementsAreMetAsWell() throws IOException {
    TestPolicy policy =
        TestPolicy.deleting("a")
            .stopping(SERVER)
            .running("tool", "flush")
            .with(each -> each.requiring(new RunCommand(each.path(), List.of("tool", "flush"))));

    clear(policy).orThrow();

    assertThat(ran).containsExactly(Command.of("tool", "flush"));
  }
}
