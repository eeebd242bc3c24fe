package dev.lowtide.plan;

/**
 * Thrown when a text is not a plan that this library can read; the message says what is wrong and
 * where.
 */
public final class PlanFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PlanFormatException(String message) {
    super(message);
  }

  PlanFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
