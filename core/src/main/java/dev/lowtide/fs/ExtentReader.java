package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Tells where the content of files lies on a file system on which several files may share blocks,
 * or on which a file may take less than its length: btrfs, XFS and bcachefs. It changes nothing.
 *
 * <p>Such a reader exists in the native layer only. For use by one thread.
 */
public interface ExtentReader {

  /** Hears what one file takes. */
  interface Visitor {
    /**
     * Bytes that the file takes and that no other file shares.
     *
     * @param exact false if the bytes are compressed on the disk, where they take less
     */
    void own(long bytes, boolean exact);

    /**
     * A range of the disk that some other file shares, or another part of this one. {@link
     * ExtentReader#users(long, long)} may tell which one.
     *
     * @param start the first byte, on the device
     * @param exact as in {@link #own}
     */
    void shared(long start, long length, boolean exact);

    /**
     * An extent as btrfs allocates and frees it: as a whole, even if files use parts of it only.
     * {@link ExtentReader#users} tells who uses it.
     *
     * @param address what {@link ExtentReader#users} takes
     * @param bytes what the extent takes on the disk, compressed or not
     */
    void extent(long address, long bytes);
  }

  /**
   * A file.
   *
   * @param subvolume the number of the subvolume or snapshot of btrfs in which it lies; else 0
   */
  record User(long subvolume, long inode) {}

  /**
   * The reader for the file system of a directory. All files that it reads must lie on that file
   * system, and in the same subvolume.
   *
   * @return nothing if blocks are not shared there, or if there is no native layer
   */
  static Optional<ExtentReader> at(Path directory) {
    return NativeLayer.extents(directory);
  }

  /** The number of the subvolume in which the files lie; 0 where there are none, or not known. */
  long subvolume();

  /**
   * Reads one regular file. Symbolic links are not followed.
   *
   * @throws IOException if the file cannot be read, or is no regular file any more
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
   * Who uses a range of {@link Visitor#shared}, or a part of it.
   *
   * @param start the first byte, on the device
   * @return nothing if the file system does not tell
   */
  Optional<List<Use>> users(long start, long length);

  /**
   * Who uses an extent of {@link Visitor#extent}.
   *
   * @return nothing if the file system does not tell
   */
  Optional<List<User>> users(long address);
}
