package dev.lowtide.probe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ForkJoinTask;

/**
 * Sorts rows by their names, as unsigned bytes.
 *
 * <p>It is a three-way quicksort by eight bytes of the names at a time (Bentley and Sedgewick, Fast
 * algorithms for sorting and searching strings, 1997), with these bytes stored in an array of keys.
 * The names of a directory often have a common prefix, and bytes that were found to be equal are
 * not compared again. A sort that compares whole names spends most of its time fetching them from
 * memory.
 *
 * <p>Different ranges may be sorted by different threads at the same time.
 */
final class NameSort {
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Up to this number of rows, insertion sort is used. */
  private static final int MAX_INSERTION_SORT_ROWS = 12;

  /**
   * A range of more rows is sorted by several threads; waking a thread takes as long as sorting a
   * tenth of this number.
   */
  private static final int MIN_PARALLEL_ROWS = 10_000;

  private final byte[] names;
  private final int[] nameStart;
  private final int[] rows;
  private final long[] keys;

  /**
   * @param names the names of all rows, one after the other, without a NUL in any of them
   * @param nameStart the index where the name of each row begins, and, as the last element, where
   *     the last name ends
   * @param rows the numbers of the rows, which are sorted by the names of the rows
   */
  NameSort(byte[] names, int[] nameStart, int[] rows) {
    this.names = names;
    this.nameStart = nameStart;
    this.rows = rows;
    this.keys = new long[rows.length];
  }

  /** Sorts a range of the row numbers. */
  void sort(int from, int to) {
    if (to - from > 1) {
      sortAfterPrefix(0, from, to);
    }
  }

  /** Sorts a range in which the first {@code prefixBytes} bytes of all names are equal. */
  private void sortAfterPrefix(int prefixBytes, int from, int to) {
    for (int i = from; i < to; i++) {
      keys[i] = key(rows[i], prefixBytes);
    }
    sortByKey(prefixBytes, from, to);
  }

  private void sortByKey(int prefixBytes, int from, int to) {
    int low = from;
    int high = to;
    while (high - low > MAX_INSERTION_SORT_ROWS) {
      long pivot = median(keys[low], keys[(low + high) >>> 1], keys[high - 1]);
      int less = low;
      int greater = high;
      for (int i = low; i < greater; ) {
        if (keys[i] < pivot) {
          swap(less++, i++);
        } else if (keys[i] > pivot) {
          swap(i, --greater);
        } else {
          i++;
        }
      }
      int first = less;
      int last = greater;
      if (high - low > MIN_PARALLEL_ROWS) {
        int begin = low;
        int end = high;
        ForkJoinTask.invokeAll(
            ForkJoinTask.adapt(() -> sortByKey(prefixBytes, begin, first)),
            ForkJoinTask.adapt(() -> sortEqual(pivot, prefixBytes, first, last)));
        sortByKey(prefixBytes, last, end);
        return;
      }
      sortEqual(pivot, prefixBytes, first, last);
      // The loop continues with the larger part, so that the recursion stays shallow
      if (first - low < high - last) {
        sortByKey(prefixBytes, low, first);
        low = last;
      } else {
        sortByKey(prefixBytes, last, high);
        high = first;
      }
    }
    insertionSort(prefixBytes, low, high);
  }

  private void sortEqual(long key, int prefixBytes, int from, int to) {
    if (to - from > 1 && !containsEnd(key)) {
      sortAfterPrefix(prefixBytes + Long.BYTES, from, to);
    }
  }

  private void insertionSort(int prefixBytes, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      int row = rows[i];
      long key = keys[i];
      int position = i;
      while (position > from
          && isBefore(key, row, keys[position - 1], rows[position - 1], prefixBytes)) {
        keys[position] = keys[position - 1];
        rows[position] = rows[position - 1];
        position--;
      }
      keys[position] = key;
      rows[position] = row;
    }
  }

  private boolean isBefore(long key, int row, long otherKey, int other, int prefixBytes) {
    if (key != otherKey || containsEnd(key)) {
      return key < otherKey;
    }
    int skip = prefixBytes + Long.BYTES;
    return Arrays.compareUnsigned(
            names,
            nameStart[row] + skip,
            nameStart[row + 1],
            names,
            nameStart[other] + skip,
            nameStart[other + 1])
        < 0;
  }

  /**
   * Eight bytes of a name as a number that compares like the bytes; if fewer remain, they are
   * padded with zeros.
   */
  private long key(int row, int skip) {
    int start = nameStart[row] + skip;
    int length = nameStart[row + 1] - start;
    long bytes = 0;
    if (length >= Long.BYTES) {
      bytes = (long) EIGHT_BYTES.get(names, start);
    } else {
      for (int i = 0; i < length; i++) {
        bytes |= (names[start + i] & 0xFFL) << (Long.SIZE - Byte.SIZE * (i + 1));
      }
    }
    return bytes ^ Long.MIN_VALUE;
  }

  /** Whether the name ends within the eight bytes of a key. */
  private static boolean containsEnd(long key) {
    return (key & 0xFF) == 0;
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  private void swap(int i, int j) {
    long key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
    int row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }
}
