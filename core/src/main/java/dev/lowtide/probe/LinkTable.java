package dev.lowtide.probe;

import com.google.common.io.ByteArrayDataInput;
import com.google.common.io.ByteArrayDataOutput;
import dev.lowtide.FileKind;

/**
 * The inodes with several names, and the number of names of each that were visited. It is a hash
 * table in plain arrays, since in a cache whose files are linked into environments every file is
 * such an inode.
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

  /** Receives the row of one inode. */
  interface Row {
    void accept(long inode, FileKind kind, int links, long size, long allocated, int seen);
  }

  /**
   * Adds visited names of an inode; returns the number of its names that were visited until now.
   */
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

  /**
   * Whether both tables have the same inodes, with the same numbers of visited names and of all
   * names.
   */
  boolean hasSameLinksAs(LinkTable other) {
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

  /** The number of all names of an inode; 0 if the inode is not in this table. */
  int links(long inode) {
    if (count == 0) {
      return 0;
    }
    int slot = slot(inode);
    return seen[slot] == 0 ? 0 : links[slot];
  }

  /** The number of names of an inode that were visited. */
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

  /** Adds the inodes from the output of {@link #write}. */
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
    LinkTable former = new LinkTable();
    former.inodes = inodes;
    former.kinds = kinds;
    former.links = links;
    former.seen = seen;
    former.sizes = sizes;
    former.allocated = allocated;
    int size = Math.max(16, inodes.length * 2);
    inodes = new long[size];
    kinds = new byte[size];
    links = new int[size];
    seen = new int[size];
    sizes = new long[size];
    allocated = new long[size];
    count = 0;
    add(former);
  }
}
