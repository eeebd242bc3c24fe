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
final class SilentServers {
  /** The time limit for reads after one read has timed out. */
  private static final Duration SHORT_TIMEOUT = Duration.ofMillis(200);

  private static final long TABLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A server may be started again. */
  private static final long SILENT_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final ConcurrentHashMap<Path, Long> SILENT_SINCE = new ConcurrentHashMap<>();

  private record Mounts(long at, Set<Path> served) {}

  private static final boolean NATIVE = NativeLayer.treeWalker().isPresent();

  private static @Nullable Mounts mounts;

  /** Whether a read outside such a mount has ever timed out. */
  private static volatile boolean tricked;

  private SilentServers() {}

  /** The mount above a path for which another process or machine answers; null if none does. */
  static @Nullable Path servedAbove(Path path) {
    for (Path served : served()) {
      if (path.startsWith(served)) {
        return served;
      }
    }
    return null;
  }

  /**
   * Reading the table takes longer than reading a small file. The native layer is told when it
   * changes, which it must be, since it opens on this very thread.
   */
  private static synchronized Set<Path> served() {
    Mounts known = mounts;
    long now = System.nanoTime();
    boolean changed = NativeLayer.mountsChanged();
    if (known == null || (changed && (NATIVE || now - known.at() > TABLE_NANOS))) {
      known = new Mounts(now, readTable());
      mounts = known;
    }
    return known.served();
  }

  private static Set<Path> readTable() {
    try {
      return MountTable.read().served();
    } catch (IOException e) {
      return Set.of(Path.of("/")); // then anything may be
    }
  }

  static <T> T waitFor(Path path, @Nullable Path served, Deadline.Work<T> work) throws IOException {
    if (served != null) {
      Long since = SILENT_SINCE.get(served);
      if (since != null && System.nanoTime() - since < SILENT_NANOS) {
        throw new FileSystemException(
            path.toString(),
            null,
            "the file system mounted at "
                + Printable.of(served)
                + " did not respond; restart its server, or unmount it");
      }
    }
    try {
      T result = Deadline.call(path, tricked ? SHORT_TIMEOUT : ForeignFile.TIMEOUT, work);
      if (served != null) {
        SILENT_SINCE.remove(served);
      }
      return result;
    } catch (Deadline.MissedException e) {
      if (served == null) {
        tricked = true;
      } else {
        SILENT_SINCE.put(served, System.nanoTime());
      }
      throw e;
    }
  }
}
