package dev.lowtide.fs;

import java.io.IOException;

/**
 * Thrown where a quarantine is, or may be, somebody else's, or another process is at work in it;
 * nothing was changed.
 */
public final class QuarantineRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  QuarantineRefusedException(String message) {
    super(message);
  }
}
