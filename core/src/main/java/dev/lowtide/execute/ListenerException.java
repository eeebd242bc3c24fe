package dev.lowtide.execute;

import dev.lowtide.CleanupListener;

/**
 * Wraps an exception of a listener, so that code which handles the failure of one item does not
 * catch it.
 */
final class ListenerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RuntimeException thrown;

  private ListenerException(RuntimeException thrown) {
    super(thrown);
    this.thrown = thrown;
  }

  /** The exception that the listener threw. */
  RuntimeException thrown() {
    return thrown;
  }

  /** A listener whose exceptions are wrapped, so that they differ from all others. */
  static CleanupListener wrapExceptions(CleanupListener listener) {
    return event -> {
      try {
        listener.on(event);
      } catch (RuntimeException e) {
        throw new ListenerException(e);
      }
    };
  }
}
