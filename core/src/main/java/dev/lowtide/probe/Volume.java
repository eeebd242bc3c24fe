package dev.lowtide.probe;

import dev.lowtide.ByteSize;
import dev.lowtide.fs.AccessTimes;
import dev.lowtide.fs.InodeCount;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A mounted file system, as it is at one time. Two are equal if they are the same file system.
 * Immutable.
 */
public final class Volume {
  private final FileStore store;
  private final ByteSize free;
  private final ByteSize total;
  private final Optional<InodeCount> inodes;
  private final boolean recordsAccess;

  private Volume(
      FileStore store,
      ByteSize free,
      ByteSize total,
      Optional<InodeCount> inodes,
      boolean recordsAccess) {
    this.store = store;
    this.free = free;
    this.total = total;
    this.inodes = inodes;
    this.recordsAccess = recordsAccess;
  }

  /**
   * The file system on which a path lies, or would lie if it were made.
   *
   * @throws IOException if the system does not tell
   */
  public static Volume of(Path path) throws IOException {
    Path there = path.toAbsolutePath();
    for (Path above = there.getParent(); above != null && !Files.exists(there); ) {
      there = above;
      above = there.getParent();
    }
    FileStore store = Files.getFileStore(there);
    boolean recordsAccess =
        !there.getFileSystem().equals(FileSystems.getDefault()) || AccessTimes.mayBeRecorded(there);
    return new Volume(
        store,
        new ByteSize(store.getUsableSpace()),
        new ByteSize(store.getTotalSpace()),
        InodeCount.at(there),
        recordsAccess);
  }

  /**
   * The file systems on which some paths lie, each once, in the order of the paths.
   *
   * @throws IOException if the system does not tell
   */
  public static List<Volume> of(Collection<Path> paths) throws IOException {
    Set<Volume> volumes = new LinkedHashSet<>();
    for (Path path : paths) {
      volumes.add(of(path));
    }
    return List.copyOf(volumes);
  }

  /** What this user can still write. */
  public ByteSize free() {
    return free;
  }

  /** What it can hold in all. */
  public ByteSize total() {
    return total;
  }

  /** How many inodes it has, if that is known: only with the native layer. */
  public Optional<InodeCount> inodes() {
    return inodes;
  }

  /**
   * Whether reading a file is recorded, at least once a day: false where it is mounted {@code
   * noatime} or read-only.
   */
  public boolean recordsAccess() {
    return recordsAccess;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Volume volume && volume.store.equals(store);
  }

  @Override
  public int hashCode() {
    return store.hashCode();
  }

  /** Where it is mounted and what it is, for people. */
  @Override
  public String toString() {
    return store.toString();
  }
}
