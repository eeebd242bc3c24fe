package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file that is opened with {@code O_NONBLOCK}: opening a named pipe returns at once, and the
 * status of the descriptor shows that it is one.
 */
final class LinuxFile implements OpenFile {
  private static final int FLAGS =
      Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY;

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CLOSED = -1;

  private final Path path;
  private final Stat stat;
  private int descriptor;

  private LinuxFile(Path path, Stat stat, int descriptor) {
    this.path = path;
    this.stat = stat;
    this.descriptor = descriptor;
  }

  /**
   * @param followParentLinks whether directories above the file may be symbolic links
   * @param keepAccessTime whether reading leaves the access time unchanged, if this user may
   *     request that
   */
  static OpenFile open(Path path, boolean followParentLinks, boolean keepAccessTime)
      throws IOException {
    Libc.Calls calls = LinuxDirectory.calls();
    int descriptor;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Libc.nulTerminated(path, arena);
      descriptor =
          open(calls, name, followParentLinks, keepAccessTime ? FLAGS | Libc.O_NOATIME : FLAGS);
      if (keepAccessTime && descriptor == -Errno.EPERM) { // another user's file
        descriptor = open(calls, name, followParentLinks, FLAGS);
      }
      if (descriptor < 0) {
        throw Errno.exception(path, -descriptor);
      }
      int error = calls.stat(descriptor, arena.allocateFrom(""));
      if (error < 0) {
        calls.close(descriptor);
        throw Errno.exception(path, -error);
      }
    }
    Stat stat = new Stat();
    calls.statx().fill(stat);
    return new LinuxFile(path, stat, descriptor);
  }

  private static int open(
      Libc.Calls calls, MemorySegment name, boolean followParentLinks, int flags) {
    return followParentLinks
        ? calls.open(Libc.AT_FDCWD, name, flags)
        : calls.openWithoutLinks(name, flags);
  }

  /**
   * The descriptor stays open: for each open descriptor, the kernel records which changes it has
   * reported.
   */
  private static final class Mounts {
    static final int DESCRIPTOR = open();

    private static int open() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment path = arena.allocateFrom("/proc/self/mountinfo");
        return LinuxDirectory.calls().open(Libc.AT_FDCWD, path, Libc.O_CLOEXEC);
      }
    }
  }

  /** The number of inodes of a directory's file system; empty if it cannot be read. */
  static Optional<InodeCount> inodes(Path directory) {
    Libc.Calls calls = LinuxDirectory.calls();
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.open(Libc.AT_FDCWD, Libc.nulTerminated(directory, arena), FLAGS);
      if (opened < 0) {
        return Optional.empty();
      }
      Optional<InodeCount> inodes = calls.inodes(opened);
      calls.close(opened);
      return inodes;
    }
  }

  static synchronized boolean mountsChanged() {
    return Mounts.DESCRIPTOR < 0 || LinuxDirectory.calls().mountsChanged(Mounts.DESCRIPTOR);
  }

  @Override
  public Stat stat() {
    return stat;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (descriptor == CLOSED) {
      throw new IOException(path + " is closed");
    }
    int count = Math.min(length, BUFFER_BYTES);
    Libc.Calls calls = LinuxDirectory.calls();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(count);
      int bytes;
      do {
        bytes = calls.readFile(descriptor, buffer, count);
      } while (bytes == -Errno.EINTR);
      if (bytes < 0) {
        throw Errno.exception(path, -bytes);
      }
      MemorySegment.copy(buffer, JAVA_BYTE, 0, to, offset, bytes);
      return bytes == 0 ? -1 : bytes;
    }
  }

  @Override
  public void close() {
    if (descriptor != CLOSED) {
      LinuxDirectory.calls().close(descriptor);
      descriptor = CLOSED;
    }
  }

  /**
   * The bytes that this user's quota leaves on a directory's file system; empty if there is no
   * quota.
   */
  static OptionalLong remainingQuota(Path directory) {
    Libc.Calls calls = new Libc.Calls();
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.openDirectory(Libc.AT_FDCWD, Libc.nulTerminated(directory, arena));
      if (opened < 0) {
        return OptionalLong.empty();
      }
      long[] quota = new long[3];
      int error = calls.userQuota(opened, quota);
      calls.close(opened);
      return error < 0 ? OptionalLong.empty() : UserQuota.remaining(quota[0], quota[1], quota[2]);
    }
  }
}
