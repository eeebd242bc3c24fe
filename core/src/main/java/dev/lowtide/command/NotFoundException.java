package dev.lowtide.command;

import dev.lowtide.Printable;
import java.io.IOException;

/** Thrown if a program is not on {@code PATH}, or only in directories that are not trusted. */
final class NotFoundException extends IOException {
  private static final long serialVersionUID = 1L;

  NotFoundException(String executable) {
    super(
        "'"
            + Printable.of(executable)
            + "' was not found in PATH; entries that are relative, that are cleaned, or to which"
            + " other users can write are not searched");
  }
}
