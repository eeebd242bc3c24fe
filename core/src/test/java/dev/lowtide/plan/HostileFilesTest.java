package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Strings;
import dev.lowtide.shared.TomlBounds;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that were made to take all memory or all stack of those who read them. */
@Timeout(20)
class HostileFilesTest {
  @TempDir Path directory;

  private Path endless(String name) throws IOException {
    Path file = directory.resolve(name);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    return file;
  }

  @Test
  void aPlanOfThreeGigabytesIsRefusedInOneLine() throws IOException {
    Path file = endless("plan.json");

    assertThatThrownBy(() -> CleanupPlan.loadFromElsewhere(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("it has 3221225472 bytes, and at most 67108864 are read");
  }

  @Test
  void aPolicyFileOfThreeGigabytesIsRefusedInOneLine() throws IOException {
    Path file = endless("lowtide.toml");

    assertThatThrownBy(() -> PolicyFile.read(file, List.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("at most 1048576 are read");
  }

  @Test
  void aPlanThatIsNestedDeeplyIsRefused() {
    String deep = "{\"schema\": 1, \"x\": " + Strings.repeat("[", 1_000_000);

    assertThatThrownBy(() -> CleanupPlan.fromJson(deep))
        .isInstanceOf(CleanupPlan.FormatException.class)
        .hasMessage("It is not a complete JSON document: it is nested deeper than 32 levels");
  }

  @Test
  void aPlanWithAnEndlessTextIsRefused() {
    String text = "{\"schema\": 1, \"x\": \"" + Strings.repeat("x", 70_000) + "\"}";

    assertThatThrownBy(() -> CleanupPlan.fromJson(text))
        .hasMessage(
            "It is not a complete JSON document: a string in it has more than 65536 characters");
  }

  @Test
  void aPlanWithAnEndlessNumberIsRefused() {
    assertThatThrownBy(() -> CleanupPlan.fromJson("{\"schema\": " + Strings.repeat("1", 100_000)))
        .hasMessage(
            "It is not a complete JSON document: a number in it has more than 64 characters");
  }

  @Test
  void anItemWithEndlesslyManyValuesIsRefused() {
    String many = "{\"schema\": 1, \"items\": [{\"x\": [" + Strings.repeat("0,", 200_000);

    assertThatThrownBy(() -> CleanupPlan.fromJson(many))
        .hasMessageContaining("one of its values contains more than 100000 other values");
  }

  @Test
  void aPolicyFileThatIsNestedDeeplyIsRefused() throws IOException {
    Path file = directory.resolve("lowtide.toml");
    Files.writeString(file, "policies = " + Strings.repeat("[", 500_000));

    assertThatThrownBy(() -> PolicyFile.read(file, List.of()))
        .isInstanceOf(PolicyFile.FormatException.class)
        .hasMessageContaining("It is nested too deeply");
  }

  @Test
  void bracketsInTextsAndCommentsNestNothing() {
    String brackets = Strings.repeat("[", 1000);

    Assertions.assertThat(
            TomlBounds.hold(
                "# "
                    + brackets
                    + "\na = \"\\\""
                    + brackets
                    + "\"\nb = '''\n"
                    + brackets
                    + "'''\nc = '"
                    + brackets
                    + "'"))
        .isTrue();
    Assertions.assertThat(TomlBounds.hold("a = \"x\"\nb = " + brackets)).isFalse();
    Assertions.assertThat(TomlBounds.hold("a" + Strings.repeat(".a", 1000) + " = 1")).isFalse();
  }

  /** A thousand would take a parser half a minute, and a mebibyte for ever. */
  @ParameterizedTest
  @ValueSource(strings = {"\n", "  \n", "# c\n", "\r\n"})
  void hundredsOfEmptyLinesInARowAreNotParsed(String line) {
    Assertions.assertThat(TomlBounds.hold("a = [1,\n" + Strings.repeat(line, 1000) + "]"))
        .isFalse();
    Assertions.assertThat(TomlBounds.hold(Strings.repeat(line, 200) + "a = 1\n")).isTrue();
    Assertions.assertThat(TomlBounds.hold(Strings.repeat("a = 1\n" + line, 50_000))).isTrue();
  }
}
