package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lowtide.fs.Names;
import dev.lowtide.testing.ChildProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobsTest {
  private static Globs globs(String glob) {
    return Globs.of(FileSystems.getDefault(), List.of(glob));
  }

  @ParameterizedTest
  @CsvSource({
    "**/*.pyc, a.pyc",
    "**/*.pyc, a/b/c.pyc",
    "**/__pycache__/**, __pycache__",
    "**/__pycache__/**, a/__pycache__/b",
    "a/**/b, a/b",
    "a/**/b, a/x/y/b",
    "dist/**, dist",
    "dist, dist/x/y",
    "dist/*.whl, dist/x.whl",
    "a/**/b/**/c, a/x/b/c",
    "a/**/**, a",
    "größe/**, größe/x",
    "gr??e, größe",
    "gr[ä-ü]*, größe",
    "????, 😀abc",
  })
  void coverAPath(String glob, String path) {
    assertThat(globs(glob).covers(Path.of(path))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "dist/*.whl, dist/a/x.whl",
    "dist/*.whl, dist",
    "dist, a/dist",
    "a/**/b, b",
    "**/*.pyc, a.py"
  })
  void doNotCoverAPath(String glob, String path) {
    assertThat(globs(glob).covers(Path.of(path))).isFalse();
  }

  /** A line break is an ordinary character of a name. */
  @ParameterizedTest
  @ValueSource(strings = {"**/x/**", "*/x", "**/x", "*", "a?b/x", "{a*,b}/x"})
  void coverWhatLiesBelowANameWithALineBreak(String glob) {
    assertThat(globs(glob).covers(Path.of("a\nb/x"))).isTrue();
  }

  @Test
  void coverNamesThatAreNotText() {
    Path name = Names.resolve(Path.of("/"), new byte[] {'a', (byte) 0xff, 'b'}).getFileName();

    assertThat(globs("a?b").covers(name)).isTrue();
    assertThat(globs("*").covers(name.resolve("x"))).isTrue();
    assertThat(globs("ab").covers(name)).isFalse();
    assertThat(globs("a??b").covers(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gr\uFFFD\uFFFDe/**", "a\uD800b"})
  void withLostCharactersAreRejected(String glob) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> globs(glob))
        .withMessageContaining("has characters that this locale cannot read; set LC_ALL=C.UTF-8");
  }

  @Test
  void takeNoLongerTheMoreStarsThereAre() {
    String name = "a".repeat(2000);

    assertThat(globs("*a".repeat(40) + "b").covers(Path.of(name))).isFalse();
  }

  /** Names and patterns are compared by their bytes, whatever the locale. */
  @Test
  void areTheSameInEachLocale() {
    ChildProcess.runInCLocale(InAnotherLocale.class);
    ChildProcess.runInLocale("de_DE", "ISO-8859-1", InAnotherLocale.class);
  }

  static final class InAnotherLocale {
    public static void main(String[] args) {
      byte[] name = "größe".getBytes(StandardCharsets.UTF_8);
      Path path = Names.resolve(Path.of("/"), name).getFileName();
      for (String glob : List.of("größe", "größe/**", "gr?ße", "gr[ö]ße", "*ße")) {
        assertThat(globs(glob).covers(path)).as(glob).isTrue();
      }
      assertThat(globs("grösse").covers(path)).isFalse();
    }
  }
}
