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
  private final UsageSum sum;
  private final List<byte[]> subdirectories;

  /** The latest status change of the directory or of any entry in it. */
  private long newestNanos;

  private boolean containsMount;

  private KnownDirectory(
      long inode,
      long modifiedNanos,
      long changedNanos,
      int links,
      UsageSum sum,
      List<byte[]> subdirectories) {
    this.inode = inode;
    this.modifiedNanos = modifiedNanos;
    this.changedNanos = changedNanos;
    this.links = links;
    this.sum = sum;
    this.subdirectories = subdirectories;
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
      subdirectories.add(name.bytes());
      return; // a subdirectory is remembered separately
    }
    newestNanos = Math.max(newestNanos, stat.changedNanos());
    containsMount |= stat.kind() == FileKind.MOUNT;
    sum.add(stat);
  }

  /**
   * Records that the directory or one of its entries was removed before it could be visited, so
   * that the contents are not valid later.
   */
  void markIncomplete() {
    newestNanos = Long.MAX_VALUE;
  }

  /** Adds the entries that another thread has visited in the same directory. */
  void add(KnownDirectory part) {
    newestNanos = Math.max(newestNanos, part.newestNanos);
    containsMount |= part.containsMount;
    sum.add(part.sum);
    subdirectories.addAll(part.subdirectories);
  }

  long inode() {
    return inode;
  }

  /** The sum of its entries, without subdirectories and without the directory itself. */
  UsageSum sum() {
    return sum;
  }

  /** The names of its subdirectories. */
  List<byte[]> subdirectories() {
    return subdirectories;
  }

  /**
   * Whether the remembered contents are valid as long as {@link #isUnchanged} is true. They are not
   * if something changed within the clock interval of the reading, since a later change in that
   * interval may leave the times the same; nor if something is mounted in the directory, since
   * unmounting it does not change the directory.
   *
   * @param nanos the beginning of the clock interval in which it was read
   */
  boolean isSettled(long nanos) {
    return newestNanos < nanos && !containsMount;
  }

  /**
   * Whether no name was added, removed or renamed in the directory since it was read, as far as its
   * times show.
   */
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
    sum.write(out);
    out.writeInt(subdirectories.size());
    for (byte[] name : subdirectories) {
      out.writeShort(name.length);
      out.write(name);
    }
  }

  static KnownDirectory read(ByteArrayDataInput in) {
    long inode = in.readLong();
    long modifiedNanos = in.readLong();
    long changedNanos = in.readLong();
    int links = in.readInt();
    UsageSum sum = UsageSum.read(in);
    int count = in.readInt();
    List<byte[]> subdirectories = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      byte[] name = new byte[in.readUnsignedShort()];
      in.readFully(name);
      subdirectories.add(name);
    }
    return new KnownDirectory(inode, modifiedNanos, changedNanos, links, sum, subdirectories);
  }
}
