package dev.lowtide.examples.cli;

import dev.lowtide.Printable;
import java.io.IOException;

/** Thrown where a command that the user named cannot be started. */
final class NotStartedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** As shells have it: the program was not found. */
  private static final int NOT_FOUND = 127;

  /** As shells have it: it was found and cannot be run. */
  private static final int NOT_EXECUTABLE = 126;

  private final int exit;

  NotStartedException(String program, IOException cause) {
    super("'" + Printable.of(program) + "' cannot be run: " + cause.getMessage(), cause);
    // ENOENT, as ProcessBuilder tells it
    exit = String.valueOf(cause.getMessage()).contains("error=2,") ? NOT_FOUND : NOT_EXECUTABLE;
  }

  /** The exit code for it. */
  int exit() {
    return exit;
  }
}
