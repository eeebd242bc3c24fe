package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How many files and directories a file system can hold.
 *
 * @param total how many at most; 0 where there is no limit but space, as on btrfs
 * @param free how many more
 */
public record InodeCount(long total, long free) {
  /**
   * Asks the file system of a directory, for ten seconds at most.
   *
   * @return nothing if that is not known, as without the native layer
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
