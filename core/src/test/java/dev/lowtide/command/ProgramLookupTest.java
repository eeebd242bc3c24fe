package dev.lowtide.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which file is run when a command has a bare name: nobody else's, however PATH came to name it.
 */
class ProgramLookupTest {
  private static final String TOOL = "lowtide-test-tool";

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void installTools() throws IOException {
    tree = TestTree.in(directory.toRealPath());
    for (String place : List.of("good", "other", "workspace/bin")) {
      tree.file(place + "/" + TOOL, "#!/bin/sh\necho " + place + "; pwd\n");
      chmod("755", place + "/" + TOOL);
    }
    ChildProcess.run(tree.root(), "chmod", "-R", "go-w", ".");
  }

  private void chmod(String mode, String path) throws IOException {
    ChildProcess.run(tree.root(), "chmod", mode, path);
  }

  private HostEnvironment host(String path) {
    return HostEnvironment.of(
            OperatingSystem.LINUX,
            tree.root().getFileSystem(),
            Map.of("PATH", path),
            tree.path("home").toString(),
            "/tmp")
        .distrusting(List.of(tree.path("workspace")));
  }

  private void assertOnlyTheGoodOneIsFound(String first) {
    HostEnvironment host = host(first + ":" + tree.path("good") + ":/usr/bin:/bin");

    assertThat(host.executables(TOOL)).containsExactly(tree.path("good/" + TOOL));
    assertThat(host.programDirectories())
        .contains(tree.path("good"))
        .allMatch(Path::isAbsolute)
        .noneMatch(each -> each.toString().equals(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "./workspace/bin", "workspace/bin", "~/bin", "$HOME/bin"})
  void nothingIsFoundWhereTheWorkingDirectoryDecides(String entry) {
    assertOnlyTheGoodOneIsFound(entry);
  }

  @Test
  void nothingIsFoundInAWorkspace() throws IOException {
    Files.createSymbolicLink(tree.path("link"), tree.path("workspace/bin"));
    tree.directory("toLink");
    Files.createSymbolicLink(tree.path("toLink/" + TOOL), tree.path("workspace/bin/" + TOOL));

    assertOnlyTheGoodOneIsFound(tree.path("workspace/bin").toString());
    assertOnlyTheGoodOneIsFound(tree.path("link").toString());
    assertThat(host(tree.path("toLink").toString()).executables(TOOL)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"777", "757", "1777"})
  void nothingIsFoundWhereAllUsersMayPutIt(String mode) throws IOException {
    chmod(mode, "other");

    assertOnlyTheGoodOneIsFound(tree.path("other").toString());
  }

  @Test
  void nothingIsFoundBelowADirectoryThatAllUsersMayChange() throws IOException {
    tree.file("open/bin/" + TOOL, "#!/bin/sh\n");
    chmod("755", "open/bin/" + TOOL);
    chmod("777", "open");

    assertOnlyTheGoodOneIsFound(tree.path("open/bin").toString());
  }

  @Test
  void aProgramThatAllUsersMayChangeIsNotFound() throws IOException {
    chmod("757", "other/" + TOOL);

    assertThat(host(tree.path("other").toString()).executables(TOOL)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "other/" + TOOL})
  void nothingIsFoundThatBelongsToAnotherUser(String path) throws IOException {
    assumeTrue(ChildProcess.run(tree.root(), "id", "-u").strip().equals("0"), "skipped: not root");
    ChildProcess.run(tree.root(), "chown", "12345", path);

    assertThat(host(tree.path("other").toString()).executables(TOOL)).isEmpty();
  }

  @Test
  void aGroupOfOthersMayNotPutAProgramThere() throws IOException {
    assumeTrue(ChildProcess.run(tree.root(), "id", "-u").strip().equals("0"), "skipped: not root");
    ChildProcess.run(tree.root(), "chgrp", "12345", "other");
    chmod("775", "other");

    assertOnlyTheGoodOneIsFound(tree.path("other").toString());
  }

  @Test
  void aCommandRunsWhatIsFoundInADirectoryWithoutSettings() throws IOException {
    HostEnvironment host = host(".:" + tree.path("workspace/bin") + ":" + tree.path("good"));

    Command.Result result = CommandRunner.system(host, Set.of(TOOL)).run(Command.of(TOOL));

    assertThat(result.output()).isEqualTo("good\n/\n");
    assertThat(CommandRunner.tools(host, Set.of(TOOL)).ask(host.neutralDirectory(), List.of(TOOL)))
        .contains("good\n/\n");
  }

  @Test
  void aCommandThatIsNotFoundIsNotLeftToTheSystemToFind() {
    CommandRunner runner =
        CommandRunner.system(host(tree.path("workspace/bin").toString()), Set.of("ls"));

    assertThatThrownBy(() -> runner.run(Command.of("ls")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("'ls' was not found in PATH");
  }

  @Test
  void whatACommandStartsIsLookedUpInTheSameDirectories() throws IOException {
    HostEnvironment host =
        host(tree.path("workspace/bin") + "::.:" + tree.path("good") + ":/usr/bin:/bin");
    CommandRunner runner = CommandRunner.system(host, Set.of("sh"));

    assertThat(runner.run(Command.of("sh", "-c", "echo $PATH; " + TOOL)).output())
        .isEqualTo(tree.path("good") + ":/usr/bin:/bin\ngood\n/\n");
  }

  @Test
  void toolchainsOfAWorkspaceAreNotChosenByVariables() throws IOException {
    HostEnvironment host =
        host("/usr/bin:/bin")
            .withVariables(
                before ->
                    Map.of(
                        "PATH",
                        "/usr/bin:/bin",
                        "RUSTUP_HOME",
                        tree.path("workspace/rustup").toString(),
                        "PYENV_ROOT",
                        tree.path("good").toString()));

    assertThat(
            CommandRunner.system(host, Set.of("sh"))
                .run(Command.of("sh", "-c", "echo $RUSTUP_HOME,$PYENV_ROOT"))
                .output())
        .isEqualTo("," + tree.path("good") + "\n");
  }
}
