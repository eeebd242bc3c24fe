package dev.lowtide;

import java.nio.file.Path;

/**
 * Thrown when a path cannot be what the caller means: empty, {@code link/.}, {@code ~} or a
 * variable not expanded.
 */
public final class InvalidPathNameException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * @param path what was given
   * @param problem what is wrong with it and what to write instead, to follow the path in a
   *     sentence
   */
  public InvalidPathNameException(Path path, String problem) {
    super("'" + Printable.of(path) + "' is not taken as a path: " + problem);
  }
}
