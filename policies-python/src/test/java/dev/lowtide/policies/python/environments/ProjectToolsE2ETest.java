package dev.lowtide.policies.python.environments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.python.fixtures.RealPip;
import dev.lowtide.policies.python.fixtures.RealPython;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real tox, nox and Poetry make in a project, and what a person adds to that. */
class ProjectToolsE2ETest {
  /** A project without dependencies and with a script. */
  static final String POETRY_PROJECT =
      """
      [tool.poetry]
      name = "demo"
      version = "1.0.0"
      description = ""
      authors = []

      [tool.poetry.dependencies]
      python = ">=3.9"

      [tool.poetry.scripts]
      demo = "demo:main"

      [build-system]
      requires = ["poetry-core"]
      build-backend = "poetry.core.masonry.api"
      """;

  @TempDir Path directory;
  private TestTree tree;
  private Path log;

  @BeforeEach
  void makeAProject() throws IOException {
    tree = TestTree.in(Files.createDirectory(directory.toRealPath().resolve("tree")));
    log = directory.resolve("output.log");
  }

  private void run(String... argv) throws IOException {
    RealPython.assumeOneOf(argv[0]);
    RealPip pip = new RealPip(RealPython.that(directory).executable(), directory.resolve("pip"));
    try (pip) {
      ProcessBuilder builder =
          new ProcessBuilder(argv)
              .directory(tree.root().toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder
          .environment()
          .keySet()
          .removeIf(name -> name.matches("(PYTHON|PIP_|VIRTUAL_ENV|TOX|NOX|POETRY|XDG_).*"));
      builder
          .environment()
          .putAll(
              Map.of(
                  "HOME",
                  Files.createDirectories(directory.resolve("home")).toString(),
                  "TMPDIR",
                  Files.createDirectories(directory.resolve("tmp")).toString(),
                  "PIP_CONFIG_FILE",
                  "/dev/null",
                  "PIP_INDEX_URL",
                  pip.index(),
                  "POETRY_VIRTUALENVS_IN_PROJECT",
                  "true",
                  "NO_PROXY",
                  "127.0.0.1"));
      Process process = builder.start();
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(() -> String.join(" ", argv) + ": " + output()).isZero();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void goesUnlessSomethingIsAdded(String made, String added) {
    assertThat(Planned.workspace(tree).proposed()).contains(made);

    tree.file(added, "x = 1\n");

    Planned planned = Planned.workspace(tree);
    assertThat(planned.proposed()).noneMatch(path -> Path.of(added).startsWith(path));
    assertThat(planned.refused().values()).anyMatch(reason -> reason.contains(added));
  }

  private String sitePackages(String environment) throws IOException {
    try (var libraries = Files.newDirectoryStream(tree.path(environment + "/lib"), "python*")) {
      return tree.root().relativize(libraries.iterator().next()) + "/site-packages";
    }
  }

  @Test
  void ofToxIsRemovedUnlessItHoldsAModuleOfAPerson() throws IOException {
    tree.file(
        "tox.ini",
        "[tox]\nenvlist = a\nskipsdist = true\n"
            + "[testenv]\ndeps = downloaded\ncommands = python -m pip --version\n");
    run("tox");

    goesUnlessSomethingIsAdded(".tox", sitePackages(".tox/a") + "/downloaded/mine.py");
  }

  @Test
  void ofNoxIsRemovedUnlessItHoldsNotes() throws IOException {
    tree.file(
        "noxfile.py",
        """
        import nox

        @nox.session(venv_backend="venv")
        def a(session):
            session.install("downloaded")
            session.create_tmp()
            session.run("python", "-m", "pip", "--version")
        """);
    run("nox");

    goesUnlessSomethingIsAdded(".nox", ".nox/a/tmp/notes.txt");
  }

  /** Poetry records what it installs in place by whole paths. */
  @Test
  void ofPoetryIsRemovedUnlessItHoldsAScriptOfAPerson() throws IOException {
    tree.file("pyproject.toml", POETRY_PROJECT).file("demo/__init__.py", "def main(): pass\n");
    run("poetry", "install", "--no-interaction");

    goesUnlessSomethingIsAdded(".venv", ".venv/bin/backup");
  }
}
