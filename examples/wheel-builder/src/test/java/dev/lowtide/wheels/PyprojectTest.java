package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PyprojectTest {
  private final TestTree tree = TestTree.inMemory();
  private final HostEnvironment host = TestMachine.host(tree.root().getFileSystem());

  @Test
  void changesTheNameAndNothingElse() throws IOException {
    tree.file(
        "pyproject.toml",
        """
        # name = "comment"
        [tool.other]
        name = "other"

        [project] # metadata
        name = 'vllm' # the name
        dynamic = ["version"]
        """);

    Pyproject.in(host, tree.root(), "directory /project").set("name", "vllm-cpu");

    assertThat(Files.readString(tree.path("pyproject.toml")))
        .isEqualTo(
            """
            # name = "comment"
            [tool.other]
            name = "other"

            [project] # metadata
            name = "vllm-cpu" # the name
            dynamic = ["version"]
            """);
  }

  @Test
  void changesANameInAnInlineTable() throws IOException {
    tree.file("pyproject.toml", "project = {version = \"1.0\", name = \"a\"}\n");

    Pyproject.in(host, tree.root(), "directory /project").set("name", "a-cpu");

    assertThat(Pyproject.in(host, tree.root(), "directory /project").name()).contains("a-cpu");
  }

  @Test
  void hasNoNameWhereOnlySetupPyKnowsIt() throws IOException {
    tree.file("setup.py");

    assertThat(Pyproject.in(host, tree.root(), "directory /project").name()).isEmpty();
  }

  @Test
  void refusesADirectoryThatIsNoProject() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Pyproject.in(host, tree.root(), "directory /project"))
        .withMessageContaining(
            "The directory /project has neither a pyproject.toml nor a setup.py");
  }

  @Test
  void refusesWhatIsNotToml() {
    tree.file("pyproject.toml", "[project\n");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Pyproject.in(host, tree.root(), "directory /project"))
        .withMessageContaining("The pyproject.toml of the directory /project is not TOML");
  }

  @Test
  void changesTheNameAfterTheVersion() throws IOException {
    tree.file("pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\n");
    Pyproject project = Pyproject.in(host, tree.root(), "directory /project");

    project.set("version", "1.post1");
    project.set("name", "a-cpu");

    assertThat(Files.readString(tree.path("pyproject.toml")))
        .isEqualTo("[project]\nname = \"a-cpu\"\nversion = \"1.post1\"\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{"})
  void refusesWhatIsNestedTooDeeply(String bracket) {
    tree.file("pyproject.toml", "a = " + bracket.repeat(100_000) + "\n");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Pyproject.in(host, tree.root(), "directory /project"))
        .withMessageContaining("cannot be read: it is not UTF-8, too long, too deeply nested");
  }
}
