package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.testing.TestTree;
import java.nio.file.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CleanupTargetTest {
  private final FileSystem fileSystem = TestTree.unix();

  @ParameterizedTest
  @CsvSource({
    "'', empty",
    "/src/link/., contains '.'",
    "/src/../etc, contains '..'",
    "~/build, was not expanded",
    "/src/$BUILD/x, was not expanded",
    "/src/${BUILD}, was not expanded",
    "%TEMP%/x, was not expanded"
  })
  void refusesRootsThatCannotBeMeant(String root, String why) {
    assertThatThrownBy(() -> CleanupTarget.checkedRoot(fileSystem.getPath(root)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + root + "'")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/src/a\nb", "/src/\u001b[2J"})
  void refusesControlCharactersAndDoesNotPrintThem(String root) {
    assertThatThrownBy(() -> CleanupTarget.checkedRoot(fileSystem.getPath(root)))
        .hasMessageContaining("control character")
        .message()
        .doesNotContain("\n", "\u001b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/src/a b", "/src/a..b", "/src/...", "/src/a~", "/src/$RECYCLE.BIN"})
  void takesUnusualNamesAsTheyAre(String root) {
    assertThat(CleanupTarget.checkedRoot(fileSystem.getPath(root))).hasToString(root);
  }

  @Test
  void makesRelativeRootsAbsolute() {
    assertThat(CleanupTarget.of("t", fileSystem.getPath("build")).root())
        .isEqualTo(fileSystem.getPath("build").toAbsolutePath());
  }

  @Test
  void refusesAKeepPatternThatIsNoGlob() {
    CleanupTarget target = CleanupTarget.of("t", fileSystem.getPath("/src"));

    assertThatThrownBy(() -> target.keeping("[a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'[a' is not a glob");
  }
}
