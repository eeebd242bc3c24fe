package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Recognises the types of file systems whose block counts do not show what a removal frees, because
 * the blocks are stored elsewhere.
 */
public final class FileStoreTypes {
  /** The names in mountinfo; the second is that of containers/fuse-overlayfs 1.10. */
  private static final Set<String> OVERLAY_TYPES = Set.of("overlay", "fuse.fuse-overlayfs");

  /**
   * File systems on other machines, in other programs, or in pools that compress and share their
   * contents.
   */
  private static final Set<String> STORED_ELSEWHERE =
      Set.of(
          "nfs",
          "nfs4",
          "cifs",
          "smb3",
          "smbfs",
          "ceph",
          "lustre",
          "gpfs",
          "afs",
          "9p",
          "virtiofs",
          "fuse",
          "fuseblk",
          "zfs");

  private FileStoreTypes() {}

  /**
   * Whether the contents of a directory may be in a lower layer, where their space is never freed.
   * It cannot be determined which files these are, since the file system shows its layers as one
   * tree.
   */
  public static boolean isOverlay(Path directory) {
    return OVERLAY_TYPES.contains(type(directory));
  }

  /**
   * Whether another system stores the contents of a directory, which then decides what block counts
   * to report: network file systems, FUSE, ZFS.
   */
  public static boolean isStoredElsewhere(Path directory) {
    String type = type(directory);
    return STORED_ELSEWHERE.contains(type) || type.startsWith("fuse.");
  }

  private static String type(Path directory) {
    try {
      return directory.getFileSystem().equals(FileSystems.getDefault())
          ? Files.getFileStore(directory).type()
          : "";
    } catch (IOException e) {
      return ""; // the directory no longer exists, and neither do its contents
    }
  }
}
