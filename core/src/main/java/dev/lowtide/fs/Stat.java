package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

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

/**
 * What the file system tells about one name, symbolic links not followed.
 *
 * <p>A mutable holder, so that a walk over millions of names needs one per thread; copy what is to
 * be kept.
 */
public final class Stat {
  /** The owner where the file system tells none. */
  public static final int UNKNOWN_OWNER = -1;

  // <sys/stat.h>, Linux and macOS alike
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFSOCK = 0140000;
  private static final int S_IWOTH = 02;

  /** What Linux file systems use almost everywhere, where the store does not say. */
  private static final long USUAL_BLOCK = 4096;

  /**
   * The longest target that ext4 and xfs keep in the inode itself, so that the link takes no block.
   */
  private static final long INLINE_SYMLINK = 59;

  /** In which stat(2) counts what a file takes. */
  private static final long BLOCK = 512;

  /** What adding up needs. Each further attribute costs the JDK a few objects for each name. */
  private static final String UNIX_SIZES = "unix:mode,ino,dev,nlink,size";

  private static final String UNIX_ALL = UNIX_SIZES + ",uid,lastAccessTime,lastModifiedTime,ctime";

  FileKind kind = FileKind.OTHER;
  long device;
  long inode;
  int links;
  int owner = UNKNOWN_OWNER;

  /** {@code st_mode}; 0 where it was not asked for or the file system has none. */
  int mode;

  long size;
  long allocated;
  boolean allocatedExact;
  long accessedNanos;
  long modifiedNanos;
  long changedNanos;
  long bornNanos;
  boolean fixed;

  /** Reads one name. */
  public static Stat of(Path path) throws IOException {
    Optional<Stat> stat = NativeLayer.stat(path);
    return stat.isPresent() ? stat.get() : new Reader(path, true).read(path);
  }

  /** What is known of a mount point at which nobody looks, since nobody may answer there. */
  static Stat unseenMount() {
    Stat stat = new Stat();
    stat.kind = FileKind.MOUNT;
    return stat;
  }

  /** The user in whose name this process works, or {@link #UNKNOWN_OWNER}. */
  public static int currentUser() {
    Path self = Path.of("/proc/self"); // belongs to the effective user, proc(5)
    try {
      return of(Files.exists(self) ? self.toRealPath() : Path.of(System.getProperty("user.home")))
          .owner();
    } catch (IOException e) {
      return UNKNOWN_OWNER;
    }
  }

  /** The kind that a {@code st_mode} stands for. */
  static FileKind kind(int mode) {
    return switch (mode & S_IFMT) {
      case S_IFREG -> FileKind.REGULAR;
      case S_IFDIR -> FileKind.DIRECTORY;
      case S_IFLNK -> FileKind.SYMLINK;
      default -> FileKind.OTHER;
    };
  }

  /** The kind that the JDK's attributes tell. */
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
   * How many names the file has; 0 where the file system does not tell, and 1 where it does not
   * even tell which names are of one file.
   */
  public int links() {
    return links;
  }

  /** The numeric user id, or {@link #UNKNOWN_OWNER}. */
  public int owner() {
    return owner;
  }

  /** Whether the permissions let every user write to it; false where they are not known. */
  boolean isWritableByAll() {
    return (mode & S_IWOTH) != 0;
  }

  /** What it is, in the words of people. */
  String what() {
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

  /** The length in bytes as {@code st_size} has it, for directories too. */
  public long size() {
    return size;
  }

  /** The bytes that the file takes on the disk. */
  public long allocated() {
    return allocated;
  }

  /** Whether {@link #allocated} is the file system's answer and not an estimate from the size. */
  public boolean allocatedExact() {
    return allocatedExact;
  }

  /** A file system that is broken, or not what it says, may tell more blocks than can be. */
  static long bytes(long blocks) {
    return blocks < 0 ? Long.MAX_VALUE : LongMath.saturatedMultiply(blocks, BLOCK);
  }

  /** Times of the year 2262 and later, or of 1677 and before, are as far away as can be counted. */
  static long nanos(long seconds, int nanos) {
    return LongMath.saturatedAdd(TimeUnit.SECONDS.toNanos(seconds), nanos);
  }

  /** When the content was last read, as far as that is recorded; nanoseconds since 1970. */
  public long accessedNanos() {
    return accessedNanos;
  }

  /** Nanoseconds since 1970. */
  public long modifiedNanos() {
    return modifiedNanos;
  }

  /** When the status last changed, in nanoseconds since 1970; see {@link FileIdentity}. */
  public long changedNanos() {
    return changedNanos;
  }

  /** When the file was made, in nanoseconds since 1970; 0 where that is not told. */
  public long bornNanos() {
    return bornNanos;
  }

  /**
   * Whether it is immutable or append-only, so that not even root can remove it ({@code chattr +i},
   * {@code +a}); false where that is not told.
   */
  public boolean fixed() {
    return fixed;
  }

  /** What tells this file from another one under the same name. */
  public FileIdentity identity() {
    return new FileIdentity(kind, device, inode, changedNanos, bornNanos);
  }

  /**
   * Reads names of one file system into one holder.
   *
   * <p>The JDK tells no block counts, so allocated bytes are the size rounded up to blocks: too
   * high for sparse and compressed files.
   */
  static final class Reader {
    private final Stat stat = new Stat();
    private final boolean unix;
    private final boolean all;
    private final long block;

    /**
     * @param all whether owner and times are wanted too; otherwise they may be missing
     */
    Reader(Path somewhere, boolean all) {
      this.all = all;
      FileSystem fileSystem = somewhere.getFileSystem();
      unix = ImmutableSet.copyOf(fileSystem.supportedFileAttributeViews()).contains("unix");
      block = blockSize(somewhere);
    }

    private static long blockSize(Path somewhere) {
      try {
        FileStore store = Files.getFileStore(somewhere);
        return Math.max(1, store.getBlockSize());
      } catch (IOException | UnsupportedOperationException | SecurityException e) {
        return USUAL_BLOCK;
      }
    }

    /** The holder, filled; the next call overwrites it. */
    Stat read(Path path) throws IOException {
      if (unix) {
        Map<String, Object> attributes =
            Files.readAttributes(path, all ? UNIX_ALL : UNIX_SIZES, LinkOption.NOFOLLOW_LINKS);
        if ((number(attributes, "mode").intValue() & S_IFMT) == 0) {
          // Jimfs has permissions in the mode and no type
          readBasic(path);
          stat.links = number(attributes, "nlink").intValue();
          if (all) {
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
      if (all) {
        stat.owner = number(attributes, "uid").intValue();
        stat.accessedNanos = nanos(attributes, "lastAccessTime");
        stat.modifiedNanos = nanos(attributes, "lastModifiedTime");
        stat.changedNanos =
            AccessTimes.changedByOthers(stat.device, stat.inode, nanos(attributes, "ctime"));
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
      // Without a key, two files are never known to be one, so each counts for itself
      stat.links = attributes.fileKey() == null ? 1 : 0;
      stat.size = attributes.size();
      stat.accessedNanos = nanos(attributes.lastAccessTime());
      stat.modifiedNanos = nanos(attributes.lastModifiedTime());
      stat.changedNanos = stat.modifiedNanos;
    }

    private long estimate() {
      return switch (stat.kind) {
        case OTHER -> 0;
        case SYMLINK -> stat.size <= INLINE_SYMLINK ? 0 : roundUp(stat.size);
        default -> roundUp(stat.size);
      };
    }

    private long roundUp(long size) {
      long blocks = size / block + (size % block == 0 ? 0 : 1);
      return LongMath.saturatedMultiply(blocks, block);
    }

    private static long nanos(FileTime time) {
      return time.to(TimeUnit.NANOSECONDS);
    }
  }
}
