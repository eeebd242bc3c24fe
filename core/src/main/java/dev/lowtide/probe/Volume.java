package dev.lowtide.probe;

import dev.lowtide.ByteSize;
import dev.lowtide.fs.AccessTimes;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mounted file system, as it is at one time. Two are equal if they are the same file system.
 * Immutable.
 */
public final class Volume {
  private final FileStore store;
  private final ByteSize free;
  private final boolean recordsAccess;

  private Volume(FileStore store, ByteSize free, boolean recordsAccess) {
    this.store = store;
    this.free = free;
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
    return new Volume(store, new ByteSize(store.getUsableSpace()), recordsAccess);
  }

  /** What this user can still write. */
  public ByteSize free() {
    return free;
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
