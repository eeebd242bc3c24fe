package dev.lowtide.fs;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** Waits until a file system reports the space of removed files as free. */
public final class Settling {
  /** The types that report blocks as free before unlink(2) returns. */
  private static final Set<String> FREE_AT_ONCE = Set.of("ext2", "ext3", "ext4", "tmpfs");

  private static final Duration CHECK_INTERVAL = Duration.ofMillis(10);
  private static final int STABLE_CHECKS = 5;

  private Settling() {}

  /**
   * Waits for at most ten seconds. btrfs frees blocks when it commits a transaction, XFS when it
   * inactivates inodes in the background. If a file system does not report that it is done, this
   * waits until its number of free blocks has stayed the same for a moment.
   *
   * @return whether it is certain that no more space will be freed
   */
  public static boolean settle(Path directory) {
    try {
      return Deadline.call(
          directory,
          Deadline.OPEN,
          () -> {
            FileStore store = Files.getFileStore(directory);
            boolean isSettled =
                FREE_AT_ONCE.contains(store.type()) || NativeLayer.settle(directory);
            if (!isSettled) {
              waitUntilUnchanged(store);
            }
            return isSettled;
          });
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits until the free space stays the same. Each query makes XFS start its deferred work. */
  private static void waitUntilUnchanged(FileStore store) throws IOException {
    long free = store.getUnallocatedSpace();
    long end = System.nanoTime() + Deadline.OPEN.toNanos();
    int unchangedChecks = 0;
    while (unchangedChecks < STABLE_CHECKS && System.nanoTime() < end) {
      Uninterruptibles.sleepUninterruptibly(CHECK_INTERVAL);
      long now = store.getUnallocatedSpace();
      unchangedChecks = now == free ? unchangedChecks + 1 : 0;
      free = now;
    }
  }
}
