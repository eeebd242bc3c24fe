package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkDirectoriesTest {
  @TempDir Path directory;
  private TestTree tree;
  private final WorkDirectories created = new WorkDirectories();

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("there");
  }

  @Test
  void removesADirectoryAndTheParentsThatItCreated() throws IOException {
    created.create(tree.path("there/a/b/c"));
    assertThat(tree.has("there/a/b/c")).isTrue();

    created.removeEmpty();

    assertThat(tree.names()).containsExactly("there");
  }

  @Test
  void keepsADirectoryThatWasThere() throws IOException {
    created.create(tree.path("there"));

    created.removeEmpty();

    assertThat(tree.names()).containsExactly("there");
  }

  @Test
  void keepsADirectoryThatIsNotEmpty() throws IOException {
    created.create(tree.path("there/a/b"));
    tree.file("there/a/result");

    created.removeEmpty();

    assertThat(tree.names()).containsExactly("there", "there/a", "there/a/result");
  }

  @Test
  void keepsWhatHasTakenTheNameOfADirectoryThatItCreated() throws IOException {
    created.create(tree.path("there/a"));
    Files.delete(tree.path("there/a"));
    tree.file("there/a", "somebody's");

    created.removeEmpty();

    assertThat(tree.names()).containsExactly("there", "there/a");
  }
}
