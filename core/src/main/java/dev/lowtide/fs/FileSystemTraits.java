package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Which of the attributes that identify a file stay the same on a file system.
 *
 * @param keepsCreationTime whether the creation time never changes. On overlayfs it changes when
 *     the file is copied to the upper layer: for a directory, a change of its permissions or the
 *     removal of a name in it is enough
 * @param keepsInodes whether the inode number is the same after an unmount and a mount
 */
record FileSystemTraits(boolean keepsCreationTime, boolean keepsInodes) {
  static final FileSystemTraits STABLE = new FileSystemTraits(true, true);
  private static final FileSystemTraits OVERLAY = new FileSystemTraits(false, false);
  private static final FileSystemTraits RENUMBERING = new FileSystemTraits(true, false);

  // linux/magic.h, and fs/smb/client/cifsglob.h of Linux 6.6
  private static final long OVERLAYFS = 0x794c7630L;
  private static final Set<Long> RENUMBERING_MAGICS =
      Set.of(
          0x65735546L, // FUSE: inode numbers come from the server, or are counted since the mount
          0x4d44L, // FAT: has no inode numbers, so the kernel makes them up
          0x2011bab0L, // exFAT
          0x01021997L, // 9p
          0xfe534d42L, // SMB
          0xff534d42L); // CIFS

  /** The names in mountinfo; FUSE has {@code fuse}, {@code fuseblk} and {@code fuse.SERVER}. */
  private static final Set<String> RENUMBERING_TYPES =
      Set.of("fuse", "fuseblk", "vfat", "msdos", "exfat", "9p", "smb3", "cifs");

  /**
   * @param magic {@code f_type} of statfs(2)
   */
  static FileSystemTraits ofMagic(long magic) {
    if (magic == OVERLAYFS) {
      return OVERLAY;
    }
    return RENUMBERING_MAGICS.contains(magic & 0xffffffffL) ? RENUMBERING : STABLE;
  }

  /** The traits of a type by its name in mountinfo. */
  static FileSystemTraits ofType(String type) {
    if (type.equals("overlay")) {
      return OVERLAY;
    }
    return type.startsWith("fuse.") || RENUMBERING_TYPES.contains(type) ? RENUMBERING : STABLE;
  }

  /** The traits of the file system of a directory; stable if the type is unknown. */
  static FileSystemTraits of(Path directory) throws IOException {
    if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
      return STABLE;
    }
    try {
      return ofType(Files.getFileStore(directory).type());
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // Not in the mount table, as in a chroot. If it is not stable, an unchanged file may look
      // like another one, and is kept
      return STABLE;
    }
  }
}
