package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Thrown when a tree cannot be moved into a quarantine; the tree is unchanged at its path. */
public final class NotMovedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With less free space than this, the disk counts as full. */
  private static final long MIN_FREE_BYTES = 64 * 1024;

  private final boolean diskFull;

  /**
   * @param cause the failure of the move
   * @param destination the destination directory, or its parent if it does not exist
   */
  NotMovedException(String message, IOException cause, Path destination) {
    super(message, cause);
    this.diskFull = isFull(cause, destination);
  }

  /** Whether it could not be moved because there is no space, or no inode, left. */
  public boolean isDiskFull() {
    return diskFull;
  }

  /**
   * Whether the cause is ENOSPC or EDQUOT, by the messages of the native layer and of strerror(3)
   * in the C locale. The JDK does not keep the error number; if the message is in another language,
   * the free space decides.
   */
  private static boolean isFull(IOException cause, Path destination) {
    String reason =
        String.valueOf(cause instanceof FileSystemException e ? e.getReason() : cause.getMessage());
    if (reason.contains("o space left on ") || reason.contains("isk quota exceeded")) {
      return true;
    }
    try {
      return Files.getFileStore(destination).getUsableSpace() < MIN_FREE_BYTES;
    } catch (IOException e) {
      return false;
    }
  }
}
