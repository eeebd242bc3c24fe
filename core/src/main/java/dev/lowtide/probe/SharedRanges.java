package dev.lowtide.probe;

import java.util.Map;
import java.util.TreeMap;

/**
 * The ranges of a disk that files use, and whether each was added once or several times. Not
 * thread-safe.
 */
final class SharedRanges {
  private record Range(long end, boolean isRepeated) {}

  /** The disjoint ranges, by their first byte. */
  private final TreeMap<Long, Range> ranges = new TreeMap<>();

  /**
   * Adds a range that a file uses; returns how many of its bytes had been added exactly once
   * before.
   */
  long add(long start, long length) {
    long end = start + length;
    split(start);
    split(end);
    long repeatedBytes = 0;
    long at = start;
    for (Map.Entry<Long, Range> each : Map.copyOf(ranges.subMap(start, end)).entrySet()) {
      if (!each.getValue().isRepeated()) {
        repeatedBytes += each.getValue().end() - each.getKey();
        ranges.put(each.getKey(), new Range(each.getValue().end(), true));
      }
    }
    while (at < end) { // the gaps between the existing ranges
      Map.Entry<Long, Range> next = ranges.ceilingEntry(at);
      long gapEnd = next == null ? end : Math.min(end, next.getKey());
      if (at < gapEnd) {
        ranges.put(at, new Range(gapEnd, false));
      }
      at = next == null || next.getKey() >= end ? end : next.getValue().end();
    }
    return repeatedBytes;
  }

  private void split(long at) {
    Map.Entry<Long, Range> before = ranges.lowerEntry(at);
    if (before != null && before.getValue().end() > at) {
      ranges.put(before.getKey(), new Range(at, before.getValue().isRepeated()));
      ranges.put(at, new Range(before.getValue().end(), before.getValue().isRepeated()));
    }
  }
}
