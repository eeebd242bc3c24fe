package dev.lowtide;

import java.nio.file.Path;

/**
 * Makes names safe to show: characters that could move a terminal's cursor, forge a line of a
 * report or change the direction of the text are escaped. Two different names may look the same;
 * use {@link #uri} to refer to a file.
 */
public final class Printable {
  private Printable() {}

  /** The path as one line without unsafe characters. */
  public static String of(Path path) {
    return of(path.toString());
  }

  /** The text as one line without unsafe characters. */
  public static String of(String text) {
    if (text.codePoints().noneMatch(Printable::needsEscape)) {
      return text;
    }
    StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> append(safe, c));
    return safe.toString();
  }

  /**
   * The path as a URI that preserves each byte. Unlike {@link Path#toUri}, it never ends with a
   * slash for an existing directory, so it stays the same when the directory is removed.
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
