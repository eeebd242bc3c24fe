package dev.lowtide.probe;

import com.google.common.io.ByteArrayDataInput;
import com.google.common.io.ByteArrayDataOutput;
import dev.lowtide.FileKind;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.util.ArrayList;
import java.util.List;

/**
 * The remembered contents of one directory: the sum of all entries that are not directories, and
 * the names of the subdirectories. Not thread-safe.
 */
final class KnownDirectory {
  private final long inode;
  private final long modifiedNanos;
  private final long changedNanos;
  private final int links;
  private final UsageSum held;
  private final List<byte[]> below;

  /** The latest status change of the directory or of any entry in it. */
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

  /** A directory without entries yet. */
  static KnownDirectory of(Stat stat) {
    return new KnownDirectory(
        stat.inode(),
        stat.modifiedNanos(),
        stat.changedNanos(),
        stat.links(),
        new UsageSum(),
        new ArrayList<>(0));
  }

  /** Adds an entry of the directory. */
  void add(TreeWalker.Name name, Stat stat) {
    if (stat.kind() == FileKind.DIRECTORY) {
      below.add(name.bytes());
      return; // a subdirectory is remembered separately
    }
    newestNanos = Math.max(newestNanos, stat.changedNanos());
    holdsMount |= stat.kind() == FileKind.MOUNT;
    held.add(stat);
  }

  /**
   * Records that the directory or one of its entries had been removed before it could be visited.
   */
  void missed() {
    newestNanos = Long.MAX_VALUE;
  }

  /** Adds what another thread has seen in the same directory. */
  void add(KnownDirectory part) {
    newestNanos = Math.max(newestNanos, part.newestNanos);
    holdsMount |= part.holdsMount;
    held.add(part.held);
    below.addAll(part.below);
  }

  long inode() {
    return inode;
  }

  /** The sum of its entries, without subdirectories and without the directory itself. */
  UsageSum held() {
    return held;
  }

  /** The names of its subdirectories. */
  List<byte[]> below() {
    return below;
  }

  /**
   * Whether the remembered contents are valid for as long as {@link #isUnchanged} is true. They are
   * not if something changed within the same clock interval, since that may leave the times as they
   * are, or if something is mounted here, since unmounting does not change this directory.
   *
   * @param nanos the beginning of the clock interval in which it was read
   */
  boolean isSettled(long nanos) {
    return newestNanos < nanos && !holdsMount;
  }

  /** Whether no name was added, removed or renamed in it since, as far as the times show. */
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
