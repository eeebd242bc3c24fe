package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The error numbers of Linux system calls on x86 and ARM, from {@code <errno.h>}, and the
 * exceptions for them. Other architectures and systems number some errors differently.
 */
final class Errno {
  static final int EPERM = 1;
  static final int EINTR = 4;
  static final int ENOENT = 2;
  static final int EWOULDBLOCK = 11;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  private static final int EINVAL = 22;
  static final int EXDEV = 18;
  static final int ENOTDIR = 20;
  static final int EISDIR = 21;
  static final int EMFILE = 24;
  static final int ENAMETOOLONG = 36;
  private static final int ENOSYS = 38;
  static final int ENOTEMPTY = 39;
  static final int ELOOP = 40;
  private static final int EOPNOTSUPP = 95;

  /** Messages for people; those of strerror(3) would depend on the locale. */
  private static final Map<Integer, String> MESSAGES =
      Map.ofEntries(
          Map.entry(EPERM, "operation not permitted"),
          Map.entry(EINTR, "interrupted system call"),
          Map.entry(5, "input/output error"),
          Map.entry(6, "no such device or address"),
          Map.entry(9, "bad file descriptor"),
          Map.entry(EWOULDBLOCK, "resource temporarily unavailable"),
          Map.entry(12, "out of memory"),
          Map.entry(EBUSY, "something is mounted here, or the system uses it"),
          Map.entry(EXDEV, "it lies on another file system"),
          Map.entry(ENOTDIR, "not a directory"),
          Map.entry(19, "no such device"),
          Map.entry(EISDIR, "is a directory"),
          Map.entry(EINVAL, "invalid argument"),
          Map.entry(23, "too many open files in the system"),
          Map.entry(EMFILE, "too many open files"),
          Map.entry(28, "no space left on the device"),
          Map.entry(30, "read-only file system"),
          Map.entry(31, "too many links"),
          Map.entry(ENAMETOOLONG, "file name too long"),
          Map.entry(ENOSYS, "the system does not support this call"),
          Map.entry(ELOOP, "it is a symbolic link"),
          Map.entry(75, "value too large"),
          Map.entry(EOPNOTSUPP, "operation not supported"),
          Map.entry(107, "the file system's server is not connected"),
          Map.entry(110, "connection timed out"),
          Map.entry(112, "the file system's server is down"),
          Map.entry(116, "stale file handle"),
          Map.entry(117, "the file system is damaged"),
          Map.entry(121, "remote input/output error"),
          Map.entry(122, "disk quota exceeded"),
          Map.entry(126, "the key of the encrypted directory is missing"));

  private Errno() {}

  /**
   * Whether an error means that a flag of renameat2(2) is not supported: EINVAL from FUSE with most
   * servers (fs/fuse/dir.c, {@code fuse_rename2}), ENOSYS from older kernels.
   */
  static boolean isUnknownFlag(int errno) {
    return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
  }

  /**
   * The exception for an {@code errno}: the JDK's own class for it if there is one, otherwise a
   * {@link FileSystemException} with a message as its reason.
   */
  static IOException exception(Path path, int errno) {
    String text = path.toString();
    return switch (errno) {
      case ENOENT -> new NoSuchFileException(text);
      case EACCES -> new AccessDeniedException(text);
      case EEXIST -> new FileAlreadyExistsException(text);
      case ENOTDIR -> new NotDirectoryException(text);
      case ENOTEMPTY -> new DirectoryNotEmptyException(text);
      default ->
          new FileSystemException(text, null, MESSAGES.getOrDefault(errno, "error " + errno));
    };
  }
}
