package dev.lowtide.examples.cli;

/** Thrown when the arguments, or a file that they name, cannot be what is meant: exit code 2. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line that says what to write instead
   */
  UsageException(String message) {
    super(message);
  }

  UsageException(Exception cause) {
    super(cause.getMessage(), cause);
  }
}
