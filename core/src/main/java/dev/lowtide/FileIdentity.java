package dev.lowtide;

/**
 * Tells one file from another that has taken its name.
 *
 * <p>A device and an inode alone do not: ext4 hands the inode of a deleted directory to the next
 * one in almost every case. The time of the last status change settles it, since it cannot be set
 * by a program; it also moves when permissions, links or, for a directory, names change, so an
 * equal identity means "the same and as it was".
 *
 * @param kind what it is
 * @param device the device, as {@code st_dev}; 0 where the file system does not tell
 * @param inode the inode, as {@code st_ino}, or what the file system has in its place
 * @param changedNanos {@code st_ctime} in nanoseconds since 1970, or the modification time where
 *     there is none
 * @param bornNanos when it was made, as {@code stx_btime} of statx(2) in nanoseconds since 1970; 0
 *     where that is not told
 */
public record FileIdentity(
    FileKind kind, long device, long inode, long changedNanos, long bornNanos) {

  /** The identity of a file whose time of birth is not told. */
  public FileIdentity(FileKind kind, long device, long inode, long changedNanos) {
    this(kind, device, inode, changedNanos, 0);
  }

  /**
   * Whether this is the same file, even if its status has changed, as a rename or a removal within
   * changes it. The time of birth counts where both tell it.
   */
  public boolean isSameFile(FileIdentity other) {
    return kind == other.kind
        && device == other.device
        && inode == other.inode
        && (bornNanos == 0 || other.bornNanos == 0 || bornNanos == other.bornNanos);
  }
}
