package dev.lowtide.probe;

import com.google.common.io.ByteArrayDataInput;
import com.google.common.io.ByteArrayDataOutput;
import com.google.common.math.LongMath;
import dev.lowtide.FileKind;
import dev.lowtide.fs.Stat;

/**
 * Adds up entries of one file system to a {@link DiskUsage}, each inode once. Sums saturate at
 * {@link Long#MAX_VALUE}, which two sparse files of 4 EiB exceed already. Not thread-safe.
 */
final class UsageSum {
  private long apparent;
  private long allocated;
  private boolean exact = true;
  private long files;
  private long directories;
  private long others;
  private final LinkTable linked = new LinkTable();

  void add(Stat stat) {
    add(
        stat.kind(),
        stat.size(),
        stat.allocated(),
        stat.allocatedExact(),
        stat.links(),
        stat.inode());
  }

  void add(
      FileKind kind,
      long size,
      long allocatedBytes,
      boolean allocatedExact,
      int links,
      long inode) {
    exact &= allocatedExact;
    if (kind == FileKind.DIRECTORY) {
      directories++;
      allocated = LongMath.saturatedAdd(allocated, allocatedBytes);
    } else if (kind == FileKind.MOUNT) {
      others++; // its space is not on this file system
    } else if (links == 1) {
      count(kind, size, allocatedBytes);
    } else {
      linked.add(inode, kind, links, size, allocatedBytes, 1);
    }
  }

  private void count(FileKind kind, long size, long allocatedBytes) {
    if (kind == FileKind.REGULAR) {
      files++;
    } else {
      others++;
    }
    if (kind != FileKind.OTHER) {
      apparent = LongMath.saturatedAdd(apparent, size);
    }
    allocated = LongMath.saturatedAdd(allocated, allocatedBytes);
  }

  /** Adds another sum of the same file system. */
  void add(UsageSum other) {
    apparent = LongMath.saturatedAdd(apparent, other.apparent);
    allocated = LongMath.saturatedAdd(allocated, other.allocated);
    exact &= other.exact;
    files += other.files;
    directories += other.directories;
    others += other.others;
    linked.add(other.linked);
  }

  /**
   * The files with several names, which the other fields do not include; {@link #usage} adds them.
   */
  LinkTable linked() {
    return linked;
  }

  void write(ByteArrayDataOutput out) {
    out.writeLong(apparent);
    out.writeLong(allocated);
    out.writeBoolean(exact);
    out.writeLong(files);
    out.writeLong(directories);
    out.writeLong(others);
    linked.write(out);
  }

  static UsageSum read(ByteArrayDataInput in) {
    UsageSum sum = new UsageSum();
    sum.apparent = in.readLong();
    sum.allocated = in.readLong();
    sum.exact = in.readBoolean();
    sum.files = in.readLong();
    sum.directories = in.readLong();
    sum.others = in.readLong();
    sum.linked.read(in);
    return sum;
  }

  /** The sum so far. */
  DiskUsage usage(long unreadable) {
    UsageSum all = new UsageSum();
    all.add(this);
    long[] shared = {0};
    linked.forEach(
        (inode, kind, links, size, allocatedBytes, seen) -> {
          all.count(kind, size, allocatedBytes);
          if (seen < links) {
            shared[0] = LongMath.saturatedAdd(shared[0], allocatedBytes);
          }
        });
    return new DiskUsage(
        all.apparent,
        all.allocated,
        exact,
        shared[0],
        all.files,
        all.directories,
        all.others,
        unreadable);
  }
}
