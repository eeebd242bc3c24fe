package dev.lowtide.probe;

import com.google.common.io.ByteArrayDataInput;
import com.google.common.io.ByteArrayDataOutput;
import dev.lowtide.FileKind;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.util.ArrayList;
import java.util.List;

/**
 * What one directory held when it was read: the sum of everything that is no directory, and the
 * names of those. For one thread.
 */
final class KnownDirectory {
  private final long inode;
  private final long modifiedNanos;
  private final long changedNanos;
  private final int links;
  private final UsageSum held;
  private final List<byte[]> below;

  /** The latest change of its status, or of that of anything that it holds. */
  private long newestNanos;

  private boolean holdsMount;

  private KnownDirectory(
      long inode,
      long modifiedNanos,
      long changedNanos,
      int links,
      UsageSum held,
      List<byte[]> below) {
    this.inode = inode;
    this.modifiedNanos = modifiedNanos;
    this.changedNanos = changedNanos;
    this.links = links;
    this.held = held;
    this.below = below;
    this.newestNanos = Math.max(modifiedNanos, changedNanos);
  }

  /** A directory of which nothing but itself was seen yet. */
  static KnownDirectory of(Stat stat) {
    return new KnownDirectory(
        stat.inode(),
        stat.modifiedNanos(),
        stat.changedNanos(),
        stat.links(),
        new UsageSum(),
        new ArrayList<>(0));
  }

  /** Takes note of something in it. */
  void add(TreeWalker.Name name, Stat stat) {
    if (stat.kind() == FileKind.DIRECTORY) {
      below.add(name.bytes());
      return; // known by itself
    }
    newestNanos = Math.max(newestNanos, stat.changedNanos());
    holdsMount |= stat.kind() == FileKind.MOUNT;
    held.add(stat);
  }

  /** Takes note that something in it, or itself, was gone when it was to be looked at. */
  void missed() {
    newestNanos = Long.MAX_VALUE;
  }

  /** Takes note of what another thread has seen in the same directory. */
  void add(KnownDirectory part) {
    newestNanos = Math.max(newestNanos, part.newestNanos);
    holdsMount |= part.holdsMount;
    held.add(part.held);
    below.addAll(part.below);
  }

  long inode() {
    return inode;
  }

  /** The sum of what it holds, without directories and itself. */
  UsageSum held() {
    return held;
  }

  /** The names of the directories in it. */
  List<byte[]> below() {
    return below;
  }

  /**
   * Whether what was seen is the whole truth for as long as {@link #isUnchanged} says so. A change
   * in the same moment might leave the times as they are, and what was mounted may go without a
   * trace in this directory.
   *
   * @param nanos the beginning of the moment in which it was read
   */
  boolean isSettled(long nanos) {
    return newestNanos < nanos && !holdsMount;
  }

  /** Whether no name was added, removed or renamed in it since, as far as the times tell. */
  boolean isUnchanged(Stat now) {
    return inode == now.inode()
        && modifiedNanos == now.modifiedNanos()
        && changedNanos == now.changedNanos()
        && links == now.links();
  }

  void write(ByteArrayDataOutput out) {
    out.writeLong(inode);
    out.writeLong(modifiedNanos);
    out.writeLong(changedNanos);
    out.writeInt(links);
    held.write(out);
    out.writeInt(below.size());
    for (byte[] name : below) {
      out.writeShort(name.length);
      out.write(name);
    }
  }

  static KnownDirectory read(ByteArrayDataInput in) {
    long inode = in.readLong();
    long modifiedNanos = in.readLong();
    long changedNanos = in.readLong();
    int links = in.readInt();
    UsageSum held = UsageSum.read(in);
    int count = in.readInt();
    List<byte[]> below = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      byte[] name = new byte[in.readUnsignedShort()];
      in.readFully(name);
      below.add(name);
    }
    return new KnownDirectory(inode, modifiedNanos, changedNanos, links, held, below);
  }
}
