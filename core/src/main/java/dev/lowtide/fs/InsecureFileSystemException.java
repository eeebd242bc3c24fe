package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Thrown if the file system has no way to delete that is safe when someone replaces a directory
 * during the deletion.
 */
public final class InsecureFileSystemException extends IOException {
  private static final long serialVersionUID = 1L;

  InsecureFileSystemException(Path path) {
    super(
        "The file system of "
            + path
            + " cannot delete relative to an open directory, so another program could replace a"
            + " directory meanwhile; allow insecure deletion if no other program writes there");
  }
}
