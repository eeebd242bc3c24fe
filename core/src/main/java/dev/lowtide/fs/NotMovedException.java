package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Thrown when a tree cannot be moved into a quarantine; the tree is unchanged at its path. */
public final class NotMovedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Less than the space that a directory, its lock and a record need on any file system. */
  private static final long FULL = 64 * 1024;

  private final boolean diskFull;

  /**
   * @param cause the cause
   * @param place the destination directory, or the one that would contain it
   */
  NotMovedException(String message, IOException cause, Path place) {
    super(message, cause);
    this.diskFull = isFull(cause, place);
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
  private static boolean isFull(IOException cause, Path place) {
    String reason =
        String.valueOf(cause instanceof FileSystemException e ? e.getReason() : cause.getMessage());
    if (reason.contains("o space left on ") || reason.contains("isk quota exceeded")) {
      return true;
    }
    try {
      return Files.getFileStore(place).getUsableSpace() < FULL;
    } catch (IOException e) {
      return false;
    }
  }
}
