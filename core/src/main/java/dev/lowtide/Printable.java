package dev.lowtide;

import java.nio.file.Path;

/**
 * Names made safe to show: whatever could move a terminal's cursor, forge a line of a report or
 * turn the direction of the text is written as an escape. Two different names may look the same;
 * use {@link #uri} to refer to a file.
 */
public final class Printable {
  private Printable() {}

  /** The path as one harmless line. */
  public static String of(Path path) {
    return of(path.toString());
  }

  /** The text as one harmless line. */
  public static String of(String text) {
    if (text.codePoints().noneMatch(Printable::needsEscape)) {
      return text;
    }
    StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> append(safe, c));
    return safe.toString();
  }

  /**
   * The path as a URI, true to the byte. {@link Path#toUri} ends it with a slash if there is a
   * directory now; this one stays the same when that is gone.
   */
  public static String uri(Path path) {
    String uri = path.toUri().toString();
    return path.getNameCount() > 0 && uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
  }

  private static void append(StringBuilder safe, int c) {
    switch (c) {
      case '\n' -> safe.append("\\n");
      case '\r' -> safe.append("\\r");
      case '\t' -> safe.append("\\t");
      default -> {
        if (needsEscape(c)) {
          safe.append(String.format(c <= 0xFFFF ? "\\u%04x" : "\\U%08x", c));
        } else {
          safe.appendCodePoint(c);
        }
      }
    }
  }

  /**
   * Control, format (which includes the bidirectional overrides), line and paragraph separators,
   * lone surrogates.
   */
  private static boolean needsEscape(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
