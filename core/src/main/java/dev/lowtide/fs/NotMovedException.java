package dev.lowtide.fs;

import java.io.IOException;

/** Thrown where something cannot be moved into a quarantine; it is where it was, and as it was. */
public final class NotMovedException extends IOException {
  private static final long serialVersionUID = 1L;

  public NotMovedException(String message, IOException cause) {
    super(message, cause);
  }
}
