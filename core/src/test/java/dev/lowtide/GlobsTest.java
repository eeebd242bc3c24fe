package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
