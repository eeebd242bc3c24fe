package dev.lowtide.cli.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the shells offer for a line that is not complete yet. */
class CompletionTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "cl, clean",
    "clean --keep-n, --keep-newest",
    "trash re, restore",
    "clean --color ne, never"
  })
  void completesInBash(String line, String completed) {
    assertThat(Completions.inBash(directory, "lowtide " + line)).contains(completed);
  }

  @ParameterizedTest
  @CsvSource({
    "cl, clean",
    "clean --keep-n, --keep-newest",
    "trash re, restore",
    "clean --color ne, never",
    "size /us, /usr/"
  })
  void completesInFish(String line, String completed) {
    assertThat(Completions.inFish(directory, "lowtide " + line)).contains(completed);
  }

  @ParameterizedTest
  @CsvSource({
    "cl, clean",
    "clean --keep-n, --keep-newest=",
    "trash re, restore",
    "clean --color ne, never",
    "size /us, /usr/"
  })
  void completesInZsh(String line, String completed) {
    assertThat(Completions.inZsh(directory, "lowtide " + line))
        .startsWith("lowtide " + line.replaceFirst("\\S+$", completed));
  }
}
