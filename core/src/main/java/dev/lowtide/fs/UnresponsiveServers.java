package dev.lowtide.fs;

import com.google.common.base.Suppliers;
import dev.lowtide.Printable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which servers of file systems did not respond, and determines how long the next read
 * waits. Safe for use by many threads.
 */
final class UnresponsiveServers {
  /** The time limit for reads after one read has timed out. */
  private static final Duration SHORT_TIMEOUT = Duration.ofMillis(200);

  /**
   * The time after which an unresponsive server is tried again, since it may have been restarted.
   */
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final ConcurrentHashMap<Path, Long> UNRESPONSIVE_SINCE = new ConcurrentHashMap<>();

  /** The maximum age of the mount table without the native layer, which alone notices changes. */
  private static final Duration MAX_TABLE_AGE = Duration.ofSeconds(1);

  /**
   * The mounts for which another process or machine has to respond. With the native layer they are
   * always current, because files on other mounts are opened on the calling thread, without a time
   * limit. Without it they are cached, because reading the table takes longer than reading a small
   * file.
   */
  private static final Supplier<Set<Path>> SERVED_BY_OTHERS =
      NativeLayer.treeWalker().isPresent()
          ? UnresponsiveServers::readServedByOthers
          : Suppliers.memoizeWithExpiration(UnresponsiveServers::readServedByOthers, MAX_TABLE_AGE);

  /** Whether a read of a file on a mount that the kernel serves has ever timed out. */
  private static volatile boolean hasTimedOutElsewhere;

  private UnresponsiveServers() {}

  /**
   * The mount that contains a path and for which another process or machine has to respond; null if
   * there is none.
   */
  static @Nullable Path findMountServedByOthers(Path path) {
    for (Path mount : SERVED_BY_OTHERS.get()) {
      if (path.startsWith(mount)) {
        return mount;
      }
    }
    return null;
  }

  private static Set<Path> readServedByOthers() {
    try {
      return MountTable.read().servedByOthers();
    } catch (IOException e) {
      return Set.of(Path.of("/")); // unknown: treat every path as served by others
    }
  }

  /**
   * Runs work on another thread and waits for it: for a short time if reads have timed out before,
   * and not at all if the server was unresponsive a moment ago.
   *
   * @param mount the result of {@link #findMountServedByOthers} for the path
   */
  static <T> T waitFor(Path path, @Nullable Path mount, Deadline.Work<T> work) throws IOException {
    if (mount != null) {
      Long since = UNRESPONSIVE_SINCE.get(mount);
      if (since != null && System.nanoTime() - since < RETRY_NANOS) {
        throw new FileSystemException(
            path.toString(),
            null,
            "the file system mounted at "
                + Printable.of(mount)
                + " did not respond; restart its server, or unmount it");
      }
    }
    try {
      T result =
          Deadline.call(path, hasTimedOutElsewhere ? SHORT_TIMEOUT : ForeignFile.TIMEOUT, work);
      if (mount != null) {
        UNRESPONSIVE_SINCE.remove(mount);
      }
      return result;
    } catch (Deadline.MissedException e) {
      if (mount == null) {
        hasTimedOutElsewhere = true;
      } else {
        UNRESPONSIVE_SINCE.put(mount, System.nanoTime());
      }
      throw e;
    }
  }
}
