package dev.lowtide.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The system calls that are needed to read, lock and remove a tree, with the constants of the Linux
 * headers (6.1).
 *
 * <p>A call that fails returns the negated {@code errno}.
 */
@SuppressWarnings("restricted") // reached only where native access is enabled
final class Libc {
  // <fcntl.h>; O_DIRECTORY and O_NOFOLLOW differ between architectures
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  static final int O_CLOEXEC = 0x80000;
  static final int O_NONBLOCK = 0x800;
  static final int O_NOATIME = 0x40000;
  static final int O_NOCTTY = 0x100;
  private static final int O_PATH = 0x200000;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int RENAME_NOREPLACE = 1;

  // <linux/openat2.h>
  private static final long OPEN_HOW_BYTES = 24;
  private static final long OPEN_HOW_RESOLVE = 16;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;

  // <linux/stat.h>
  static final int STATX_BYTES = 256;
  private static final int STATX_BASIC = 0x7ff;
  static final int STATX_BTIME = 0x800;

  /**
   * The numbers of the system calls: those of {@code <asm/unistd_64.h>} on x86, and on all newer
   * architectures those of {@code <asm-generic/unistd.h>}.
   */
  private static final boolean X86 = System.getProperty("os.arch").equals("amd64");

  private static final Set<String> GENERIC_ARCHITECTURES =
      Set.of("aarch64", "riscv64", "loongarch64");
  private static final int SYS_OPENAT = X86 ? 257 : 56;
  private static final int SYS_READ = X86 ? 0 : 63;
  private static final int SYS_CLOSE = X86 ? 3 : 57;
  private static final int SYS_GETDENTS64 = X86 ? 217 : 61;
  private static final int SYS_STATX = X86 ? 332 : 291;
  private static final int SYS_UNLINKAT = X86 ? 263 : 35;
  private static final int SYS_RENAMEAT2 = X86 ? 316 : 276;
  private static final int SYS_LINKAT = X86 ? 265 : 37;
  private static final int SYS_FCHMOD = X86 ? 91 : 52;
  // <asm/statfs.h> of 64-bit architectures
  private static final long STATFS_FILES = 40;
  private static final long STATFS_FREE_FILES = 48;

  private static final int SYS_FSTATFS = X86 ? 138 : 44;
  private static final int SYS_FLOCK = X86 ? 73 : 32;
  private static final int SYS_IOCTL = X86 ? 16 : 29;
  private static final int SYS_SYNCFS = X86 ? 306 : 267;
  private static final int SYS_PPOLL = X86 ? 271 : 73;
  private static final int SYS_OPENAT2 = 437;
  private static final int SYS_QUOTACTL_FD = 443;
  private static final int SYS_GETEUID = X86 ? 107 : 175;

  // <linux/quota.h>: QCMD(Q_GETQUOTA, USRQUOTA), and struct if_dqblk
  private static final long GET_USER_QUOTA = 0x80000700L;
  private static final long QUOTA_BYTES = 72;

  private static final long POLL_BYTES = 8;
  private static final long TIMEOUT_BYTES = 16;

  /** A name without characters, which stands for the directory or file itself. */
  private static final MemorySegment EMPTY = Arena.global().allocate(1);

  private Libc() {}

  /**
   * syscall(2), the only native function that is called: the JVM needs about ten milliseconds to
   * create a handle for each function signature, and this is the only one. It takes addresses as
   * plain numbers, so the caller must keep the memory alive. The handle is in a static final field,
   * so that the JIT compiler can inline it.
   */
  private static final class Kernel {
    static final MethodHandle SYSCALL =
        Linker.nativeLinker()
            .downcallHandle(
                symbol(),
                FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(1));

    private static MemorySegment symbol() {
      return Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow();
    }
  }

  /**
   * Checks that the system calls of this architecture are known, and that the kernel reports mount
   * points.
   *
   * @throws UnsupportedOperationException if not; the message says what is missing
   */
  static void check() {
    String architecture = System.getProperty("os.arch");
    if (!X86 && !GENERIC_ARCHITECTURES.contains(architecture)) {
      throw new UnsupportedOperationException(
          "the system calls of " + architecture + " are not known");
    } else if (Linker.nativeLinker().defaultLookup().find("syscall").isEmpty()) {
      throw new UnsupportedOperationException("the C library has no function syscall");
    }
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = new Calls();
      if (calls.stat(AT_FDCWD, arena.allocateFrom("/")) < 0 || !calls.statx().reportsMounts()) {
        throw new UnsupportedOperationException(
            "statx does not report mount points: the kernel is older than 5.8, or a sandbox"
                + " forbids statx");
      }
    }
  }

  /** The system calls of one thread, which reuse the memory for results. */
  static final class Calls {
    private final MemorySegment errno;
    private final MemorySegment result;
    private final Statx statx;

    Calls() {
      // In an arena that can be closed, each call would update a counter that all threads share
      Arena arena = Arena.ofAuto();
      errno = arena.allocate(Linker.Option.captureStateLayout());
      result = arena.allocate(STATX_BYTES, 8);
      statx = new Statx(result);
    }

    /** The result of the kernel, or the negated {@code errno}. */
    private long call(int number, long a, long b, long c, long d, long e) {
      try {
        long answer = (long) Kernel.SYSCALL.invokeExact(errno, (long) number, a, b, c, d, e);
        return answer >= 0 ? answer : -errno.get(JAVA_INT, 0);
      } catch (Throwable impossible) {
        throw new AssertionError(impossible);
      } finally {
        Reference.reachabilityFence(this); // keeps the memory of the result alive
      }
    }

    /** Opens a directory, whose last name may not be a symbolic link; returns the descriptor. */
    int openDirectory(int directory, MemorySegment name) {
      return open(directory, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    }

    /** Opens an existing file with flags of open(2); returns the descriptor. */
    int open(int directory, MemorySegment name, int flags) {
      return (int) call(SYS_OPENAT, directory, name.address(), flags, 0, 0);
    }

    /**
     * Opens a file or directory, whose last name may not be a symbolic link; returns the
     * descriptor.
     */
    int open(Path path, Arena arena) {
      return open(AT_FDCWD, nulTerminated(path, arena), O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }

    /**
     * Opens a directory whose path contains no symbolic link; returns the descriptor. Fails on
     * kernels before 5.6, and in a sandbox without openat2(2).
     */
    int openDirectoryWithoutLinks(MemorySegment path) {
      return openWithoutLinks(path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    }

    /** Like {@link #openDirectoryWithoutLinks}, for any kind of file, with flags of open(2). */
    int openWithoutLinks(MemorySegment path, int flags) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment how = arena.allocate(OPEN_HOW_BYTES, Long.BYTES);
        how.set(JAVA_LONG, 0, flags);
        how.set(JAVA_LONG, OPEN_HOW_RESOLVE, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        return (int) call(SYS_OPENAT2, AT_FDCWD, path.address(), how.address(), OPEN_HOW_BYTES, 0);
      }
    }

    /**
     * Removes a name of a directory.
     *
     * @param name the address of the name
     */
    int deleteFile(int directory, long name) {
      return (int) call(SYS_UNLINKAT, directory, name, 0, 0, 0);
    }

    int deleteDirectory(int directory, MemorySegment name) {
      return (int) call(SYS_UNLINKAT, directory, name.address(), AT_REMOVEDIR, 0, 0);
    }

    int move(
        int directory, MemorySegment name, int target, MemorySegment newName, boolean replace) {
      int flags = replace ? 0 : RENAME_NOREPLACE;
      return (int) call(SYS_RENAMEAT2, directory, name.address(), target, newName.address(), flags);
    }

    /** Gives a file another name, without following a symbolic link. Fails if the name exists. */
    int link(int directory, MemorySegment name, int target, MemorySegment newName) {
      return (int) call(SYS_LINKAT, directory, name.address(), target, newName.address(), 0);
    }

    /** Changes the permissions of an open directory, fchmod(2). */
    int setPermissions(int descriptor, int permissions) {
      return (int) call(SYS_FCHMOD, descriptor, permissions, 0, 0, 0);
    }

    /**
     * Opens a descriptor that identifies a file of any kind without opening the file itself: {@code
     * O_PATH} in open(2).
     */
    int openPath(MemorySegment path) {
      return open(AT_FDCWD, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }

    /** The traits of the file system of an open file. */
    FileSystemTraits traits(int descriptor) {
      return FileSystemTraits.ofMagic(fileSystemType(descriptor));
    }

    int flock(int descriptor, int operation) {
      return (int) call(SYS_FLOCK, descriptor, operation, 0, 0, 0);
    }

    /** ioctl(2) with the address of a structure that the kernel reads, fills, or both. */
    int ioctl(int descriptor, long request, MemorySegment structure) {
      return (int) call(SYS_IOCTL, descriptor, request, structure.address(), 0, 0);
    }

    /**
     * The magic number of the file system of an open file, {@code <linux/magic.h>}; 0 if unknown.
     */
    long fileSystemType(int descriptor) {
      int error = (int) call(SYS_FSTATFS, descriptor, result.address(), 0, 0, 0);
      return error < 0 ? 0 : result.get(JAVA_LONG_UNALIGNED, 0);
    }

    /**
     * How many inodes the file system of an open file can have and how many are free, {@code
     * f_files} and {@code f_ffree} of statfs(2); both 0 if it creates them as needed.
     *
     * @return empty if the call fails
     */
    Optional<InodeCount> inodes(int descriptor) {
      int error = (int) call(SYS_FSTATFS, descriptor, result.address(), 0, 0, 0);
      return error < 0
          ? Optional.empty()
          : Optional.of(
              new InodeCount(
                  result.get(JAVA_LONG_UNALIGNED, STATFS_FILES),
                  result.get(JAVA_LONG_UNALIGNED, STATFS_FREE_FILES)));
    }

    /**
     * Reads this user's quota on the file system of an open file and its usage: three numbers, see
     * {@link UserQuota}. Fails if there are no quotas, before Linux 5.14, and for root, to whom no
     * quota applies.
     */
    int userQuota(int descriptor, long[] quota) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment quotaBuffer = arena.allocate(QUOTA_BYTES, Long.BYTES);
        long user = call(SYS_GETEUID, 0, 0, 0, 0, 0);
        int error =
            user == 0
                ? -Errno.EPERM
                : (int)
                    call(
                        SYS_QUOTACTL_FD,
                        descriptor,
                        GET_USER_QUOTA,
                        user,
                        quotaBuffer.address(),
                        0);
        for (int i = 0; i < quota.length; i++) {
          quota[i] = quotaBuffer.get(JAVA_LONG, (long) i * Long.BYTES);
        }
        return error;
      }
    }

    /** Writes the unwritten data of the file system of an open file to the disk, syncfs(2). */
    int sync(int descriptor) {
      return (int) call(SYS_SYNCFS, descriptor, 0, 0, 0, 0);
    }

    /**
     * The result of the last status call; invalid after another call that writes its result there.
     */
    Statx statx() {
      return statx;
    }

    /** Reads the status of an open file; {@link #statx} then has the result. */
    int statOpen(int descriptor) {
      return stat(descriptor, EMPTY.address());
    }

    void close(int descriptor) {
      // Even if the call fails, the descriptor is closed, close(2)
      call(SYS_CLOSE, descriptor, 0, 0, 0, 0);
    }

    /**
     * Whether the mounts have changed since the last call, or since the descriptor of {@code
     * mountinfo} was opened, proc(5); true also if that is unknown.
     */
    boolean mountsChanged(int descriptor) {
      // <poll.h>: struct pollfd is an int and two shorts; error events are reported without a
      // request. The timeout behind it is zero.
      result.asSlice(0, POLL_BYTES + TIMEOUT_BYTES).fill((byte) 0);
      result.set(JAVA_INT, 0, descriptor);
      long timeout = result.address() + POLL_BYTES;
      return call(SYS_PPOLL, result.address(), 1, timeout, 0, 0) != 0;
    }

    /** Fills the buffer with the content of a file; returns the number of bytes, 0 at the end. */
    int readFile(int descriptor, MemorySegment buffer, long count) {
      return (int) call(SYS_READ, descriptor, buffer.address(), count, 0, 0);
    }

    /** Fills the buffer with names; returns the number of bytes, 0 at the end. */
    int read(int directory, MemorySegment buffer) {
      return (int) call(SYS_GETDENTS64, directory, buffer.address(), buffer.byteSize(), 0, 0);
    }

    /**
     * Reads the status of a name without following it, or of the directory itself if the name is
     * empty; {@link #statx} then has the result.
     */
    int stat(int directory, MemorySegment name) {
      return stat(directory, name.address());
    }

    /**
     * The same, for a name in a buffer.
     *
     * @param name the address of the name
     */
    int stat(int directory, long name) {
      int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
      int mask = STATX_BASIC | STATX_BTIME;
      return (int) call(SYS_STATX, directory, name, flags, mask, result.address());
    }
  }

  /** An absolute path as a NUL-terminated string. */
  static MemorySegment nulTerminated(Path path, Arena arena) {
    byte[] bytes = Names.absoluteBytes(path.toAbsolutePath());
    MemorySegment terminated = arena.allocate(bytes.length + 1L);
    nulTerminated(bytes, terminated);
    return terminated;
  }

  /** Writes a name as a NUL-terminated string to memory that is large enough. */
  static void nulTerminated(byte[] name, MemorySegment to) {
    MemorySegment.copy(name, 0, to, JAVA_BYTE, 0, name.length);
    to.set(JAVA_BYTE, name.length, (byte) 0);
  }
}
