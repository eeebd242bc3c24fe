package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableSet;
import com.google.common.math.LongMath;
import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The attributes of one path, without following symbolic links.
 *
 * <p>It is mutable, so that a walk over millions of names needs only one instance for each thread;
 * copy the values that you keep.
 */
public final class Stat {
  /** The owner if the file system does not report one. */
  public static final int UNKNOWN_OWNER = -1;

  // <sys/stat.h>, Linux and macOS alike
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFSOCK = 0140000;
  private static final int S_IWOTH = 02;

  /** The block size if the file store does not report one; nearly all Linux file systems use it. */
  private static final long DEFAULT_BLOCK_BYTES = 4096;

  /**
   * The longest target that ext4 and XFS store in the inode itself, so that the link needs no
   * block.
   */
  private static final long MAX_INLINE_SYMLINK_BYTES = 59;

  /** The unit in which stat(2) reports the allocated space. */
  private static final long STAT_BLOCK_BYTES = 512;

  /**
   * The attributes that suffice to add up sizes. For each further attribute, the JDK creates a few
   * objects for each name.
   */
  private static final String UNIX_SIZES = "unix:mode,ino,dev,nlink,size";

  private static final String UNIX_ALL = UNIX_SIZES + ",uid,lastAccessTime,lastModifiedTime,ctime";

  private static final Supplier<Integer> CURRENT_USER = Suppliers.memoize(Stat::findCurrentUser);

  FileKind kind = FileKind.OTHER;
  long device;
  long inode;
  int links;
  int owner = UNKNOWN_OWNER;

  /** {@code st_mode}; 0 if it was not requested or the file system has none. */
  int mode;

  long size;
  long allocated;
  boolean allocatedExact;
  long accessedNanos;
  long modifiedNanos;
  long changedNanos;
  long bornNanos;
  boolean fixed;

  /** Reads the attributes of one path. */
  public static Stat of(Path path) throws IOException {
    Optional<Stat> stat = NativeLayer.stat(path);
    return stat.isPresent() ? stat.get() : new Reader(path, true).read(path);
  }

  /** A placeholder for a mount point that is not accessed, since its server may not respond. */
  static Stat unreadMountPoint() {
    Stat stat = new Stat();
    stat.kind = FileKind.MOUNT;
    return stat;
  }

  /** The effective user of this process, or {@link #UNKNOWN_OWNER}. */
  public static int currentUser() {
    return CURRENT_USER.get();
  }

  private static int findCurrentUser() {
    Path self = Path.of("/proc/self"); // belongs to the effective user, proc(5)
    try {
      return of(Files.exists(self) ? self.toRealPath() : Path.of(System.getProperty("user.home")))
          .owner();
    } catch (IOException e) {
      return UNKNOWN_OWNER;
    }
  }

  /** The kind of file in a {@code st_mode}. */
  static FileKind kind(int mode) {
    return switch (mode & S_IFMT) {
      case S_IFREG -> FileKind.REGULAR;
      case S_IFDIR -> FileKind.DIRECTORY;
      case S_IFLNK -> FileKind.SYMLINK;
      default -> FileKind.OTHER;
    };
  }

  /** The kind of file in the JDK's attributes. */
  static FileKind kind(BasicFileAttributes attributes) {
    return attributes.isSymbolicLink()
        ? FileKind.SYMLINK
        : attributes.isDirectory()
            ? FileKind.DIRECTORY
            : attributes.isRegularFile() ? FileKind.REGULAR : FileKind.OTHER;
  }

  public FileKind kind() {
    return kind;
  }

  public long device() {
    return device;
  }

  public long inode() {
    return inode;
  }

  /**
   * The number of names of the file; 0 if unknown; 1 if it is also unknown which names belong to
   * the same file.
   */
  public int links() {
    return links;
  }

  /** The numeric user id, or {@link #UNKNOWN_OWNER}. */
  public int owner() {
    return owner;
  }

  /** Whether the permissions allow every user to write to the file; false if unknown. */
  boolean isWritableByAll() {
    return (mode & S_IWOTH) != 0;
  }

  /** A description of the kind of file for people. */
  String describeKind() {
    return switch (kind) {
      case REGULAR -> "a regular file";
      case DIRECTORY -> "a directory";
      case SYMLINK -> "a symbolic link";
      case MOUNT -> "a mount point";
      case OTHER ->
          switch (mode & S_IFMT) {
            case S_IFIFO -> "a named pipe";
            case S_IFSOCK -> "a socket";
            case 0 -> "a special file";
            default -> "a device";
          };
    };
  }

  /** The length in bytes, {@code st_size}, for directories too. */
  public long size() {
    return size;
  }

  /** The bytes that the file occupies on the disk. */
  public long allocated() {
    return allocated;
  }

  /** Whether {@link #allocated} was reported by the file system and not estimated from the size. */
  public boolean allocatedExact() {
    return allocatedExact;
  }

  /**
   * Converts blocks to bytes; saturates, since a damaged file system may report too many blocks.
   */
  static long bytes(long blocks) {
    return blocks < 0 ? Long.MAX_VALUE : LongMath.saturatedMultiply(blocks, STAT_BLOCK_BYTES);
  }

  /** Converts to nanoseconds since 1970; saturates for times before 1678 and after 2261. */
  static long nanos(long seconds, int nanos) {
    return LongMath.saturatedAdd(TimeUnit.SECONDS.toNanos(seconds), nanos);
  }

  /**
   * When the content was last read, as far as the file system records it, in nanoseconds since
   * 1970.
   */
  public long accessedNanos() {
    return accessedNanos;
  }

  /** When the content was last modified, in nanoseconds since 1970. */
  public long modifiedNanos() {
    return modifiedNanos;
  }

  /** When the status last changed, in nanoseconds since 1970; see {@link FileIdentity}. */
  public long changedNanos() {
    return changedNanos;
  }

  /** When the file was created, in nanoseconds since 1970; 0 if unknown. */
  public long bornNanos() {
    return bornNanos;
  }

  /**
   * Whether the file is immutable or append-only, so that not even root can remove it ({@code
   * chattr +i}, {@code +a}); false if unknown.
   */
  public boolean isFixed() {
    return fixed;
  }

  /** The identity, which distinguishes this file from another one with the same name. */
  public FileIdentity identity() {
    return new FileIdentity(kind, device, inode, changedNanos, bornNanos);
  }

  /**
   * Reads the attributes of paths of one file system into one instance.
   *
   * <p>The JDK does not provide block counts, so allocated bytes are the size rounded up to blocks,
   * which is too high for sparse and compressed files.
   */
  static final class Reader {
    private final Stat stat = new Stat();
    private final boolean hasUnixView;
    private final boolean readsAll;
    private final long blockBytes;

    /**
     * @param somewhere a path on the file system
     * @param readsAll whether owner and times are needed too; otherwise they may be missing
     */
    Reader(Path somewhere, boolean readsAll) {
      this.readsAll = readsAll;
      FileSystem fileSystem = somewhere.getFileSystem();
      hasUnixView = ImmutableSet.copyOf(fileSystem.supportedFileAttributeViews()).contains("unix");
      blockBytes = blockSize(somewhere);
    }

    private static long blockSize(Path somewhere) {
      try {
        FileStore store = Files.getFileStore(somewhere);
        return Math.max(1, store.getBlockSize());
      } catch (IOException | UnsupportedOperationException | SecurityException e) {
        return DEFAULT_BLOCK_BYTES;
      }
    }

    /** The attributes of a path; the next call overwrites them. */
    Stat read(Path path) throws IOException {
      if (hasUnixView) {
        Map<String, Object> attributes =
            Files.readAttributes(path, readsAll ? UNIX_ALL : UNIX_SIZES, LinkOption.NOFOLLOW_LINKS);
        if ((number(attributes, "mode").intValue() & S_IFMT) == 0) {
          // the mode of Jimfs contains permissions, but no file type
          readBasic(path);
          stat.links = number(attributes, "nlink").intValue();
          if (readsAll) {
            stat.owner = number(attributes, "uid").intValue();
          }
        } else {
          readUnix(attributes);
        }
      } else {
        readBasic(path);
      }
      stat.allocated = estimate();
      return stat;
    }

    private void readUnix(Map<String, Object> attributes) {
      stat.mode = number(attributes, "mode").intValue();
      stat.kind = kind(stat.mode);
      stat.device = number(attributes, "dev").longValue();
      stat.inode = number(attributes, "ino").longValue();
      stat.links = number(attributes, "nlink").intValue();
      stat.size = number(attributes, "size").longValue();
      if (readsAll) {
        stat.owner = number(attributes, "uid").intValue();
        stat.accessedNanos = nanos(attributes, "lastAccessTime");
        stat.modifiedNanos = nanos(attributes, "lastModifiedTime");
        stat.changedNanos =
            AccessTimes.changedBesidesRestoring(
                stat.device, stat.inode, nanos(attributes, "ctime"));
      }
    }

    private static Number number(Map<String, Object> attributes, String name) {
      return (Number) requireNonNull(attributes.get(name), name);
    }

    private static long nanos(Map<String, Object> attributes, String name) {
      return nanos((FileTime) requireNonNull(attributes.get(name), name));
    }

    private void readBasic(Path path) throws IOException {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      stat.kind = kind(attributes);
      FileKey key = FileKey.of(attributes);
      stat.device = key.device();
      stat.inode = key.inode();
      // Without a key, hard links cannot be recognised, so each name counts as a file of its own
      stat.links = attributes.fileKey() == null ? 1 : 0;
      stat.size = attributes.size();
      stat.accessedNanos = nanos(attributes.lastAccessTime());
      stat.modifiedNanos = nanos(attributes.lastModifiedTime());
      stat.changedNanos = stat.modifiedNanos;
    }

    private long estimate() {
      return switch (stat.kind) {
        case OTHER -> 0;
        case SYMLINK -> stat.size <= MAX_INLINE_SYMLINK_BYTES ? 0 : roundUp(stat.size);
        default -> roundUp(stat.size);
      };
    }

    private long roundUp(long size) {
      long blocks = size / blockBytes + (size % blockBytes == 0 ? 0 : 1);
      return LongMath.saturatedMultiply(blocks, blockBytes);
    }

    private static long nanos(FileTime time) {
      return time.to(TimeUnit.NANOSECONDS);
    }
  }
}
