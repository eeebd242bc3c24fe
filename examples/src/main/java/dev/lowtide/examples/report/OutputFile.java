package dev.lowtide.examples.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Files that others may be reading: they see the former content or the new one, never half. */
final class OutputFile {
  private OutputFile() {}

  /**
   * Writes a text in UTF-8, by renaming a temporary file in the same directory. What is there and
   * no regular file, such as {@code /dev/stdout}, is written to as it is.
   */
  static void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      Files.write(file, bytes);
      return;
    }
    // Not Files.createTempFile: no other user could read what that makes
    Path partial = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      Files.write(partial, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
