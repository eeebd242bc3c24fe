package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** File systems that do not keep the blocks of their files themselves, and so cannot count them. */
public final class Layers {
  /** As mountinfo names them; containers/fuse-overlayfs 1.10 for the second. */
  private static final Set<String> TYPES = Set.of("overlay", "fuse.fuse-overlayfs");

  /** On other machines, in other programs, or in pools that compress and share what they keep. */
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
   * Whether what a directory holds may lie in a lower layer, where it takes its space for ever.
   * Nobody can tell which of it does: the file system shows its layers as one.
   */
  public static boolean isLayered(Path directory) {
    return TYPES.contains(type(directory));
  }

  /**
   * Whether another system keeps what a directory holds, so that the blocks it tells are what that
   * one chooses to say: network file systems, FUSE, ZFS.
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
      return ""; // it is gone, and so is what would be asked about
    }
  }
}
