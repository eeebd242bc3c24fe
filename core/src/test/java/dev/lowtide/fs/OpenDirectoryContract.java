package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.FileKind;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every open directory does; subclasses say of which file system and layer. */
abstract class OpenDirectoryContract {
  private TestTree tree;

  /** An empty directory to which no symbolic link leads; called once for each test. */
  abstract Path emptyDirectory() throws IOException;

  OpenDirectory open(Path directory) throws IOException {
    return OpenDirectory.openAt(directory, false);
  }

  final TestTree tree() throws IOException {
    if (tree == null) {
      tree = TestTree.in(emptyDirectory());
    }
    return tree;
  }

  final Path name(String name) throws IOException {
    return tree().root().getFileSystem().getPath(name);
  }

  @Test
  void seesWhatANameStandsForAndNotWhereItLeads() throws IOException {
    tree().directory("directory").file("file").link("link", "directory");

    try (OpenDirectory opened = open(tree().root())) {
      assertThat(opened.stat(name("directory")).kind()).isEqualTo(FileKind.DIRECTORY);
      assertThat(opened.stat(name("file")).kind()).isEqualTo(FileKind.REGULAR);
      assertThat(opened.stat(name("link")).kind()).isEqualTo(FileKind.SYMLINK);
    }
  }

  @Test
  void isTheDirectoryThatItsNameStoodFor() throws IOException {
    tree().directory("a").directory("b");

    try (OpenDirectory parent = open(tree().root());
        OpenDirectory a = parent.open(name("a"))) {
      assertThat(a.statSelf()).isEqualTo(parent.stat(name("a")));
      assertThat(a.statSelf()).isNotEqualTo(parent.stat(name("b")));
    }
  }

  @Test
  void movesANameWhereNothingIs() throws IOException {
    tree().file("from/a/file").directory("to");

    move("from", "a", "to", "b");

    assertThat(tree().names()).containsExactly("from", "to", "to/b", "to/b/file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "empty", "full", "dangling"})
  void movesNothingOntoAnything(String taken) throws IOException {
    tree().file("from/file", "new").directory("from/directory");
    tree().file("to/file", "old").directory("to/empty").file("to/full/file");
    tree().link("to/dangling", "nowhere");
    Map<String, String> before = tree().fingerprint();

    for (String name : new String[] {"file", "directory"}) {
      assertThatThrownBy(() -> move("from", name, "to", taken))
          .isInstanceOf(FileAlreadyExistsException.class)
          .hasMessageContaining(taken);
    }

    assertThat(tree().fingerprint()).isEqualTo(before);
  }

  private void move(String from, String name, String to, String newName) throws IOException {
    try (OpenDirectory source = open(tree().path(from));
        OpenDirectory target = open(tree().path(to))) {
      source.renameNoReplace(name(name), target, name(newName));
    }
  }

  @Test
  void takesSingleNamesOnly() throws IOException {
    tree().file("sibling").directory("d");

    try (OpenDirectory opened = open(tree().path("d"))) {
      for (Path name :
          new Path[] {name(".."), name("../sibling"), tree().path("sibling"), name("")}) {
        assertThatThrownBy(() -> opened.stat(name)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> opened.open(name)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> opened.deleteFile(name)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> opened.deleteDirectory(name)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> opened.renameNoReplace(name, opened, name("x")))
            .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> opened.renameNoReplace(name("x"), opened, name))
            .isInstanceOf(IOException.class);
      }
    }
    assertThat(tree().names()).containsExactly("d", "sibling");
  }

  @Test
  void listsItsNames() throws IOException {
    tree().file("d/a").directory("d/b").link("d/c", "a");

    try (OpenDirectory opened = open(tree().path("d"))) {
      assertThat(opened.names())
          .toIterable()
          .extracting(path -> path.getFileName().toString())
          .containsExactlyInAnyOrder("a", "b", "c");
    }
  }

  @Test
  void opensNothingThroughALink() throws IOException {
    tree().directory("real/sub").link("link", "real");

    assertThatThrownBy(() -> open(tree().path("link/sub")))
        .isInstanceOf(ReplacedException.class)
        .hasMessageContaining(tree().path("link").toString());
    try (OpenDirectory parent = open(tree().root())) {
      assertThatThrownBy(() -> parent.open(name("link"))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void doesWhatItDoesWhereItIsWhateverTakesItsPlace() throws IOException {
    tree().file("d/file").file("other/file");

    try (OpenDirectory opened = open(tree().path("d"))) {
      Files.move(tree().path("d"), tree().path("aside"));
      Files.move(tree().path("other"), tree().path("d"));
      opened.deleteFile(name("file"));
    }

    assertThat(tree().names()).containsExactly("aside", "d", "d/file");
  }
}
