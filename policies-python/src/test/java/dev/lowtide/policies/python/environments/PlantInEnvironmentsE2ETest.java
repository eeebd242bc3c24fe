package dev.lowtide.policies.python.environments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.python.fixtures.RealPython;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.PlantAndLook;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real environments never go with what a person put into them. */
class PlantInEnvironmentsE2ETest {
  @TempDir Path directory;

  /** What many projects use. */
  private static final String[] TWENTY = {
    "attrs",
    "blinker",
    "certifi",
    "click",
    "colorama",
    "filelock",
    "flask",
    "idna",
    "iniconfig",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "packaging",
    "platformdirs",
    "pluggy",
    "python-dotenv",
    "pyyaml",
    "tabulate",
    "tomli",
    "werkzeug"
  };

  @Test
  void whatAPersonWouldMissStaysAndWithoutItAllEnvironmentsGo() throws IOException {
    Path workspace = Files.createDirectory(directory.toRealPath().resolve("workspace"));
    TestTree tree = TestTree.in(workspace);
    RealPython python = RealPython.that(directory);
    RealPython tools =
        python
            .environment(Files.createDirectory(directory.resolve("tools")))
            .with("nox", "virtualenv");
    tree.file(
            "by-nox/noxfile.py",
            "import nox\n@nox.session\ndef tests(session):\n    session.run('python', '-V')\n")
        .file("by-tox/tox.ini", "[testenv]\nskip_install = true\ncommands = python -V\n")
        .file("by-poetry/pyproject.toml", ProjectToolsE2ETest.POETRY_PROJECT)
        .file("by-poetry/demo.py", "def main(): pass\n")
        .file("by-virtualenv/requirements.txt", "click\n")
        .file("by-venv/requirements.txt", "click\n")
        .file("of-twenty/requirements.txt", String.join("\n", TWENTY));
    tools.in(tree.path("by-nox")).run("-m", "nox");
    python.tool("tox").ifPresent(tox -> tox.in(tree.path("by-tox")).run("-e", "py"));
    python.tool("poetry").ifPresent(poetry -> install(poetry.in(tree.path("by-poetry"))));
    tools.run("-m", "virtualenv", "--without-pip", tree.path("by-virtualenv/env").toString());
    python.run("-m", "venv", "--without-pip", tree.path("by-venv/env").toString());
    python.run("-m", "venv", "--without-pip", tree.path("of-twenty/.venv").toString());
    install(tools, tree.path("by-venv/env"), "click");
    install(tools, tree.path("of-twenty/.venv"), TWENTY);

    PlantAndLook.into(() -> Planned.workspace(tree))
        .records(file -> file.toString().matches(".*/site-packages/[^/]+/RECORD"))
        .notEditing(
            "no person edits bytecode, and Python makes it again of the source",
            file -> file.toString().endsWith(".pyc"))
        .notEditing(
            "they have only options, which are given again to make the environment again",
            file ->
                Stream.of("pyvenv.cfg", ".tox-config1", ".tox-info.json").anyMatch(file::endsWith))
        .knownAnywhere(
            "virtualenv 20.17 records bytecode in the directory of its source as well",
            file -> file.toString().endsWith(".pyc"))
        .plant(1);
  }

  private static void install(RealPython poetry) {
    Map<String, String> settings =
        Map.of(
            "POETRY_VIRTUALENVS_IN_PROJECT",
            "true",
            "POETRY_CACHE_DIR",
            poetry.directory().resolve("poetry-cache").toString(),
            "PYTHON_KEYRING_BACKEND",
            "keyring.backends.null.Keyring");
    assertThat(poetry.exit(settings, "install", "--no-interaction")).as(poetry.output()).isZero();
  }

  private static void install(RealPython tools, Path environment, String... packages) {
    List<String> argv = new ArrayList<>(List.of("-m", "pip", "--python", environment.toString()));
    argv.addAll(List.of("install", "-q"));
    argv.addAll(List.of(packages));
    tools.run(argv.toArray(String[]::new));
  }
}
