package dev.lowtide.examples.wheels;

/** Thrown when what was asked for cannot be what is meant, or is not there: exit code 2. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line that says what to write instead
   */
  UsageException(String message) {
    super(message);
  }
}
