package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;

/**
 * What a tree takes, in bytes and in entries. An inode counts once, however many names in the tree
 * it has. Bytes that are more than a long can hold are {@link Long#MAX_VALUE}.
 *
 * @param apparentBytes the sizes of regular files and symbolic links
 * @param allocatedBytes what all entries take on the disk, directories included, as {@code du -s -x
 *     -B1}
 * @param allocatedExact whether the file system told the allocated bytes; otherwise they are sizes
 *     rounded up to blocks, which is too much for sparse files
 * @param sharedBytes the part of the allocated bytes that belongs to files which also have a name
 *     outside the tree, and so would not come free with it
 * @param files regular files, by inode
 * @param directories directories, the root included
 * @param others symbolic links, mount points that were not entered, FIFOs, sockets and devices
 * @param unreadable how many times something could not be read; if not 0, all other numbers are "at
 *     least"
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

  /** Nothing at all. */
  public static final DiskUsage NONE = new DiskUsage(0, 0, true, 0, 0, 0, 0, 0);

  /** The number of entries: files by inode, directories and others. */
  public long entries() {
    return files + directories + others;
  }

  /** The allocated bytes, with how exact they are. */
  public BoundedSize allocated() {
    return new BoundedSize(allocatedBytes, bound());
  }

  /** How the allocated and the shared bytes relate to the true ones. */
  public Bound bound() {
    return !allocatedExact ? Bound.ESTIMATE : unreadable > 0 ? Bound.AT_LEAST : Bound.EXACT;
  }

  /** What would come free if the whole tree went: the allocated bytes without the shared ones. */
  public long exclusiveBytes() {
    return allocatedBytes - sharedBytes;
  }

  /** The same, with how exact it is. */
  public BoundedSize exclusive() {
    return new BoundedSize(exclusiveBytes(), bound());
  }

  /** Both together; inodes that both have count twice, and sums stop at {@link Long#MAX_VALUE}. */
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
