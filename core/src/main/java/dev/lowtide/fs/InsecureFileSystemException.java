package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Thrown if deleting on the file system would not be safe: someone could replace a directory during
 * the deletion.
 */
public final class InsecureFileSystemException extends IOException {
  private static final long serialVersionUID = 1L;

  InsecureFileSystemException(Path path) {
    super(
        "The file system of "
            + path
            + " cannot delete relative to an open directory, so another program could replace a"
            + " directory during the deletion; allow insecure deletion if no other program writes"
            + " there");
  }
}
