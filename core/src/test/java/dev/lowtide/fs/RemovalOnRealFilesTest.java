package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By the native layer where the JDK has one. */
class RemovalOnRealFilesTest extends RemovalContract {
  @TempDir Path directory;

  @Override
  Path emptyDirectory() throws IOException {
    return directory.toRealPath();
  }

  @Test
  void leaksNoDescriptorWhenDirectoriesBecomeFiles() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.exists(descriptors), "skipped: there is no list of open files");
    assumeTrue(
        NativeLayer.treeWalker().isPresent() || Runtime.version().feature() < 22,
        "skipped: a newer JDK leaks a descriptor when a directory cannot be opened");
    removeWhileADirectoryBecomesAFile(); // loads what is loaded once
    long before = count(descriptors);

    for (int i = 0; i < 100; i++) {
      removeWhileADirectoryBecomesAFile();
    }

    assertThat(count(descriptors)).isLessThan(before + 10);
  }

  private void removeWhileADirectoryBecomesAFile() throws IOException {
    tree().directory("v/child");
    TreeRemover.Result result =
        remove(
            (operation, parent, name) -> {
              if (operation.equals("open") && name.equals("child")) {
                Files.delete(tree().path("v/child"));
                Files.createFile(tree().path("v/child"));
              }
            });
    assertThat(result.failures()).isEqualTo(1);
    Files.delete(tree().path("v/child"));
  }

  private static long count(Path descriptors) throws IOException {
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.count();
    }
  }
}
