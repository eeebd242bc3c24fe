package dev.lowtide.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A lock file among the user's state files, which one process holds at a time. The lock ends with
 * the process.
 */
final class LockFile {
  private LockFile() {}

  /**
   * Takes the lock; creates the file if necessary.
   *
   * @return the lock, which is released when it is closed; empty if another process, or this one,
   *     holds it
   * @throws IOException if the file cannot be created or locked, as on a full disk, or is not a
   *     regular file
   */
  static Optional<Closeable> take(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(file + " is not a regular file"); // opening a pipe may hang
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return Optional.of(channel);
      }
    } catch (OverlappingFileLockException e) {
      // held by this process
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return Optional.empty();
  }
}
