package dev.lowtide.probe;

import dev.lowtide.FileKind;
import dev.lowtide.fs.Stat;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The entries of a tree as parallel arrays, which need about 80 bytes and the name for each entry;
 * objects would need four times as much.
 *
 * <p>Rows are appended in any order and then reordered once; after that, {@link #directory} is no
 * longer available.
 */
@SuppressWarnings("EnumOrdinal") // a kind as one byte, in memory only
final class Columns {
  private static final FileKind[] KINDS = FileKind.values();

  /** The bit in the byte of the kind that marks a file as immutable or append-only. */
  private static final int FIXED = 0x40;

  /**
   * The number of rows from which several threads are used. Waking threads takes about as long as
   * sorting a tenth of this number.
   */
  private static final int PARALLEL_ROWS = 50_000;

  /**
   * The maximum number of rows that are appended; further rows go to new columns, since enlarging
   * the arrays copies them.
   */
  private static final int MAX_ROWS = 1 << 14;

  private static final int INITIAL_ROWS = 64;
  private static final int TYPICAL_NAME_BYTES = 16;

  private int size;
  private boolean exact = true;
  private int[] parent;
  private int[] directory;
  private byte[] kind;
  private int[] links;
  private int[] owner;
  private long[] inode;
  private long[] length;
  private long[] allocated;
  private long[] accessed;
  private long[] modified;
  private long[] changed;
  private long[] born;
  private int[] nameStart; // one more, so that a name ends where the next one starts
  private byte[] names;

  /** Columns for few rows, which grow as needed. */
  Columns() {
    this(INITIAL_ROWS, INITIAL_ROWS * TYPICAL_NAME_BYTES);
  }

  private Columns(int rows, int nameBytes) {
    parent = new int[rows];
    directory = new int[rows];
    kind = new byte[rows];
    links = new int[rows];
    owner = new int[rows];
    inode = new long[rows];
    length = new long[rows];
    allocated = new long[rows];
    accessed = new long[rows];
    modified = new long[rows];
    changed = new long[rows];
    born = new long[rows];
    nameStart = new int[rows + 1];
    names = new byte[nameBytes];
  }

  /** New columns for further rows, once {@link #isFull} is true. */
  Columns next() {
    return new Columns(MAX_ROWS, MAX_ROWS * TYPICAL_NAME_BYTES);
  }

  /** Whether further rows must be added to other columns. */
  boolean isFull() {
    return size >= MAX_ROWS;
  }

  /** Concatenates the rows of all parts. */
  static Columns of(List<Columns> parts) {
    int[] firstRow = new int[parts.size() + 1];
    int[] firstByte = new int[parts.size() + 1];
    boolean exact = true;
    for (int i = 0; i < parts.size(); i++) {
      Columns part = parts.get(i);
      firstRow[i + 1] = Math.addExact(firstRow[i], part.size);
      firstByte[i + 1] = Math.addExact(firstByte[i], part.nameStart[part.size]);
      exact &= part.exact;
    }
    Columns all = new Columns(firstRow[parts.size()], firstByte[parts.size()]);
    all.size = firstRow[parts.size()];
    all.nameStart[all.size] = firstByte[parts.size()];
    all.exact = exact;
    IntStream each = IntStream.range(0, parts.size());
    (all.isLarge() ? each.parallel() : each)
        .forEach(i -> parts.get(i).copyTo(all, firstRow[i], firstByte[i]));
    return all;
  }

  private void copyTo(Columns all, int row, int nameByte) {
    System.arraycopy(parent, 0, all.parent, row, size);
    System.arraycopy(directory, 0, all.directory, row, size);
    System.arraycopy(kind, 0, all.kind, row, size);
    System.arraycopy(links, 0, all.links, row, size);
    System.arraycopy(owner, 0, all.owner, row, size);
    System.arraycopy(inode, 0, all.inode, row, size);
    System.arraycopy(length, 0, all.length, row, size);
    System.arraycopy(allocated, 0, all.allocated, row, size);
    System.arraycopy(accessed, 0, all.accessed, row, size);
    System.arraycopy(modified, 0, all.modified, row, size);
    System.arraycopy(changed, 0, all.changed, row, size);
    System.arraycopy(born, 0, all.born, row, size);
    System.arraycopy(names, 0, all.names, nameByte, nameStart[size]);
    for (int i = 0; i < size; i++) {
      all.nameStart[row + i] = nameByte + nameStart[i];
    }
  }

  int size() {
    return size;
  }

  /** Whether the allocated bytes of all rows are exact. */
  boolean isExact() {
    return exact;
  }

  void append(int parentDirectory, int ownDirectory, byte[] name, Stat stat) {
    reserve(name.length);
    parent[size] = parentDirectory;
    directory[size] = ownDirectory;
    kind[size] = (byte) (stat.kind().ordinal() | (stat.isFixed() ? FIXED : 0));
    links[size] = stat.links();
    owner[size] = stat.owner();
    inode[size] = stat.inode();
    length[size] = stat.size();
    allocated[size] = stat.allocated();
    accessed[size] = stat.accessedNanos();
    modified[size] = stat.modifiedNanos();
    changed[size] = stat.changedNanos();
    born[size] = stat.bornNanos();
    exact &= stat.allocatedExact();
    System.arraycopy(name, 0, names, nameStart[size], name.length);
    nameStart[size + 1] = nameStart[size] + name.length;
    size++;
  }

  /** Enlarges the arrays if they cannot hold another row. */
  private void reserve(int nameBytes) {
    if (size == parent.length) {
      int capacity = size + (size >> 1);
      parent = Arrays.copyOf(parent, capacity);
      directory = Arrays.copyOf(directory, capacity);
      kind = Arrays.copyOf(kind, capacity);
      links = Arrays.copyOf(links, capacity);
      owner = Arrays.copyOf(owner, capacity);
      inode = Arrays.copyOf(inode, capacity);
      length = Arrays.copyOf(length, capacity);
      allocated = Arrays.copyOf(allocated, capacity);
      accessed = Arrays.copyOf(accessed, capacity);
      modified = Arrays.copyOf(modified, capacity);
      changed = Arrays.copyOf(changed, capacity);
      born = Arrays.copyOf(born, capacity);
      nameStart = Arrays.copyOf(nameStart, capacity + 1);
    }
    int required = nameStart[size] + nameBytes;
    if (required > names.length) {
      names = Arrays.copyOf(names, Math.max(required, names.length + (names.length >> 1)));
    }
  }

  /**
   * Moves row {@code order[i]} to index i and trims the arrays. Each processor works on one column
   * at a time, so that only these columns exist twice.
   */
  void reorder(int[] order) {
    parent = new int[0];
    directory = new int[0];
    Stream<Runnable> columns =
        Stream.of(
            () -> reorderNames(order),
            () -> kind = bytes(kind, order),
            () -> links = ints(links, order),
            () -> owner = ints(owner, order),
            () -> inode = longs(inode, order),
            () -> length = longs(length, order),
            () -> allocated = longs(allocated, order),
            () -> accessed = longs(accessed, order),
            () -> modified = longs(modified, order),
            () -> changed = longs(changed, order),
            () -> born = longs(born, order));
    (isLarge() ? columns.parallel() : columns).forEach(Runnable::run);
  }

  /** Whether several threads reorder the rows faster than one. */
  boolean isLarge() {
    return size >= PARALLEL_ROWS;
  }

  private void reorderNames(int[] order) {
    byte[] sortedNames = new byte[nameStart[size]];
    int[] sortedStart = new int[size + 1];
    for (int i = 0; i < size; i++) {
      int from = nameStart[order[i]];
      int count = nameStart[order[i] + 1] - from;
      System.arraycopy(names, from, sortedNames, sortedStart[i], count);
      sortedStart[i + 1] = sortedStart[i] + count;
    }
    names = sortedNames;
    nameStart = sortedStart;
  }

  private static byte[] bytes(byte[] column, int[] order) {
    byte[] sorted = new byte[order.length];
    for (int i = 0; i < order.length; i++) {
      sorted[i] = column[order[i]];
    }
    return sorted;
  }

  private static int[] ints(int[] column, int[] order) {
    int[] sorted = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      sorted[i] = column[order[i]];
    }
    return sorted;
  }

  private static long[] longs(long[] column, int[] order) {
    long[] sorted = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      sorted[i] = column[order[i]];
    }
    return sorted;
  }

  /** A sorter of row numbers by the names of the rows. */
  NameSort sortByName(int[] rows) {
    return new NameSort(names, nameStart, rows);
  }

  /**
   * Like {@link Arrays#compareUnsigned(byte[], byte[])}, for the row's name and a range of the
   * bytes.
   */
  int compareName(int row, byte[] bytes, int from, int to) {
    int start = nameStart[row];
    // Most names differ in the first byte, which is compared ten times as fast as by the call below
    if (from < to && start < nameStart[row + 1] && names[start] != bytes[from]) {
      return Byte.compareUnsigned(names[start], bytes[from]);
    }
    return Arrays.compareUnsigned(names, start, nameStart[row + 1], bytes, from, to);
  }

  boolean nameStartsWith(int row, String ascii) {
    int length = ascii.length();
    boolean same = length <= nameLength(row);
    for (int i = 0; same && i < length; i++) {
      same = names[nameStart[row] + i] == ascii.charAt(i);
    }
    return same;
  }

  int nameLength(int row) {
    return nameStart[row + 1] - nameStart[row];
  }

  void copyName(int row, byte[] to, int at) {
    System.arraycopy(names, nameStart[row], to, at, nameLength(row));
  }

  int parent(int row) {
    return parent[row];
  }

  int directory(int row) {
    return directory[row];
  }

  FileKind kind(int row) {
    return KINDS[kind[row] & ~FIXED];
  }

  boolean isFixed(int row) {
    return (kind[row] & FIXED) != 0;
  }

  int links(int row) {
    return links[row];
  }

  int owner(int row) {
    return owner[row];
  }

  long inode(int row) {
    return inode[row];
  }

  long length(int row) {
    return length[row];
  }

  long allocated(int row) {
    return allocated[row];
  }

  long accessed(int row) {
    return accessed[row];
  }

  long modified(int row) {
    return modified[row];
  }

  long changed(int row) {
    return changed[row];
  }

  long born(int row) {
    return born[row];
  }

  byte[] name(int row) {
    return Arrays.copyOfRange(names, nameStart[row], nameStart[row + 1]);
  }
}
