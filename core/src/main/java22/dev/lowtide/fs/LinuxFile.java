package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file by its descriptor, opened with {@code O_NONBLOCK}: opening a named pipe returns at once,
 * and the descriptor shows what was opened.
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
   * @param stray whether a link above the file may lead to it
   * @param quiet whether its time of access stays as it is, if this user may ask for that
   */
  static OpenFile open(Path path, boolean stray, boolean quiet) throws IOException {
    Libc.Calls calls = LinuxDirectory.calls();
    int descriptor;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Libc.nulTerminated(path, arena);
      descriptor = open(calls, name, stray, quiet ? FLAGS | Libc.O_NOATIME : FLAGS);
      if (quiet && descriptor == -Errno.EPERM) { // another user's file
        descriptor = open(calls, name, stray, FLAGS);
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

  private static int open(Libc.Calls calls, MemorySegment name, boolean stray, int flags) {
    return stray ? calls.open(Libc.AT_FDCWD, name, flags) : calls.openWithoutLinks(name, flags);
  }

  /** Opened once and for all: the kernel notes for each descriptor what it was told. */
  private static final class Mounts {
    static final int DESCRIPTOR = open();

    private static int open() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment path = arena.allocateFrom("/proc/self/mountinfo");
        return LinuxDirectory.calls().open(Libc.AT_FDCWD, path, Libc.O_CLOEXEC);
      }
    }
  }

  /** The inodes of the file system of a directory; nothing if it cannot be asked. */
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
      throw new IOException("Closed: " + path);
    }
    int most = Math.min(length, BUFFER_BYTES);
    Libc.Calls calls = LinuxDirectory.calls();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(most);
      int bytes;
      do {
        bytes = calls.readFile(descriptor, buffer, most);
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

  /** What this user's quota leaves of the file system of a directory; nothing if there is none. */
  static OptionalLong quotaLeft(Path directory) {
    Libc.Calls calls = new Libc.Calls();
    try (Arena arena = Arena.ofConfined()) {
      int opened = calls.openDirectory(Libc.AT_FDCWD, Libc.nulTerminated(directory, arena));
      if (opened < 0) {
        return OptionalLong.empty();
      }
      long[] quota = new long[3];
      int error = calls.userQuota(opened, quota);
      calls.close(opened);
      return error < 0 ? OptionalLong.empty() : UserQuota.left(quota[0], quota[1], quota[2]);
    }
  }
}
