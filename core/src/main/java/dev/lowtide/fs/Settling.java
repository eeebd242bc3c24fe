package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;

/** Waits until a file system counts as free what was removed from it. */
public final class Settling {
  private Settling() {}

  /**
   * Waits, for ten seconds at most. btrfs frees blocks when it commits a transaction, XFS when it
   * inactivates inodes in the background; others at once, so that there is nothing to wait for.
   * Without the native layer nothing is waited for.
   *
   * @return false if the time was not enough
   */
  public static boolean settle(Path directory) {
    try {
      return Deadline.call(
          directory,
          Deadline.OPEN,
          () -> {
            NativeLayer.settle(directory);
            return true;
          });
    } catch (IOException e) {
      return false;
    }
  }
}
