package dev.lowtide.probe;

import com.google.common.io.ByteArrayDataInput;
import com.google.common.io.ByteArrayDataOutput;
import dev.lowtide.FileKind;

/**
 * The inodes that have several names, with how many of these were seen: a hash table in plain
 * arrays, since a cache that is linked into environments has as many of them as it has files.
 */
@SuppressWarnings("EnumOrdinal") // a kind as one byte, in memory and in a file that has a version
final class LinkTable {
  private static final FileKind[] KINDS = FileKind.values();

  private static final byte[] NO_BYTES = {};
  private static final int[] NO_INTS = {};
  private static final long[] NO_LONGS = {};

  private long[] inodes = NO_LONGS;
  private byte[] kinds = NO_BYTES;
  private int[] links = NO_INTS;
  private int[] seen = NO_INTS; // 0 marks a free slot
  private long[] sizes = NO_LONGS;
  private long[] allocated = NO_LONGS;
  private int count;

  /** Takes the row of one inode. */
  interface Row {
    void accept(long inode, FileKind kind, int links, long size, long allocated, int seen);
  }

  /** Adds names to an inode; returns how many of them were seen now. */
  int add(long inode, FileKind kind, int linkCount, long size, long allocatedBytes, int names) {
    if (2 * (count + 1) > inodes.length) {
      grow();
    }
    int slot = slot(inode);
    if (seen[slot] == 0) {
      count++;
      inodes[slot] = inode;
      kinds[slot] = (byte) kind.ordinal();
      links[slot] = linkCount;
      sizes[slot] = size;
      allocated[slot] = allocatedBytes;
    }
    seen[slot] += names;
    return seen[slot];
  }

  /** Adds all names of another table. */
  void add(LinkTable other) {
    other.forEach(this::add);
  }

  /** Whether there are the same inodes with as many names, here as well as elsewhere. */
  boolean tellsTheSameAs(LinkTable other) {
    boolean[] same = {count == other.count};
    forEach(
        (inode, kind, linkCount, size, allocatedBytes, names) ->
            same[0] &= other.seen(inode) == names && other.links(inode) == linkCount);
    return same[0];
  }

  /** Whether an inode also has a name that was not added. */
  boolean hasNamesElsewhere() {
    boolean[] elsewhere = {false};
    forEach(
        (inode, kind, linkCount, size, allocatedBytes, names) -> elsewhere[0] |= names < linkCount);
    return elsewhere[0];
  }

  /** How many names an inode has, as far as it is here; else 0. */
  int links(long inode) {
    if (count == 0) {
      return 0;
    }
    int slot = slot(inode);
    return seen[slot] == 0 ? 0 : links[slot];
  }

  /** How many names of an inode are here. */
  int seen(long inode) {
    return count == 0 ? 0 : seen[slot(inode)];
  }

  void write(ByteArrayDataOutput out) {
    out.writeInt(count);
    forEach(
        (inode, kind, linkCount, size, allocatedBytes, names) -> {
          out.writeLong(inode);
          out.writeByte(kind.ordinal());
          out.writeInt(linkCount);
          out.writeLong(size);
          out.writeLong(allocatedBytes);
          out.writeInt(names);
        });
  }

  /** Adds what {@link #write} has written. */
  void read(ByteArrayDataInput in) {
    for (int i = in.readInt(); i > 0; i--) {
      add(
          in.readLong(),
          KINDS[in.readByte()],
          in.readInt(),
          in.readLong(),
          in.readLong(),
          in.readInt());
    }
  }

  void forEach(Row row) {
    for (int i = 0; i < inodes.length; i++) {
      if (seen[i] > 0) {
        row.accept(inodes[i], KINDS[kinds[i]], links[i], sizes[i], allocated[i], seen[i]);
      }
    }
  }

  private int slot(long inode) {
    int mask = inodes.length - 1;
    // Fibonacci hashing: inodes of one directory are often consecutive
    int slot = (int) ((inode * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (seen[slot] != 0 && inodes[slot] != inode) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    LinkTable old = new LinkTable();
    old.inodes = inodes;
    old.kinds = kinds;
    old.links = links;
    old.seen = seen;
    old.sizes = sizes;
    old.allocated = allocated;
    int size = Math.max(16, inodes.length * 2);
    inodes = new long[size];
    kinds = new byte[size];
    links = new int[size];
    seen = new int[size];
    sizes = new long[size];
    allocated = new long[size];
    count = 0;
    add(old);
  }
}
