package dev.lowtide.fs;

import java.io.IOException;

/**
 * Thrown when a quarantine belongs or may belong to another user, or another process is using it;
 * nothing was changed.
 */
public final class QuarantineRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  QuarantineRefusedException(String message) {
    super(message);
  }
}
