package dev.lowtide.fs;

import dev.lowtide.Printable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which servers of file systems did not respond, and determines how long the next read
 * waits. Safe for use by many threads.
 */
final class UnresponsiveServers {
  /** The time limit for reads after one read has timed out. */
  private static final Duration SHORT_TIMEOUT = Duration.ofMillis(200);

  private static final long MAX_TABLE_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * The time after which an unresponsive server is tried again, since it may have been restarted.
   */
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final ConcurrentHashMap<Path, Long> UNRESPONSIVE_SINCE = new ConcurrentHashMap<>();

  private record Mounts(long readNanos, Set<Path> served) {}

  private static final boolean NATIVE = NativeLayer.treeWalker().isPresent();

  private static @Nullable Mounts mounts;

  /** Whether a read has ever timed out that was on no served mount. */
  private static volatile boolean hasTimedOutElsewhere;

  private UnresponsiveServers() {}

  /**
   * The mount that contains a path and for which another process or machine has to respond; null if
   * there is none.
   */
  static @Nullable Path findServedMount(Path path) {
    for (Path served : served()) {
      if (path.startsWith(served)) {
        return served;
      }
    }
    return null;
  }

  /**
   * The served mounts, from a cache, since reading the table takes longer than reading a small
   * file. With the native layer, the kernel reports when the table has changed. The cache must then
   * be exact, since the native layer opens files on the calling thread.
   */
  private static synchronized Set<Path> served() {
    Mounts current = mounts;
    long now = System.nanoTime();
    boolean changed = NativeLayer.mountsChanged();
    if (current == null
        || (changed && (NATIVE || now - current.readNanos() > MAX_TABLE_AGE_NANOS))) {
      current = new Mounts(now, readTable());
      mounts = current;
    }
    return current.served();
  }

  private static Set<Path> readTable() {
    try {
      return MountTable.read().served();
    } catch (IOException e) {
      return Set.of(Path.of("/")); // unknown: treat every path as served
    }
  }

  /**
   * Runs work on another thread and waits for it: for a short time if reads have timed out before,
   * and not at all if the server was unresponsive a moment ago.
   */
  static <T> T waitFor(Path path, @Nullable Path served, Deadline.Work<T> work) throws IOException {
    if (served != null) {
      Long since = UNRESPONSIVE_SINCE.get(served);
      if (since != null && System.nanoTime() - since < RETRY_NANOS) {
        throw new FileSystemException(
            path.toString(),
            null,
            "the file system mounted at "
                + Printable.of(served)
                + " did not respond; restart its server, or unmount it");
      }
    }
    try {
      T result =
          Deadline.call(path, hasTimedOutElsewhere ? SHORT_TIMEOUT : ForeignFile.TIMEOUT, work);
      if (served != null) {
        UNRESPONSIVE_SINCE.remove(served);
      }
      return result;
    } catch (Deadline.MissedException e) {
      if (served == null) {
        hasTimedOutElsewhere = true;
      } else {
        UNRESPONSIVE_SINCE.put(served, System.nanoTime());
      }
      throw e;
    }
  }
}
