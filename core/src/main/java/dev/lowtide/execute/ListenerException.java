package dev.lowtide.execute;

import dev.lowtide.CleanupListener;

/** Carries what a listener threw past all code that handles what is wrong with one item. */
final class ListenerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RuntimeException thrown;

  private ListenerException(RuntimeException thrown) {
    super(thrown);
    this.thrown = thrown;
  }

  /** What the listener threw. */
  RuntimeException thrown() {
    return thrown;
  }

  /** A listener whose exceptions are told from all others. */
  static CleanupListener marking(CleanupListener listener) {
    return event -> {
      try {
        listener.on(event);
      } catch (RuntimeException e) {
        throw new ListenerException(e);
      }
    };
  }
}
