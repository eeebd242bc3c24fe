package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** A file of the current user that is there as a whole or not at all, whoever reads it when. */
public final class PrivateFile {
  private PrivateFile() {}

  /** What stands in a file; empty unless it is an ordinary file of this user and no longer. */
  public static Optional<byte[]> read(Path file, long longest) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        || Files.size(file) > longest
        || Stat.of(file).owner() != Stat.currentUser()) {
      return Optional.empty();
    }
    return Optional.of(Files.readAllBytes(file));
  }

  /** Replaces a file, which only this user may read, and makes the directories for it. */
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
