package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * What a file system keeps of that by which a file is known again.
 *
 * @param keepsBirth whether the time of birth stays the same for as long as the file is there;
 *     overlayfs has that of the copy in the upper layer as soon as there is one, which a change of
 *     permissions or a removal within is enough to make
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
          0x65735546L, // FUSE: numbers are the server's, or counted up from the mount on
          0x4d44L, // FAT: inodes are made up
          0x2011bab0L, // exFAT
          0x01021997L, // 9p
          0xfe534d42L, // SMB
          0xff534d42L); // CIFS

  /** As mountinfo names them; FUSE has {@code fuse}, {@code fuseblk} and {@code fuse.SERVER}. */
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

  /** By the name of the type, as {@code mount} shows it. */
  static FileSystemTraits ofType(String type) {
    if (type.equals("overlay")) {
      return OVERLAY;
    }
    return type.startsWith("fuse.") || NUMBERED_ANEW_TYPES.contains(type) ? NUMBERED_ANEW : LASTING;
  }

  /** Of the file system of a directory. */
  static FileSystemTraits of(Path directory) throws IOException {
    return directory.getFileSystem().equals(FileSystems.getDefault())
        ? ofType(Files.getFileStore(directory).type())
        : LASTING;
  }
}
