package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardCommandTest {
  private @TempDir Path directory;
  private TestTree tree;
  private HostEnvironment host;
  private String root;

  @BeforeEach
  void makeTree() throws IOException {
    SampleWorkspace workspace = SampleWorkspace.in(directory);
    tree = workspace.tree();
    host = workspace.host();
    root = workspace.root();
  }

  private CommandLineRun lowtide(String... arguments) {
    return CommandLineRun.of(host, arguments);
  }

  @Test
  void passesTheExitCodeOfTheCommandOn() {
    CommandLineRun run =
        lowtide("guard", "--root", root, "--min-free", "1kB", "--", "sh", "-c", "exit 7");

    assertThat(run.exit()).isEqualTo(7);
    assertThat(run.err()).contains("The least free space seen on ");
    assertThat(tree.has("work/a/out/a.o")).isTrue();
  }

  @Test
  void aCommandThatIsNotThereIsCode127() {
    CommandLineRun run =
        lowtide("guard", "--root", root, "--min-free", "1kB", "--", "no-such-command");

    assertThat(run.exit()).isEqualTo(127);
  }

  @Test
  void freesBeforeTheCommandStartsWhereTheFloorIsNotFree() {
    CommandLineRun run =
        lowtide(
            "guard", "--root", root, "--keep", "b", "--min-free", "100%", "--", "ls", root + "/a");

    assertThat(run.exit()).as("that of the command").isZero();
    assertThat(tree.has("work/a/out")).isFalse();
    assertThat(tree.has("work/b/out/b.o")).isTrue();
    assertThat(run.err()).contains("[ERROR] The goal is not met: ", "stays: ");
  }

  @Test
  void onceTakesNothingWhereTheFloorIsFree() throws IOException {
    Path metrics = tree.path("guard.prom");

    CommandLineRun run =
        lowtide(
            "guard",
            "--once",
            "--jitter",
            "1ms",
            "--root",
            root,
            "--min-free",
            "1kB",
            "--metrics",
            metrics.toString());

    assertThat(run.exit()).isZero();
    assertThat(tree.has("work/a/out/a.o")).isTrue();
    assertThat(Files.readString(metrics)).contains("lowtide_run_passed{command=\"guard\"} 1");
  }

  @Test
  void onceTakesAllThatMayGoAndFailsWhereThatIsNotEnough() {
    CommandLineRun run = lowtide("guard", "--once", "--root", root, "--min-free", "100%");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("[ERROR] The goal is not met: ");
    assertThat(tree.has("work/a/out")).isFalse();
    assertThat(tree.has("work/b/out")).isFalse();
  }

  @Test
  void twoNeverRunAtOnce() throws IOException {
    Path lock = host.stateHome().resolve("lowtide/guard.lock");
    Files.createDirectories(lock.getParent());
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assertThat(held.isValid()).isTrue();

      CommandLineRun run = lowtide("guard", "--once", "--root", root, "--min-free", "100%");

      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.err()).contains("another 'lowtide guard --once' is running");
    }
    assertThat(tree.has("work/a/out/a.o")).isTrue();
  }

  @Test
  void whatIsNoFileInPlaceOfTheLockIsNotOpened() throws IOException {
    Path lock = host.stateHome().resolve("lowtide/guard.lock");
    Files.createDirectories(lock.getParent());
    ChildProcess.run(lock.getParent(), "mkfifo", lock.toString());

    CommandLineRun run = lowtide("guard", "--once", "--root", root, "--min-free", "1kB");

    assertThat(run.exit()).isZero();
    assertThat(run.err())
        .contains("Another guard may run at the same time, since there is no lock: ", "guard.lock");
  }

  @Test
  void whatIsRequiredAndThereLetsTheCommandStart() {
    CommandLineRun run =
        lowtide("guard", "--root", root, "--require", "1kB", "--", "touch", root + "/started");

    assertThat(run.exit()).isZero();
    assertThat(tree.has("work/started")).isTrue();
    assertThat(tree.has("work/a/out/a.o")).isTrue();
  }

  @Test
  void whatIsRequiredAndCannotBeHadTakesNothing() {
    CommandLineRun run =
        lowtide("guard", "--root", root, "--require", "100%", "--", "touch", root + "/started");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("[ERROR] The goal is not met: ", " less than the goal");
    assertThat(tree.has("work/started")).isFalse();
    assertThat(tree.has("work/a/out/a.o")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          guard --min-free 1GB                        | There is no command to guard
          guard --once --min-free 1GB -- true         | --once runs no command
          guard --min-free 1GB --jitter 5min -- true    | add --once
          guard --once                                | There is no floor to keep
          guard --once --min-free enough              | write for example
          guard --once --min-free 2kB --high 1kB      | at least as much
          guard --require enough                      | write for example
          """)
  void whatMakesNoSenseIsAUsageError(String commandLine, String message) {
    CommandLineRun run =
        lowtide((commandLine.replaceFirst("guard", "guard --root " + root)).split(" "));

    assertThat(run.exit()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }
}
