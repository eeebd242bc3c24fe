package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * The few functions of the C library that reading a tree needs, with the constants of the Linux
 * headers (6.1, the same on every architecture that the JDK has a foreign-function API for).
 *
 * <p>A call that fails returns the negated {@code errno}.
 */
@SuppressWarnings("restricted") // reached only where native access is enabled
final class Libc {
  static final int ENOENT = 2;
  static final int EACCES = 13;
  static final int ENOTDIR = 20;
  static final int EMFILE = 24;
  static final int ELOOP = 40;

  // <fcntl.h>; O_DIRECTORY and O_NOFOLLOW differ between architectures
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  private static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_NONBLOCK = 0x800;

  // <linux/stat.h>
  static final int STATX_BYTES = 256;
  private static final int STATX_BASIC = 0x7ff;
  private static final long ATTRIBUTE_MOUNT_ROOT = 0x2000;
  private static final int STATX_ATTRIBUTES = 8;
  private static final int STATX_NLINK = 16;
  private static final int STATX_UID = 20;
  private static final int STATX_MODE = 28;
  private static final int STATX_INO = 32;
  private static final int STATX_SIZE = 40;
  private static final int STATX_BLOCKS = 48;
  private static final int STATX_ATTRIBUTES_MASK = 56;
  private static final int STATX_ATIME = 64;
  private static final int STATX_CTIME = 96;
  private static final int STATX_MTIME = 112;
  private static final int STATX_DEV_MAJOR = 136;
  private static final int STATX_DEV_MINOR = 140;
  private static final long BLOCK = 512;

  private final MethodHandle openat;
  private final MethodHandle close;
  private final MethodHandle getdents;
  private final MethodHandle statx;

  private Libc(Linker linker) {
    Linker.Option errno = Linker.Option.captureCallState("errno");
    openat =
        handle(
            linker,
            "openat",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
            errno,
            Linker.Option.firstVariadicArg(3));
    close = handle(linker, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    getdents =
        handle(
            linker,
            "getdents64",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
            errno);
    statx =
        handle(
            linker,
            "statx",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS),
            errno);
  }

  /**
   * Finds the functions, and makes sure that the kernel tells mounts.
   *
   * @throws UnsupportedOperationException if something is missing, saying what
   */
  static Libc load() {
    Libc libc = new Libc(Linker.nativeLinker());
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = libc.new Calls(arena);
      if (calls.stat(AT_FDCWD, arena.allocateFrom("/")) < 0 || !calls.tellsMounts()) {
        throw new UnsupportedOperationException(
            "the kernel is older than 5.8: statx tells no mounts");
      }
    }
    return libc;
  }

  private static MethodHandle handle(
      Linker linker, String name, FunctionDescriptor descriptor, Linker.Option... options) {
    MemorySegment symbol =
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(
                () -> new UnsupportedOperationException("the C library has no function " + name));
    return linker.downcallHandle(symbol, descriptor, options);
  }

  /** One thread's way to call: the memory that the calls write to is used again and again. */
  final class Calls {
    private final MemorySegment errno;
    private final MemorySegment result;

    Calls(Arena arena) {
      errno = arena.allocate(Linker.Option.captureStateLayout());
      result = arena.allocate(STATX_BYTES, 8);
    }

    /** The descriptor of a directory, never reached by a symbolic link as its last name. */
    int openDirectory(int directory, MemorySegment name) {
      try {
        int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
        int descriptor = (int) openat.invokeExact(errno, directory, name, flags);
        return descriptor >= 0 ? descriptor : -error();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    void close(int descriptor) {
      try {
        // An error here means that the descriptor is closed all the same, close(2)
        int ignored = (int) close.invokeExact(descriptor);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    /** Fills the buffer with names; the number of bytes, 0 at the end. */
    int read(int directory, MemorySegment buffer) {
      try {
        long bytes = (long) getdents.invokeExact(errno, directory, buffer, buffer.byteSize());
        return bytes >= 0 ? (int) bytes : -error();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    /** Looks at a name without following it; then {@link #fill} tells what was seen. */
    int stat(int directory, MemorySegment name) {
      try {
        int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
        int done = (int) statx.invokeExact(errno, directory, name, flags, STATX_BASIC, result);
        return done >= 0 ? 0 : -error();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    private int error() {
      return errno.get(JAVA_INT, 0);
    }

    boolean tellsMounts() {
      return (result.get(JAVA_LONG_UNALIGNED, STATX_ATTRIBUTES_MASK) & ATTRIBUTE_MOUNT_ROOT) != 0;
    }

    /** Whether something is mounted at the name that was looked at. */
    boolean isMount() {
      return (result.get(JAVA_LONG_UNALIGNED, STATX_ATTRIBUTES) & ATTRIBUTE_MOUNT_ROOT) != 0;
    }

    void fill(Stat stat) {
      stat.kind = Stat.kind(result.get(JAVA_SHORT_UNALIGNED, STATX_MODE));
      stat.device =
          device(
              result.get(JAVA_INT_UNALIGNED, STATX_DEV_MAJOR),
              result.get(JAVA_INT_UNALIGNED, STATX_DEV_MINOR));
      stat.inode = result.get(JAVA_LONG_UNALIGNED, STATX_INO);
      stat.links = result.get(JAVA_INT_UNALIGNED, STATX_NLINK);
      stat.owner = result.get(JAVA_INT_UNALIGNED, STATX_UID);
      stat.size = result.get(JAVA_LONG_UNALIGNED, STATX_SIZE);
      stat.allocated = result.get(JAVA_LONG_UNALIGNED, STATX_BLOCKS) * BLOCK;
      stat.allocatedExact = true;
      stat.accessedNanos = nanos(STATX_ATIME);
      stat.modifiedNanos = nanos(STATX_MTIME);
      stat.changedNanos = nanos(STATX_CTIME);
    }

    private long nanos(int offset) {
      return TimeUnit.SECONDS.toNanos(result.get(JAVA_LONG_UNALIGNED, offset))
          + result.get(JAVA_INT_UNALIGNED, offset + 8);
    }
  }

  /** As {@code gnu_dev_makedev} of glibc, which is what {@code st_dev} holds. */
  private static long device(int major, int minor) {
    long high = Integer.toUnsignedLong(major);
    long low = Integer.toUnsignedLong(minor);
    return (low & 0xff) | (high & 0xfff) << 8 | (low & ~0xffL) << 12 | (high & ~0xfffL) << 32;
  }
}
