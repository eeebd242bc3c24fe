package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Recognises file systems that do not store the blocks of their files themselves, and so cannot
 * count them.
 */
public final class Layers {
  /** The names in mountinfo; the second is that of containers/fuse-overlayfs 1.10. */
  private static final Set<String> TYPES = Set.of("overlay", "fuse.fuse-overlayfs");

  /**
   * File systems on other machines, in other programs, or in pools that compress and share their
   * contents.
   */
  private static final Set<String> ELSEWHERE =
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

  private Layers() {}

  /**
   * Whether the contents of a directory may be in a lower layer, where their space is never freed.
   * It cannot be determined which files are, since the file system shows its layers as one.
   */
  public static boolean isLayered(Path directory) {
    return TYPES.contains(type(directory));
  }

  /**
   * Whether another system stores the contents of a directory, so that the reported blocks are
   * whatever that system reports: network file systems, FUSE, ZFS.
   */
  public static boolean isElsewhere(Path directory) {
    String type = type(directory);
    return ELSEWHERE.contains(type) || type.startsWith("fuse.");
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
