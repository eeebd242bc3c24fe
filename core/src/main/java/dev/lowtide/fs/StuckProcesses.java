package dev.lowtide.fs;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Limits how long one scan of all processes waits for those that do not respond. A process can
 * block the readers of its command line forever, by mapping a file of a FUSE file system whose
 * server has stopped (Linux 6.18). All such processes together get a few seconds, the first ones
 * most; after too many, the scan ends. Not thread-safe, except for {@link #NOW}.
 */
final class StuckProcesses {
  /** The ids of the processes that still block a thread of this scan or an earlier one. */
  static final Set<Long> NOW = ConcurrentHashMap.newKeySet();

  /** How long one process may block a scan. A millisecond is usual. */
  private static final Duration MAX_PATIENCE = Duration.ofSeconds(2);

  private static final Duration MIN_PATIENCE = Duration.ofMillis(50);

  /** Each one leaves a thread behind. */
  private static final int MAX_GIVEN_UP = 32;

  private long left = Duration.ofSeconds(5).toNanos();
  private int givenUp;

  /** How long to wait for one process. */
  Duration patience() {
    long share = Math.min(MAX_PATIENCE.toNanos(), left / 2);
    return Duration.ofNanos(Math.max(share, MIN_PATIENCE.toNanos()));
  }

  /** Counts a process that did not respond in time. */
  void gaveUp(Duration waited) {
    left -= waited.toNanos();
    givenUp++;
  }

  /** Whether too many processes did not respond, so that the remaining ones are skipped. */
  boolean areTooMany() {
    return givenUp >= MAX_GIVEN_UP;
  }
}
