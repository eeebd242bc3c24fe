package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Reads the result of statx(2): {@code struct statx} of {@code <linux/stat.h>} (6.1). It reads
 * memory that {@link Libc.Calls} reuses, so its values are those of the last call.
 */
final class Statx {
  private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;
  private static final long STATX_ATTR_IMMUTABLE = 0x10;
  private static final long STATX_ATTR_APPEND = 0x20;
  private static final int STATX_ATTRIBUTES = 8;
  private static final int STATX_NLINK = 16;
  private static final int STATX_UID = 20;
  private static final int STATX_MODE = 28;
  private static final int STATX_INO = 32;
  private static final int STATX_SIZE = 40;
  private static final int STATX_BLOCKS = 48;
  private static final int STATX_ATTRIBUTES_MASK = 56;
  private static final int STATX_ATIME = 64;
  private static final int STATX_BORN = 80;
  private static final int STATX_CTIME = 96;
  private static final int STATX_MTIME = 112;
  private static final int STATX_DEV_MAJOR = 136;
  private static final int STATX_DEV_MINOR = 140;

  private final MemorySegment result;

  Statx(MemorySegment result) {
    this.result = result;
  }

  /** The device number of the last result, encoded as the kernel does in one number. */
  int encodedDevice() {
    int major = result.get(JAVA_INT_UNALIGNED, STATX_DEV_MAJOR);
    int minor = result.get(JAVA_INT_UNALIGNED, STATX_DEV_MINOR);
    return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
  }

  /** The device number of the last result, as in {@link FileKey}. */
  long device() {
    return FileKey.device(
        result.get(JAVA_INT_UNALIGNED, STATX_DEV_MAJOR),
        result.get(JAVA_INT_UNALIGNED, STATX_DEV_MINOR));
  }

  boolean reportsMounts() {
    return (result.get(JAVA_LONG_UNALIGNED, STATX_ATTRIBUTES_MASK) & STATX_ATTR_MOUNT_ROOT) != 0;
  }

  /** Whether the name is a mount point. */
  boolean isMount() {
    return (result.get(JAVA_LONG_UNALIGNED, STATX_ATTRIBUTES) & STATX_ATTR_MOUNT_ROOT) != 0;
  }

  void fill(Stat stat) {
    stat.mode = result.get(JAVA_SHORT_UNALIGNED, STATX_MODE) & 0xFFFF;
    stat.kind = Stat.kind(stat.mode);
    stat.device = device();
    stat.inode = result.get(JAVA_LONG_UNALIGNED, STATX_INO);
    stat.links = result.get(JAVA_INT_UNALIGNED, STATX_NLINK);
    stat.owner = result.get(JAVA_INT_UNALIGNED, STATX_UID);
    stat.size = result.get(JAVA_LONG_UNALIGNED, STATX_SIZE);
    stat.allocated = Stat.bytes(result.get(JAVA_LONG_UNALIGNED, STATX_BLOCKS));
    stat.allocatedExact = true;
    stat.accessedNanos = nanos(STATX_ATIME);
    stat.modifiedNanos = nanos(STATX_MTIME);
    stat.changedNanos = nanos(STATX_CTIME);
    stat.fixed =
        (result.get(JAVA_LONG_UNALIGNED, STATX_ATTRIBUTES)
                & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
            != 0;
    stat.bornNanos =
        (result.get(JAVA_INT_UNALIGNED, 0) & Libc.STATX_BTIME) != 0 ? nanos(STATX_BORN) : 0;
  }

  FileStatus toFileStatus(FileSystemTraits traits) {
    Stat stat = new Stat();
    fill(stat);
    FileKey key = new FileKey(stat.device, stat.inode);
    long born = traits.keepsCreationTime() ? stat.bornNanos : 0;
    return new FileStatus(stat.kind, key, born, isMount());
  }

  Access access() {
    return new Access(
        result.get(JAVA_INT_UNALIGNED, STATX_UID),
        result.get(JAVA_SHORT_UNALIGNED, STATX_MODE) & Access.PERMISSION_MASK);
  }

  private long nanos(int offset) {
    return Stat.nanos(
        result.get(JAVA_LONG_UNALIGNED, offset), result.get(JAVA_INT_UNALIGNED, offset + 8));
  }
}
