package dev.lowtide.probe;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.fs.AccessTimes;
import dev.lowtide.fs.InodeCount;
import dev.lowtide.fs.UserQuota;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A mounted file system and its free space at one time. Two volumes are equal if they are the same
 * file system. Immutable.
 */
public final class Volume {
  /**
   * How many files and directories a file system can hold.
   *
   * @param total the maximum number; 0 if only space limits it, as on btrfs
   * @param free how many more can be created
   */
  public record Inodes(long total, long free) {}

  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  private final FileStore store;
  private final ByteSize free;
  private final ByteSize total;
  private final Optional<String> quota;
  private final Optional<Inodes> inodes;
  private final boolean recordsAccess;

  private Volume(
      FileStore store,
      ByteSize free,
      ByteSize total,
      Optional<String> quota,
      Optional<Inodes> inodes,
      boolean recordsAccess) {
    this.store = store;
    this.free = free;
    this.total = total;
    this.quota = quota;
    this.inodes = inodes;
    this.recordsAccess = recordsAccess;
  }

  /**
   * The file system on which a path is, or would be created.
   *
   * @throws IOException if the system does not report it
   */
  public static Volume of(Path path) throws IOException {
    Path existing = path.toAbsolutePath();
    for (Path parent = existing.getParent(); parent != null && !Files.exists(existing); ) {
      existing = parent;
      parent = existing.getParent();
    }
    FileStore store = store(existing);
    boolean recordsAccess =
        !existing.getFileSystem().equals(FileSystems.getDefault())
            || AccessTimes.recordsReads(existing);
    long usable = store.getUsableSpace();
    OptionalLong userQuota = UserQuota.remainingAt(existing);
    Optional<String> quota = Optional.empty();
    if (userQuota.isPresent() && userQuota.getAsLong() < usable) {
      usable = userQuota.getAsLong();
      quota = Optional.of("this user's quota");
    } else if (isSmaller(store, Files.getFileStore(topDirectory(existing)))) {
      quota = Optional.of("the quota of this directory's project");
    }
    return new Volume(
        store,
        new ByteSize(usable),
        new ByteSize(store.getTotalSpace()),
        quota,
        InodeCount.at(existing).map(count -> new Inodes(count.total(), count.free())),
        recordsAccess);
  }

  private static FileStore store(Path existing) throws IOException {
    try {
      return Files.getFileStore(existing);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "The free space of "
              + Printable.of(existing)
              + " is unknown, because /proc/mounts does not have its file system; in a chroot,"
              + " make the root a mount point with 'mount --bind'",
          e);
    }
  }

  /**
   * The file systems of some paths, each once, in the order of the paths.
   *
   * @throws IOException if the system does not report it
   */
  public static List<Volume> of(Collection<Path> paths) throws IOException {
    Set<Volume> volumes = new LinkedHashSet<>();
    for (Path path : paths) {
      volumes.add(of(path));
    }
    return List.copyOf(volumes);
  }

  /**
   * Whether a directory has a project quota: there, ext4 and XFS report the limit of the quota as
   * the size of the file system.
   */
  static boolean isSmaller(FileStore here, FileStore whole) throws IOException {
    return here.getTotalSpace() < whole.getTotalSpace();
  }

  /** The topmost directory on the same file system. */
  private static Path topDirectory(Path existing) throws IOException {
    if (!existing.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return existing;
    }
    Path topDirectory = existing;
    for (Path parent = topDirectory.getParent(); parent != null; parent = parent.getParent()) {
      if (!Files.getAttribute(parent, "unix:dev")
          .equals(Files.getAttribute(existing, "unix:dev"))) {
        break;
      }
      topDirectory = parent;
    }
    return topDirectory;
  }

  /**
   * The quota that limits {@link #free}, for people; empty if the file system itself is the limit.
   */
  public Optional<String> quota() {
    return quota;
  }

  /** The space that this user can still write. */
  public ByteSize free() {
    return free;
  }

  /** The total size of the file system. */
  public ByteSize total() {
    return total;
  }

  /** Whether it is in memory and not on a disk, as tmpfs and ramfs of Linux. */
  public boolean isInMemory() {
    return IN_MEMORY.contains(store.type());
  }

  /** The number of its inodes; known only with the native layer. */
  public Optional<Inodes> inodes() {
    return inodes;
  }

  /**
   * Whether the file system records reads in access times, at least once a day; false if the file
   * system is mounted {@code noatime} or read-only.
   */
  public boolean recordsAccess() {
    return recordsAccess;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Volume volume
        && volume.store.equals(store)
        && volume.quota.equals(quota);
  }

  @Override
  public int hashCode() {
    return store.hashCode();
  }

  /** The mount point and the type, for people. */
  @Override
  public String toString() {
    return store.toString();
  }
}
