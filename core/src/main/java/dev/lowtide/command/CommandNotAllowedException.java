package dev.lowtide.command;

import dev.lowtide.Printable;
import java.io.IOException;

/** Thrown instead of running an executable that is not on the list of those that may be run. */
public final class CommandNotAllowedException extends IOException {
  private static final long serialVersionUID = 1L;

  CommandNotAllowedException(String executable) {
    super("'" + Printable.of(executable) + "' is not an allowed command");
  }
}
