package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.cli.reference.Completions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shells offer for a line that is not complete yet. */
class CompletionTest {
  @TempDir Path directory;

  @Test
  void completesInBash() {
    assertThat(Completions.inBash(directory, "build-wheels --front")).contains("--frontend");
    assertThat(Completions.inBash(directory, "build-wheels --caches cl")).contains("clean");
  }

  @Test
  void completesInFish() {
    assertThat(Completions.inFish(directory, "build-wheels --front")).contains("--frontend");
    assertThat(Completions.inFish(directory, "build-wheels --caches cl")).contains("clean");
  }

  @Test
  void completesInZsh() {
    assertThat(Completions.inZsh(directory, "build-wheels --front"))
        .startsWith("build-wheels --frontend=");
    assertThat(Completions.inZsh(directory, "build-wheels --caches cl"))
        .startsWith("build-wheels --caches clean");
  }
}
