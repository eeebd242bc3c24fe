package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How many files and directories a file system can hold.
 *
 * @param total the maximum number; 0 if only space limits it, as on btrfs
 * @param free how many more can be created
 */
public record InodeCount(long total, long free) {
  /**
   * Asks the file system of a directory, and waits for at most ten seconds.
   *
   * @return empty if that is unknown, as without the native layer
   */
  public static Optional<InodeCount> at(Path directory) {
    if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    try {
      return Deadline.call(directory, Deadline.OPEN, () -> NativeLayer.inodes(directory));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
