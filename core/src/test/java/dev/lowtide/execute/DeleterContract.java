package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.FileIdentity;
import dev.lowtide.fs.Stat;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every deleter does on every file system; subclasses say which of both. */
abstract class DeleterContract {
  private TestTree tree;

  abstract Deleter deleter();

  /** An empty directory to which no symbolic link leads; called once for each test. */
  abstract Path emptyDirectory() throws IOException;

  final TestTree tree() throws IOException {
    if (tree == null) {
      tree = TestTree.in(emptyDirectory());
    }
    return tree;
  }

  static FileIdentity identity(Path path) throws IOException {
    return Stat.of(path).identity();
  }

  final Deleter.Deletion delete(String path) throws IOException {
    Path victim = tree().path(path);
    return deleter().delete(victim, identity(victim));
  }

  @Test
  void removesAFile() throws IOException {
    tree().file("file").file("sibling");

    assertThat(delete("file").removed()).isEqualTo(1);
    assertThat(tree().names()).containsExactly("sibling");
  }

  @Test
  void removesALinkAndNotWhatItLeadsTo() throws IOException {
    tree().file("target/canary").link("link", "target");

    assertThat(delete("link").removed()).isEqualTo(1);
    assertThat(tree().names()).containsExactly("target", "target/canary");
  }

  @Test
  void removesATreeAndCountsItsNames() throws IOException {
    tree().file("v/a").file("v/sub/b").directory("v/sub/empty").hardLink("v/c", "v/a").file("s");

    Deleter.Deletion deletion = delete("v");

    assertThat(deletion.removed()).isEqualTo(6);
    assertThat(deletion.failures()).isZero();
    assertThat(tree().names()).containsExactly("s");
  }

  @Test
  void leavesWhatLinksInTheTreeLeadTo() throws IOException {
    tree().file("outside/canary").directory("v/sub");
    tree().link("v/relative", "../outside").link("v/sub/up", "../..").link("v/gone", "nowhere");
    Files.createSymbolicLink(tree().path("v/absolute"), tree().path("outside"));
    Map<String, String> canaries = TestTree.in(tree().path("outside")).fingerprint();

    assertThat(delete("v").failures()).isZero();

    assertThat(tree().names()).containsExactly("outside", "outside/canary");
    assertThat(TestTree.in(tree().path("outside")).fingerprint()).isEqualTo(canaries);
  }

  @Test
  void doesNotTouchSiblings() throws IOException {
    tree().file("v/a").file("sibling/b").file("v2/a");
    Map<String, String> before = tree().fingerprint();
    before.keySet().removeIf(path -> path.equals("v") || path.startsWith("v/"));

    delete("v");

    assertThat(tree().fingerprint()).isEqualTo(before);
  }

  @Test
  void refusesWhatHasTakenThePlaceOfWhatWasPlanned() throws IOException {
    tree().file("planned/a").file("other/b");
    FileIdentity planned = identity(tree().path("planned"));
    Map<String, String> before = tree().fingerprint();

    assertThatThrownBy(() -> deleter().delete(tree().path("other"), planned))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(tree().path("other").toString());
    assertThat(tree().fingerprint()).isEqualTo(before);
  }

  @Test
  void refusesAPathThatClimbsByDots() throws IOException {
    tree().file("sub/a").file("outside/canary");
    Path climbing = tree().path("sub").resolve("..").resolve("outside");
    FileIdentity planned = identity(tree().path("outside"));

    assertThatThrownBy(() -> deleter().delete(climbing, planned))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(climbing.toString());
    assertThat(tree().has("outside/canary")).isTrue();
  }

  @Test
  void refusesALinkInThePlaceOfADirectory() throws IOException {
    tree().file("v/a").file("canary/a");
    FileIdentity planned = identity(tree().path("v"));
    Files.move(tree().path("v"), tree().path("aside"));
    tree().link("v", "canary");

    assertThatThrownBy(() -> deleter().delete(tree().path("v"), planned))
        .isInstanceOf(IOException.class);
    assertThat(tree().names()).containsExactly("aside", "aside/a", "canary", "canary/a", "v");
  }

  @Test
  void refusesToGoThroughALink() throws IOException {
    tree().file("real/v/a").link("link", "real");
    FileIdentity planned = identity(tree().path("real/v"));

    assertThatThrownBy(() -> deleter().delete(tree().path("link/v"), planned))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(tree().path("link").toString());
    assertThat(tree().has("real/v/a")).isTrue();
  }

  @Test
  void refusesTheRootOfTheFileSystem() throws IOException {
    Path root = tree().root().getRoot();

    assertThatThrownBy(() -> deleter().delete(root, identity(root)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("never removed");
  }

  @Test
  void refusesARelativePath() throws IOException {
    tree().file("v");
    Path relative = tree().root().relativize(tree().path("x/v"));

    assertThatThrownBy(() -> deleter().delete(relative, identity(tree().path("v"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("absolute");
  }

  @Test
  void whatIsGoneAlreadyIsNoFailure() throws IOException {
    tree().file("v");
    FileIdentity planned = identity(tree().path("v"));
    Files.delete(tree().path("v"));

    Deleter.Deletion deletion = deleter().delete(tree().path("v"), planned);

    assertThat(deletion.removed()).isZero();
    assertThat(deletion.failures()).isZero();
  }

  @Test
  void whatIsGoneWithItsParentIsNoFailure() throws IOException {
    tree().file("parent/v");
    FileIdentity planned = identity(tree().path("parent/v"));
    Files.delete(tree().path("parent/v"));
    Files.delete(tree().path("parent"));

    assertThat(deleter().delete(tree().path("parent/v"), planned).failures()).isZero();
  }

  @Test
  void removesLinksThatLeadInCircles() throws IOException {
    tree().link("v/a", "b").link("v/b", "a").link("v/self", "self").link("v/up", "../v");

    assertThat(delete("v").removed()).isEqualTo(5);
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void removesAWideDirectory() throws IOException {
    for (int i = 0; i < 3000; i++) {
      tree().file("v/" + i, 1);
    }

    assertThat(delete("v").removed()).isEqualTo(3001);
    assertThat(tree().names()).isEmpty();
  }

  @Test
  void removesADeepDirectory() throws IOException {
    tree().chain("v", 600).file("v/d/d/file").link("v/d/link", "..").file("sibling");

    Deleter.Deletion deletion = delete("v");

    assertThat(deletion.failures()).isZero();
    assertThat(deletion.removed()).isEqualTo(602);
    assertThat(tree().names()).containsExactly("sibling");
  }

  @Test
  void anInterruptEndsTheRemovalAndStaysSet() throws IOException {
    tree().file("v/a").file("v/b");
    FileIdentity planned = identity(tree().path("v"));

    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> deleter().delete(tree().path("v"), planned))
        .isInstanceOf(InterruptedIOException.class)
        .hasMessageContaining(tree().path("v").toString());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(tree().has("v")).isTrue();
  }
}
