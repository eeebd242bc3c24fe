package dev.lowtide.probe;

import dev.lowtide.FileKind;

/**
 * The inodes that have several names, with how many of these were seen: a hash table in plain
 * arrays, since a cache that is linked into environments has as many of them as it has files.
 */
@SuppressWarnings("EnumOrdinal") // a kind as one byte, in memory only
final class LinkTable {
  private static final FileKind[] KINDS = FileKind.values();

  private long[] inodes = new long[16];
  private byte[] kinds = new byte[16];
  private int[] links = new int[16];
  private int[] seen = new int[16]; // 0 marks a free slot
  private long[] sizes = new long[16];
  private long[] allocated = new long[16];
  private int count;

  /** Takes the row of one inode. */
  interface Row {
    void accept(long inode, FileKind kind, int links, long size, long allocated, int seen);
  }

  /** Adds names to an inode; returns how many of them were seen now. */
  int add(long inode, FileKind kind, int linkCount, long size, long allocatedBytes, int names) {
    int slot = slot(inode);
    if (seen[slot] == 0) {
      if (2 * (count + 1) > inodes.length) {
        grow();
        slot = slot(inode);
      }
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

  /** How many names of an inode were seen. */
  int names(long inode) {
    return seen[slot(inode)];
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
    int size = inodes.length * 2;
    inodes = new long[size];
    kinds = new byte[size];
    links = new int[size];
    seen = new int[size];
    sizes = new long[size];
    allocated = new long[size];
    count = 0;
    old.forEach(this::add);
  }
}
