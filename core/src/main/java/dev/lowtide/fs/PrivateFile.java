package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Reads and writes private files of the current user. Files are replaced as a whole, so that a
 * reader never sees a part.
 */
public final class PrivateFile {
  private PrivateFile() {}

  /**
   * The content of a file; empty unless it is a regular file of this user with at most the given
   * length.
   */
  public static Optional<byte[]> read(Path file, int limit) throws IOException {
    try {
      return Optional.of(ForeignFile.at(file).ofTrustedOwner().bytes(limit));
    } catch (FileSystemException e) {
      return Optional.empty(); // treated as if it did not exist
    }
  }

  /** Replaces a file by one that only this user may read, and creates the parent directories. */
  public static void replace(Path file, byte[] content) throws IOException {
    Path directory = Files.createDirectories(file.toAbsolutePath().getParent());
    Path partial = Files.createTempFile(directory, "new", ".tmp"); // with the mode 0600
    try {
      Files.write(partial, content);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
