package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectTest {
  private final TestTree tree = TestTree.inMemory();
  private final HostEnvironment host = TestMachine.host(tree.root().getFileSystem());

  @Test
  void hasItsStaticName() {
    tree.file("pyproject.toml", "project = {version = \"1.0\", name = \"a\"}\n");

    assertThat(Project.name(host, tree.root(), "directory /project")).contains("a");
  }

  @Test
  void hasNoNameWhereOnlySetupPyKnowsIt() {
    tree.file("setup.py");

    assertThat(Project.name(host, tree.root(), "directory /project")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"project = 1", "[project]\nname = 1", "[project.name]\na = 1"})
  void leavesANameThatIsNoTextToTheBuild(String toml) {
    tree.file("pyproject.toml", toml + "\n");

    assertThat(Project.name(host, tree.root(), "directory /project")).isEmpty();
  }

  @Test
  void refusesADirectoryThatIsNoProject() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Project.name(host, tree.root(), "directory /project"))
        .withMessageContaining(
            "The directory /project has neither a pyproject.toml nor a setup.py");
  }

  @Test
  void refusesWhatIsNotToml() {
    tree.file("pyproject.toml", "[project\n");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Project.name(host, tree.root(), "directory /project"))
        .withMessageContaining("The pyproject.toml of the directory /project is not TOML");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{"})
  void refusesWhatIsNestedTooDeeply(String bracket) {
    tree.file("pyproject.toml", "a = " + bracket.repeat(100_000) + "\n");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Project.name(host, tree.root(), "directory /project"))
        .withMessageContaining("cannot be read: it is not UTF-8, too long, too deeply nested");
  }
}
