package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** On plain names, globs match what those of the JDK match. */
class GlobsProperties {
  private static final FileSystem DISK = FileSystems.getDefault();

  @Provide
  Arbitrary<String> globs() {
    return Arbitraries.of(
            "a",
            "b",
            "ab",
            ".",
            "-",
            "*",
            "**",
            "?",
            "/",
            "/",
            "[ab]",
            "[!a]",
            "[a-c]",
            "[-a]",
            "{a,b}",
            "{a*,b/c}",
            "\\*",
            "[",
            "{",
            "}",
            ",",
            "]")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of("a", "b", "c", "ab", "a.b", "-", "*", "{", "}", ",", "]")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(names -> String.join("/", names));
  }

  /** Only that {@code **} between slashes may stand for no directory is ours. */
  @Property(tries = 5000)
  void agreeWithThoseOfTheJdk(@ForAll("globs") String glob, @ForAll("paths") String path) {
    if (glob.contains("**/") || glob.endsWith("/**") || glob.startsWith("/")) {
      return;
    }
    Optional<Boolean> theirs = matchesInJdk(glob, path);
    Optional<Boolean> ours = matches(glob, path);

    if (theirs.isPresent() && ours.isPresent()) {
      assertThat(ours).isEqualTo(theirs);
    }
  }

  /** As many as there are ways to leave them out. */
  @Property(tries = 2000)
  void agreeWhereStarsStandForDirectories(
      @ForAll("globs") String end, @ForAll("paths") String path) {
    if (end.startsWith("/") || end.contains("**") || matchesInJdk(end, path).isEmpty()) {
      return;
    }
    Optional<Boolean> ours = matches("**/" + end, path);

    if (ours.isPresent() && !end.contains("{")) {
      assertThat(ours.get())
          .isEqualTo(
              matchesInJdk("**/" + end, path).orElseThrow()
                  || matchesInJdk(end, path).orElseThrow());
    }
  }

  private static Optional<Boolean> matches(String glob, String path) {
    try {
      return Optional.of(Globs.of(DISK, List.of(glob)).matches(Path.of(path)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> matchesInJdk(String glob, String path) {
    try {
      return Optional.of(DISK.getPathMatcher("glob:" + glob).matches(Path.of(path)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
