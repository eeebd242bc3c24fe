package dev.lowtide.verify;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import dev.lowtide.fs.Names;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The data about the entries of a tree that is needed to compare it with another state of the tree.
 * It has one row for each entry, in the order of a {@link Snapshot}, in parallel arrays that need
 * 53 bytes and the name for each row.
 *
 * <p>Unlike a snapshot, it can be read from a file.
 */
@SuppressWarnings("EnumOrdinal") // a kind as one byte, in memory only
final class Inventory {
  private static final FileKind[] KINDS = FileKind.values();

  private final int size;
  private final int[] parent;
  private final int[] end;
  private final byte[] kind;
  private final BitSet linked;
  private final BitSet unread;
  private final long[] inode;
  private final long[] length;
  private final long[] allocated;
  private final long[] modified;
  private final long[] changed;
  private final int[] nameStart;
  private final byte[] names;

  private Inventory(Builder rows) {
    size = rows.size;
    parent = Arrays.copyOf(rows.parent, size);
    end = Arrays.copyOf(rows.end, size);
    kind = Arrays.copyOf(rows.kind, size);
    linked = rows.linked;
    unread = rows.unread;
    inode = Arrays.copyOf(rows.inode, size);
    length = Arrays.copyOf(rows.length, size);
    allocated = Arrays.copyOf(rows.allocated, size);
    modified = Arrays.copyOf(rows.modified, size);
    changed = Arrays.copyOf(rows.changed, size);
    nameStart = Arrays.copyOf(rows.nameStart, size + 1);
    names = Arrays.copyOf(rows.names, rows.nameStart[size]);
  }

  /** An inventory without rows. */
  static Inventory empty() {
    return new Builder().build();
  }

  /**
   * Makes an inventory from a snapshot.
   *
   * @param otherLocations absolute paths of directories that belong to another location
   */
  static Inventory of(Snapshot snapshot, Collection<Path> otherLocations) {
    Set<Path> unread =
        snapshot.problems().stream().map(Problem::path).collect(Collectors.toUnmodifiableSet());
    Builder rows = new Builder();
    Deque<Integer> ends = new ArrayDeque<>();
    int skipUntil = 0;
    int index = 0;
    for (Iterator<Entry> entries = snapshot.entries().iterator(); entries.hasNext(); index++) {
      Entry entry = entries.next();
      if (index < skipUntil) {
        continue;
      }
      while (!ends.isEmpty() && ends.getLast() <= index) {
        ends.removeLast();
      }
      int next = index + entry.count();
      if (entry.isDirectory()
          && !otherLocations.isEmpty()
          && otherLocations.contains(entry.path())) {
        skipUntil = next;
        continue;
      }
      FileIdentity identity = entry.identity();
      rows.add(
          ends.size(),
          index == 0 ? new byte[0] : entry.nameBytes(),
          new Row(
              entry.kind(),
              entry.links() != 1,
              !unread.isEmpty() && unread.contains(entry.path()),
              entry.ownBytes(),
              entry.size(),
              identity.inode(),
              ChronoUnit.NANOS.between(Instant.EPOCH, entry.lastModified()),
              identity.changedNanos()));
      ends.addLast(next);
    }
    return rows.build();
  }

  /**
   * One entry without its name and its position in the tree.
   *
   * @param linked whether the file may have several names
   * @param unread whether it is a directory whose names could not be read
   * @param allocated bytes on the disk, without the entries below it
   * @param length the size in bytes
   * @param modified nanoseconds since 1970
   * @param changed the last status change, in nanoseconds since 1970
   */
  record Row(
      FileKind kind,
      boolean linked,
      boolean unread,
      long allocated,
      long length,
      long inode,
      long modified,
      long changed) {}

  /** Collects rows in tree order. Not thread-safe. */
  static final class Builder {
    private final Deque<Integer> open = new ArrayDeque<>();
    private int size;
    private int[] parent = new int[16];
    private int[] end = new int[16];
    private byte[] kind = new byte[16];
    private final BitSet linked = new BitSet();
    private final BitSet unread = new BitSet();
    private long[] inode = new long[16];
    private long[] length = new long[16];
    private long[] allocated = new long[16];
    private long[] modified = new long[16];
    private long[] changed = new long[16];
    private int[] nameStart = new int[17];
    private byte[] names = new byte[256];

    /**
     * Adds the next entry.
     *
     * @param depth the number of directories above it; 0 for the root
     * @throws IllegalArgumentException if no directory at that depth can contain it
     */
    void add(int depth, byte[] name, Row row) {
      if (depth > open.size() || (depth == 0) != (size == 0)) {
        throw new IllegalArgumentException("An entry is not in a directory");
      }
      close(depth);
      reserve(name.length);
      parent[size] = depth == 0 ? -1 : open.getLast();
      kind[size] = (byte) row.kind().ordinal();
      linked.set(size, row.linked() && row.kind() != FileKind.DIRECTORY);
      unread.set(size, row.unread());
      inode[size] = row.inode();
      length[size] = row.length();
      allocated[size] = row.allocated();
      modified[size] = row.modified();
      changed[size] = row.changed();
      System.arraycopy(name, 0, names, nameStart[size], name.length);
      nameStart[size + 1] = nameStart[size] + name.length;
      open.addLast(size);
      size++;
    }

    private void close(int depth) {
      while (open.size() > depth) {
        end[open.removeLast()] = size;
      }
    }

    private void reserve(int nameBytes) {
      if (size == parent.length) {
        int capacity = Math.addExact(size, size >> 1);
        parent = Arrays.copyOf(parent, capacity);
        end = Arrays.copyOf(end, capacity);
        kind = Arrays.copyOf(kind, capacity);
        inode = Arrays.copyOf(inode, capacity);
        length = Arrays.copyOf(length, capacity);
        allocated = Arrays.copyOf(allocated, capacity);
        modified = Arrays.copyOf(modified, capacity);
        changed = Arrays.copyOf(changed, capacity);
        nameStart = Arrays.copyOf(nameStart, capacity + 1);
      }
      int required = Math.addExact(nameStart[size], nameBytes);
      if (required > names.length) {
        names = Arrays.copyOf(names, Math.max(required, names.length + (names.length >> 1)));
      }
    }

    Inventory build() {
      close(0);
      return new Inventory(this);
    }
  }

  int size() {
    return size;
  }

  /** The row of the directory that contains a row; -1 for the root. */
  int parent(int row) {
    return parent[row];
  }

  /** The first row that is neither this one nor below it. */
  int end(int row) {
    return end[row];
  }

  FileKind kind(int row) {
    return KINDS[kind[row]];
  }

  boolean isDirectory(int row) {
    return kind(row) == FileKind.DIRECTORY;
  }

  /** Whether the file may have other names. */
  boolean isLinked(int row) {
    return linked.get(row);
  }

  long inode(int row) {
    return inode[row];
  }

  long allocated(int row) {
    return allocated[row];
  }

  Row row(int row) {
    return new Row(
        kind(row),
        linked.get(row),
        unread.get(row),
        allocated[row],
        length[row],
        inode[row],
        modified[row],
        changed[row]);
  }

  byte[] name(int row) {
    return Arrays.copyOfRange(names, nameStart[row], nameStart[row + 1]);
  }

  /** Compares two names as bytes, the order of the rows of one directory. */
  int compareNames(int row, Inventory other, int otherRow) {
    return Arrays.compareUnsigned(
        names,
        nameStart[row],
        nameStart[row + 1],
        other.names,
        other.nameStart[otherRow],
        other.nameStart[otherRow + 1]);
  }

  /** The path of a row below a root. */
  Path path(Path root, int row) {
    Deque<Integer> ancestorRows = new ArrayDeque<>();
    for (int index = row; index > 0; index = parent[index]) {
      ancestorRows.addLast(index);
    }
    Path path = root;
    while (!ancestorRows.isEmpty()) {
      path = Names.resolve(path, name(ancestorRows.removeLast()));
    }
    return path;
  }
}
