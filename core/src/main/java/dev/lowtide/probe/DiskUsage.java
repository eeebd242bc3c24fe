package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;

/**
 * The disk usage of a tree, in bytes and in entries. An inode counts once, however many names it
 * has in the tree. Numbers of bytes saturate at {@link Long#MAX_VALUE}.
 *
 * @param apparentBytes the sum of the sizes of regular files and symbolic links
 * @param allocatedBytes the space that all entries occupy on the disk, including directories, as
 *     {@code du -s -x -B1} counts it
 * @param allocatedExact whether the file system reported the allocated bytes; otherwise they are
 *     sizes rounded up to blocks, which is too much for sparse files
 * @param sharedBytes the part of the allocated bytes that belongs to files with a name outside the
 *     tree too; removing the tree does not free it
 * @param files the number of regular files, by inode
 * @param directories the number of directories, including the root
 * @param others the number of symbolic links, mount points that were not entered, FIFOs, sockets
 *     and devices
 * @param unreadable how many times something could not be read; if not 0, the other numbers are
 *     lower bounds, except the shared bytes, which may be too large since a name that was not seen
 *     counts as outside
 */
public record DiskUsage(
    long apparentBytes,
    long allocatedBytes,
    boolean allocatedExact,
    long sharedBytes,
    long files,
    long directories,
    long others,
    long unreadable) {

  /** No disk usage. */
  public static final DiskUsage NONE = new DiskUsage(0, 0, true, 0, 0, 0, 0, 0);

  /** The number of entries: files by inode, directories and others. */
  public long entries() {
    return files + directories + others;
  }

  /** The allocated bytes, with their bound. */
  public BoundedSize allocated() {
    return new BoundedSize(allocatedBytes, bound());
  }

  /** How the allocated and the exclusive bytes relate to the true numbers. */
  public Bound bound() {
    return !allocatedExact ? Bound.ESTIMATE : unreadable > 0 ? Bound.AT_LEAST : Bound.EXACT;
  }

  /**
   * The bytes that would be freed if the whole tree were removed: the allocated bytes without the
   * shared ones.
   */
  public long exclusiveBytes() {
    return allocatedBytes - sharedBytes;
  }

  /** The bytes that would be freed if the whole tree were removed, with their bound. */
  public BoundedSize exclusive() {
    return new BoundedSize(exclusiveBytes(), bound());
  }

  /**
   * The sum of two usages; inodes in both count twice, and sums saturate at {@link Long#MAX_VALUE}.
   */
  public DiskUsage plus(DiskUsage other) {
    return new DiskUsage(
        LongMath.saturatedAdd(apparentBytes, other.apparentBytes),
        LongMath.saturatedAdd(allocatedBytes, other.allocatedBytes),
        allocatedExact && other.allocatedExact,
        LongMath.saturatedAdd(sharedBytes, other.sharedBytes),
        files + other.files,
        directories + other.directories,
        others + other.others,
        unreadable + other.unreadable);
  }
}
