package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Makes Linux file systems free the blocks of removed files, for {@link Settling}. */
final class LinuxSettling {
  /** {@code <linux/magic.h>}. */
  private static final long OVERLAY = 0x794c7630L;

  // xfs_fs.h of xfsprogs 6.1: struct xfs_fs_eofblocks; only for CAP_SYS_ADMIN
  private static final long XFS_IOC_FREE_EOFBLOCKS = 0x8080583AL;
  private static final long REQUEST_BYTES = 128;
  private static final long VERSION_OFFSET = 0;
  private static final int VERSION = 1;
  private static final long FLAGS_OFFSET = 4;
  private static final int FLAG_MIN_FILE_SIZE = 16;
  private static final long MIN_FILE_SIZE_OFFSET = 24;

  private LinuxSettling() {}

  /**
   * Makes the file system of a directory free the blocks of all files removed so far.
   *
   * @return false if it is not certain that it has
   */
  static boolean settle(Path directory) {
    Libc.Calls calls = new Libc.Calls();
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.open(directory, arena);
      if (opened < 0) {
        return false;
      }
      try {
        long type = calls.fileSystemType(opened);
        if (!LinuxExtents.sharesBlocks(type)
            && type != OVERLAY) { // its upper layer may be on such a file system
          return false;
        }
        boolean isSynced = calls.sync(opened) >= 0;
        return isSynced
            && (type == LinuxExtents.BTRFS
                || (type == LinuxExtents.XFS && waitForInactivation(calls, opened, arena)));
      } finally {
        calls.close(opened);
      }
    }
  }

  /**
   * Waits until XFS has inactivated the removed inodes, which it does in the background; since
   * Linux 5.14, syncfs(2) does not wait for that. {@code XFS_IOC_FREE_EOFBLOCKS} waits for it. The
   * call itself frees nothing, since it is limited to files of a size that no file has.
   */
  private static boolean waitForInactivation(Libc.Calls calls, int descriptor, Arena arena) {
    MemorySegment request = arena.allocate(REQUEST_BYTES, Long.BYTES);
    request.set(JAVA_INT_UNALIGNED, VERSION_OFFSET, VERSION);
    request.set(JAVA_INT_UNALIGNED, FLAGS_OFFSET, FLAG_MIN_FILE_SIZE);
    request.set(JAVA_LONG_UNALIGNED, MIN_FILE_SIZE_OFFSET, Long.MAX_VALUE);
    return calls.ioctl(descriptor, XFS_IOC_FREE_EOFBLOCKS, request) >= 0;
  }
}
