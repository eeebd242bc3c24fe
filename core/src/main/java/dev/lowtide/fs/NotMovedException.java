package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Thrown where something cannot be moved into a quarantine; it is where it was, and as it was. */
public final class NotMovedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Less than what a directory, its lock and a record take on any file system. */
  private static final long FULL = 64 * 1024;

  private final boolean diskFull;

  /**
   * @param cause why
   * @param place the directory to move it into, or the one that would hold it
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
   * ENOSPC and EDQUOT, as the native layer and the C locale of strerror(3) spell them; the JDK
   * keeps no number, and in another language what is left must tell.
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
