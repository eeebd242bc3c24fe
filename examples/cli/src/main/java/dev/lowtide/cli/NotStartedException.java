package dev.lowtide.cli;

import dev.lowtide.Printable;
import java.io.IOException;
import java.util.regex.Pattern;

/** Thrown if the user's command cannot be started. */
final class NotStartedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The exit code of shells for a program that was not found. */
  private static final int NOT_FOUND = 127;

  /** The exit code of shells for a program that cannot be executed. */
  private static final int NOT_EXECUTABLE = 126;

  /** ENOENT in the messages of ProcessBuilder: in JDK 17 the first form, in JDK 25 the second. */
  private static final Pattern NO_SUCH_FILE = Pattern.compile("error=2,|error: 2 ");

  private final int exit;

  NotStartedException(String program, IOException cause) {
    super("'" + Printable.of(program) + "' cannot be run: " + cause.getMessage(), cause);
    exit =
        NO_SUCH_FILE.matcher(String.valueOf(cause.getMessage())).find()
            ? NOT_FOUND
            : NOT_EXECUTABLE;
  }

  /** The exit code for it. */
  int exit() {
    return exit;
  }
}
