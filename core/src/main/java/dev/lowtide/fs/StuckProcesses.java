package dev.lowtide.fs;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Limits how long one scan of all processes waits for those that do not respond. A process can
 * block the readers of its command line forever, by mapping a file of a FUSE file system whose
 * server has stopped (Linux 6.18). The scan waits a few seconds for all such processes together,
 * longest for the first ones; after too many, it ends. Not thread-safe, except for {@link
 * #BLOCKING}.
 */
final class StuckProcesses {
  /** The ids of the processes that still block a thread of this scan or an earlier one. */
  static final Set<Long> BLOCKING = ConcurrentHashMap.newKeySet();

  /** How long one process may block a scan; inspecting a process usually takes a millisecond. */
  private static final Duration MAX_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration MIN_TIMEOUT = Duration.ofMillis(50);

  /** Each abandoned process leaves a blocked thread behind. */
  private static final int MAX_ABANDONED = 32;

  private long remainingNanos = Duration.ofSeconds(5).toNanos();
  private int abandoned;

  /** How long to wait for one process. */
  Duration timeout() {
    long share = Math.min(MAX_TIMEOUT.toNanos(), remainingNanos / 2);
    return Duration.ofNanos(Math.max(share, MIN_TIMEOUT.toNanos()));
  }

  /** Counts a process that did not respond in time. */
  void addAbandoned(Duration waited) {
    remainingNanos -= waited.toNanos();
    abandoned++;
  }

  /** Whether too many processes did not respond, so that the remaining ones are skipped. */
  boolean areTooMany() {
    return abandoned >= MAX_ABANDONED;
  }
}
