package dev.lowtide;

/**
 * The kind of file that a name in a directory refers to. A symbolic link has its own kind, never
 * that of its target.
 */
public enum FileKind {
  REGULAR,
  DIRECTORY,
  SYMLINK,
  /**
   * A directory on which something else is mounted, or which belongs to another device. Lowtide
   * never enters it.
   */
  MOUNT,
  /** A FIFO, a socket or a device. */
  OTHER
}
