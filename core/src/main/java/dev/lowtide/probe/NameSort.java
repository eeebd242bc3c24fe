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
 * algorithms for sorting and searching strings, 1997), with these bytes stored beside the rows. The
 * names of a directory often begin alike, and bytes that were found to be equal are not compared
 * again. Comparing whole names would spend most of its time fetching them from memory.
 *
 * <p>Different ranges may be sorted by different threads at the same time.
 */
final class NameSort {
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Up to this many rows are sorted by insertion. */
  private static final int FEW = 12;

  /**
   * Larger ranges are given to other threads; waking a thread takes as long as sorting a tenth of
   * this.
   */
  private static final int MANY = 10_000;

  private final byte[] names;
  private final int[] nameStart;
  private final int[] rows;
  private final long[] keys;

  /**
   * @param names of all rows, one after the other, without a NUL in any of them
   * @param nameStart the index where each row's name begins and that of the row before it ends
   * @param rows the numbers to be sorted
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
      sortBehind(0, from, to);
    }
  }

  /** Sorts a range in which all names begin with the same bytes. */
  private void sortBehind(int same, int from, int to) {
    for (int i = from; i < to; i++) {
      keys[i] = key(rows[i], same);
    }
    sortByKey(same, from, to);
  }

  private void sortByKey(int same, int from, int to) {
    int low = from;
    int high = to;
    while (high - low > FEW) {
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
      if (high - low > MANY) {
        int begin = low;
        int end = high;
        ForkJoinTask.invokeAll(
            ForkJoinTask.adapt(() -> sortByKey(same, begin, first)),
            ForkJoinTask.adapt(() -> sortEqual(pivot, same, first, last)));
        sortByKey(same, last, end);
        return;
      }
      sortEqual(pivot, same, first, last);
      // The loop continues with the larger part, so that the recursion stays shallow
      if (first - low < high - last) {
        sortByKey(same, low, first);
        low = last;
      } else {
        sortByKey(same, last, high);
        high = first;
      }
    }
    insert(same, low, high);
  }

  private void sortEqual(long key, int same, int from, int to) {
    if (to - from > 1 && !isEnd(key)) {
      sortBehind(same + Long.BYTES, from, to);
    }
  }

  private void insert(int same, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      int row = rows[i];
      long key = keys[i];
      int place = i;
      while (place > from && isBefore(key, row, keys[place - 1], rows[place - 1], same)) {
        keys[place] = keys[place - 1];
        rows[place] = rows[place - 1];
        place--;
      }
      keys[place] = key;
      rows[place] = row;
    }
  }

  private boolean isBefore(long key, int row, long otherKey, int other, int same) {
    if (key != otherKey || isEnd(key)) {
      return key < otherKey;
    }
    int skip = same + Long.BYTES;
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
   * Eight bytes of a name as a number whose order is that of the names; a shorter rest is padded
   * with zeros.
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

  /** Whether the name ends within the bytes of a key. */
  private static boolean isEnd(long key) {
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
