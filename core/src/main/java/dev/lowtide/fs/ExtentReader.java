package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads where the content of files is on the disk, for file systems on which files may share blocks
 * or occupy less than their length: btrfs, XFS and bcachefs. It changes nothing.
 *
 * <p>Such a reader exists in the native layer only. Not thread-safe.
 */
public interface ExtentReader {

  /** Receives the extents of one file. */
  interface Visitor {
    /**
     * Bytes of the file that no other file shares.
     *
     * @param exact false if the bytes are compressed on the disk, and so occupy less
     */
    void exclusive(long bytes, boolean exact);

    /**
     * A range of the disk that is shared with another file, or with another part of this file.
     * {@link ExtentReader#users(long, long)} may find out which one.
     *
     * @param start the first byte, on the device
     * @param exact as in {@link #exclusive}
     */
    void shared(long start, long length, boolean exact);

    /**
     * An extent as btrfs allocates and frees it: as a whole, even if files use parts of it only.
     * {@link ExtentReader#users} finds its users.
     *
     * @param address the argument for {@link ExtentReader#users}
     * @param bytes the space that the extent occupies on the disk, compressed or not
     */
    void extent(long address, long bytes);
  }

  /**
   * A file that uses a part of the disk, known only by its numbers.
   *
   * @param subvolume the number of the btrfs subvolume or snapshot that contains it; otherwise 0
   * @param inode its inode number, which is unique in the subvolume
   */
  record User(long subvolume, long inode) {}

  /**
   * The reader for the file system of a directory. All files that it reads must lie on that file
   * system, and in the same subvolume.
   *
   * @return empty if files do not share blocks there, or if there is no native layer
   */
  static Optional<ExtentReader> at(Path directory) {
    return NativeLayer.extents(directory);
  }

  /**
   * The number of the subvolume that contains the files; 0 if there are no subvolumes, or it is
   * unknown.
   */
  long subvolume();

  /**
   * Reads one regular file. Symbolic links are not followed.
   *
   * @throws IOException if the file cannot be read, or is no longer a regular file
   */
  void read(Path file, Visitor visitor) throws IOException;

  /**
   * A part of the disk that a file uses.
   *
   * @param start the first byte, on the device
   * @param end the byte after the last one
   */
  record Use(User user, long start, long end) {}

  /**
   * The files that use a range of {@link Visitor#shared}, or a part of it.
   *
   * @param start the first byte, on the device
   * @return empty if the file system does not report it
   */
  Optional<List<Use>> users(long start, long length);

  /**
   * The files that use an extent of {@link Visitor#extent}.
   *
   * @return empty if the file system does not report it
   */
  Optional<List<User>> users(long address);
}
