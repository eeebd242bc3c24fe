package dev.lowtide.fs;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long one look at all processes waits for those that do not answer. A process can make those
 * who reads its command line wait for ever: it maps a file of a FUSE file system whose server
 * stands still (Linux 6.18). All of them together get a few seconds, the first of them most; after
 * too many, the look ends. For one thread, but for {@link #NOW}.
 */
final class StuckProcesses {
  /** The processes, by number, in which a thread of this look or an earlier one still waits. */
  static final Set<Long> NOW = ConcurrentHashMap.newKeySet();

  /** How long one process may keep a look waiting. A millisecond is usual. */
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

  /** Counts one that did not answer in time. */
  void gaveUp(Duration waited) {
    left -= waited.toNanos();
    givenUp++;
  }

  /** Whether the processes that are left are not looked at any more. */
  boolean areTooMany() {
    return givenUp >= MAX_GIVEN_UP;
  }
}
