package dev.lowtide.execute;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * How long a removal is expected to take, and how many items it may have, as measured at earlier
 * ones. The duration may be asked for by any thread; all else is for the thread that removes.
 */
final class RemovalPace {
  /**
   * The maximum duration of a removal: longer ones are split into parts, since the free space is
   * not checked during a removal.
   */
  private static final Duration MAX_REMOVAL_TIME = Duration.ofSeconds(2);

  /**
   * How often the tree of an item is walked: by the check before the move, by the check after it,
   * and by the removal.
   */
  private static final int WALKS_PER_REMOVAL = 3;

  private static final int MAX_ITEMS = 100_000;

  private int itemsAtOnce = 64;
  private Duration removalTime = Duration.ofMillis(300); // until one has been measured

  synchronized Duration removalTime() {
    return removalTime;
  }

  int itemsAtOnce() {
    return itemsAtOnce;
  }

  /** A check of an item, without its removal, took this time. */
  synchronized void checkTook(Duration time) {
    removalTime = Collections.max(List.of(removalTime, time.multipliedBy(WALKS_PER_REMOVAL)));
  }

  /** The removal of {@link #itemsAtOnce} took this time. */
  synchronized void removalTook(Duration time) {
    removalTime = Collections.max(List.of(time, time.plus(removalTime).dividedBy(2)));
    itemsAtOnce = time.compareTo(MAX_REMOVAL_TIME) > 0 ? itemsAtOnce / 2 : itemsAtOnce * 2;
    itemsAtOnce = Math.min(Math.max(itemsAtOnce, 1), MAX_ITEMS);
  }
}
