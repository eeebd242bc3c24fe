package dev.lowtide.plan;

import dev.lowtide.Printable;
import java.nio.file.Path;

/**
 * Thrown when a policy file says something that cannot be meant; the message names the file, the
 * line and what to write instead.
 */
public final class PolicyFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  PolicyFileException(Path file, int line, String problem) {
    super(Printable.of(file) + ":" + line + ": " + Printable.of(problem));
    this.line = line;
  }

  /** The line, counted from 1. */
  public int line() {
    return line;
  }
}
