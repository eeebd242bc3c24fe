package dev.lowtide.command;

import dev.lowtide.Printable;
import java.io.IOException;

/** Thrown where a program is not on {@code PATH}, or only where anybody could have put it. */
final class NotFoundException extends IOException {
  private static final long serialVersionUID = 1L;

  NotFoundException(String executable) {
    super(
        "'"
            + Printable.of(executable)
            + "' is in no directory of PATH that is absolute, lies outside of what is cleaned and"
            + " that only you and root can write to");
  }
}
