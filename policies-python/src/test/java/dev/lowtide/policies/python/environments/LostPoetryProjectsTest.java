package dev.lowtide.policies.python.environments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policy.Cause;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which of Poetry's environments are proposed because their project is gone. */
class LostPoetryProjectsTest {
  /** The beginning of the SHA-256 of {@code /tree/src/my-app}. */
  private static final String HASH = "ajzL3Dvb";

  private static final String ENVIRONMENT = "virtualenvs/my-app-" + HASH + "-py3.11";

  private final TestTree tree = TestTree.inMemory();
  private final HostEnvironment host = Planned.host(tree);

  @BeforeEach
  void environment() throws IOException {
    Files.createDirectories(host.path("/usr/bin"));
    Files.writeString(host.path("/usr/bin/python3"), "");
    MadeEnvironment.in(tree, ENVIRONMENT).file("src/other/pyproject.toml");
  }

  private Planned plan() {
    return Planned.of(tree, CleanupTarget.of("workspace", tree.root()), host);
  }

  private void assertStays() {
    assertThat(plan().proposed()).doesNotContain(ENVIRONMENT);
    assertThat(plan().refused().get(ENVIRONMENT)).contains("no file around it says");
  }

  @Test
  void isAnOrphanWhoseProjectWasInTheRoot() {
    assertThat(plan().plan().items())
        .singleElement()
        .satisfies(
            item -> {
              assertThat(item.candidate().cause()).isEqualTo(Cause.ORPHANED);
              assertThat(item.candidate().reason())
                  .contains("its project /tree/src/my-app is gone");
            });
  }

  @Test
  void mayBeCalledLikeItsPackage() {
    String other = "virtualenvs/my-lib-t66Hq9C4-py3.11";
    MadeEnvironment.in(tree, other);

    assertThat(plan().proposed()).contains(other);
  }

  @Test
  void staysIfItsProjectIsThere() {
    tree.file("src/my-app/notes.txt");

    assertStays();
  }

  @Test
  void staysIfALinkIsWhereItsProjectWas() {
    tree.link("src/my-app", "/mnt/disk/my-app");

    assertStays();
  }

  @Test
  void staysIfItsProjectMayBeElsewhere() {
    String other = "virtualenvs/my-app-AAAAAAAA-py3.11";
    MadeEnvironment.in(tree, other);

    assertThat(plan().proposed()).doesNotContain(other);
  }

  @Test
  void staysWhereADiskMayBeMounted() throws IOException {
    Files.delete(tree.path("src/other/pyproject.toml"));
    Files.delete(tree.path("src/other"));

    assertStays();
  }

  @Test
  void staysIfAnotherCommitMayHaveItsProject() {
    tree.file("src/.git/HEAD");

    assertStays();
  }

  @Test
  void staysWithAFileThatNoToolInstalled() {
    tree.file(ENVIRONMENT + "/bin/thesis.py", "what only a person has");

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(ENVIRONMENT)).contains("thesis.py");
  }
}
