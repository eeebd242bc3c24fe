package dev.lowtide.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a command sees of Git when this runs in a hook, with the variables that Git sets there. */
class CommandInGitHookTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTwoClones() throws IOException {
    ChildProcess.assumeTool("git");
    tree = TestTree.in(temporary.toRealPath()).directory("hooked").directory("other");
    git("hooked", "init", "-q");
    git("other", "init", "-q");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    tree.file(
        "hooked/.git/hooks/pre-commit",
        "#!/bin/sh\nexec %s -cp \"$CLASSPATH\" '%s' %s %s\n"
            .formatted(java, Hook.class.getName(), tree.path("other"), tree.path("seen")));
    ChildProcess.run(tree.root(), "chmod", "+x", "hooked/.git/hooks/pre-commit");
  }

  private void git(String directory, String... arguments) {
    List<String> argv = new ArrayList<>(List.of("git", "-c", "user.name=t"));
    argv.addAll(List.of("-c", "user.email=t@example.invalid"));
    argv.addAll(List.of(arguments));
    ChildProcess.run(tree.path(directory), argv.toArray(String[]::new));
  }

  @Test
  void asksTheRepositoryInWhichItRuns() throws IOException {
    git("hooked", "--git-dir=.git", "commit", "-q", "--allow-empty", "-m", "x");

    assertThat(Files.readAllLines(tree.path("seen")))
        .containsExactly("the hook has GIT_DIR", tree.path("other").toString(), "exit 1");
  }

  /** Runs as the hook: asks Git where it is, in another repository, and for its variables. */
  static final class Hook {
    public static void main(String[] args) throws IOException {
      CommandRunner runner = CommandRunner.system(HostEnvironment.current(), Set.of("git", "sh"));
      Command.Result where =
          runner.run(Command.of("git", "rev-parse", "--show-toplevel").in(Path.of(args[0])));
      Command.Result variables = runner.run(Command.of("sh", "-c", "env | grep ^GIT_"));
      Files.writeString(
          Path.of(args[1]),
          (System.getenv("GIT_DIR") == null ? "" : "the hook has GIT_DIR\n")
              + where.output()
              + variables.output()
              + "exit "
              + variables.exit()
              + "\n");
    }
  }
}
