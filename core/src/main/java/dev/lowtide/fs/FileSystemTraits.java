package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Whether a file system preserves the attributes by which a file is recognised again.
 *
 * @param keepsBirth whether the creation time never changes. On overlayfs it changes when the file
 *     is copied to the upper layer, which even a change of permissions or a removal inside the
 *     directory causes
 * @param keepsInodes whether the inode number is the same after an unmount and a mount
 */
record FileSystemTraits(boolean keepsBirth, boolean keepsInodes) {
  static final FileSystemTraits LASTING = new FileSystemTraits(true, true);
  private static final FileSystemTraits OVERLAY = new FileSystemTraits(false, false);
  private static final FileSystemTraits NUMBERED_ANEW = new FileSystemTraits(true, false);

  // linux/magic.h, and fs/smb/client/cifsglob.h of Linux 6.6
  private static final long OVERLAYFS = 0x794c7630L;
  private static final Set<Long> NUMBERED_ANEW_MAGICS =
      Set.of(
          0x65735546L, // FUSE: inode numbers are those of the server, or counted from the mount on
          0x4d44L, // FAT: inode numbers are invented
          0x2011bab0L, // exFAT
          0x01021997L, // 9p
          0xfe534d42L, // SMB
          0xff534d42L); // CIFS

  /** The names in mountinfo; FUSE has {@code fuse}, {@code fuseblk} and {@code fuse.SERVER}. */
  private static final Set<String> NUMBERED_ANEW_TYPES =
      Set.of("fuse", "fuseblk", "vfat", "msdos", "exfat", "9p", "smb3", "cifs");

  /**
   * @param magic {@code f_type} of statfs(2)
   */
  static FileSystemTraits ofMagic(long magic) {
    if (magic == OVERLAYFS) {
      return OVERLAY;
    }
    return NUMBERED_ANEW_MAGICS.contains(magic & 0xffffffffL) ? NUMBERED_ANEW : LASTING;
  }

  /** The traits of a type, by its name as {@code mount} shows it. */
  static FileSystemTraits ofType(String type) {
    if (type.equals("overlay")) {
      return OVERLAY;
    }
    return type.startsWith("fuse.") || NUMBERED_ANEW_TYPES.contains(type) ? NUMBERED_ANEW : LASTING;
  }

  /** The traits of the file system of a directory. */
  static FileSystemTraits of(Path directory) throws IOException {
    return directory.getFileSystem().equals(FileSystems.getDefault())
        ? ofType(Files.getFileStore(directory).type())
        : LASTING;
  }
}
