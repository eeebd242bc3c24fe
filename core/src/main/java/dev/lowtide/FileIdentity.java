package dev.lowtide;

/**
 * Distinguishes a file from another one that has taken its name.
 *
 * <p>A device and an inode alone do not suffice: ext4 almost always gives the inode of a deleted
 * directory to the next one. The time of the last status change makes the difference, since no
 * program can set it. It also changes with the permissions, the number of links and, for a
 * directory, the names in it; so an equal identity means "the same file, unchanged".
 *
 * @param kind the kind of file
 * @param device the device, as {@code st_dev}; 0 if the file system does not report it
 * @param inode the inode, as {@code st_ino}, or the file system's substitute for it
 * @param changedNanos {@code st_ctime} in nanoseconds since 1970, or the modification time if the
 *     file system has no such time
 * @param bornNanos when the file was created, as {@code stx_btime} of statx(2) in nanoseconds since
 *     1970; 0 if that is unknown
 */
public record FileIdentity(
    FileKind kind, long device, long inode, long changedNanos, long bornNanos) {

  /** The identity of a file whose creation time is unknown. */
  public FileIdentity(FileKind kind, long device, long inode, long changedNanos) {
    this(kind, device, inode, changedNanos, 0);
  }

  /**
   * Whether this is the same file, even if its status has changed, for example by a rename or a
   * removal inside it. The creation times are compared if both are known.
   */
  public boolean isSameFile(FileIdentity other) {
    return kind == other.kind
        && device == other.device
        && inode == other.inode
        && (bornNanos == 0 || other.bornNanos == 0 || bornNanos == other.bornNanos);
  }
}
