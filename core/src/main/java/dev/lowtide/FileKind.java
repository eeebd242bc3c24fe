package dev.lowtide;

/**
 * What kind of thing a name in a directory stands for; a symbolic link is itself, never what it
 * leads to.
 */
public enum FileKind {
  REGULAR,
  DIRECTORY,
  SYMLINK,
  /**
   * A directory on which something else is mounted, or which belongs to another device. It is never
   * entered.
   */
  MOUNT,
  /** A FIFO, a socket or a device. */
  OTHER
}
