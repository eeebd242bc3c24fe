package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By the native layer where the JDK has one. */
class OpenDirectoryOnRealFilesTest extends OpenDirectoryContract {
  @TempDir Path directory;

  @Override
  Path emptyDirectory() throws IOException {
    return directory.toRealPath();
  }

  @Test
  void knowsItsOwnerAndPermissions() throws IOException {
    tree().directory("d");
    Files.setPosixFilePermissions(tree().path("d"), PosixFilePermissions.fromString("rwx--x-w-"));
    int owner = (int) Files.getAttribute(tree().path("d"), "unix:uid");

    try (OpenDirectory opened = open(tree().path("d"))) {
      assertThat(opened.access()).isEqualTo(new Access(owner, 0712));
    }
  }
}
