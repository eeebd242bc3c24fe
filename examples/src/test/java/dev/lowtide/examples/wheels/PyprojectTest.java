package dev.lowtide.examples.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lowtide.examples.UsageException;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class PyprojectTest {
  private final TestTree tree = TestTree.inMemory();

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

    Pyproject.in(tree.root(), "directory /project").set("name", "vllm-cpu");

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

    Pyproject.in(tree.root(), "directory /project").set("name", "a-cpu");

    assertThat(Pyproject.in(tree.root(), "directory /project").name()).contains("a-cpu");
  }

  @Test
  void hasNoNameWhereOnlySetupPyKnowsIt() throws IOException {
    tree.file("setup.py");

    assertThat(Pyproject.in(tree.root(), "directory /project").name()).isEmpty();
  }

  @Test
  void refusesADirectoryThatIsNoProject() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Pyproject.in(tree.root(), "directory /project"))
        .withMessageContaining(
            "The directory /project has neither a pyproject.toml nor a setup.py");
  }

  @Test
  void refusesWhatIsNotToml() {
    tree.file("pyproject.toml", "[project\n");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Pyproject.in(tree.root(), "directory /project"))
        .withMessageContaining("The pyproject.toml of the directory /project is not TOML");
  }
}
