package dev.lowtide;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * An operation on a file or directory that failed.
 *
 * @param path the absolute path
 * @param operation the operation as a verb, for example {@code open}, {@code read} or {@code
 *     remove}
 * @param message the reason, usually as the file system reported it
 */
public record Problem(Path path, String operation, String message) {

  /**
   * Makes a problem from an exception. The path in the exception's message is left out, since it is
   * often only the file name.
   */
  public static Problem of(Path path, String operation, IOException cause) {
    return new Problem(path, operation, message(cause));
  }

  private static String message(IOException cause) {
    if (cause instanceof FileSystemException e && e.getReason() != null) {
      return e.getReason();
    } else if (cause instanceof AccessDeniedException) {
      return "permission denied";
    } else if (cause instanceof NoSuchFileException) {
      return "no such file or directory";
    } else if (cause instanceof DirectoryNotEmptyException) {
      return "directory not empty";
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  @Override
  public String toString() {
    return "cannot "
        + Printable.of(operation)
        + " "
        + Printable.of(path)
        + ": "
        + Printable.of(message);
  }
}
