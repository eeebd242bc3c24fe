package dev.lowtide.cli;

/** Thrown if the arguments are wrong: exit code 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line that says what to write instead
   */
  public UsageException(String message) {
    super(message);
  }

  /**
   * @param cause an exception whose message is such a line
   */
  public UsageException(Exception cause) {
    super(cause.getMessage(), cause);
  }
}
