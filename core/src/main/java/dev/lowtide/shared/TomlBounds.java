package dev.lowtide.shared;

/**
 * Whether a text may be handed to a parser of TOML. Those of Java call themselves for each level of
 * arrays and tables, so that a line of brackets takes their stack; and tomlj takes a time that
 * grows with the cube of the number of empty lines in a row: three seconds for 800.
 */
public final class TomlBounds {
  /** Deeper than any tool's settings; a parser takes some kilobytes of stack for each level. */
  private static final int MAX_DEPTH = 32;

  /** No key of a tool has as many parts. */
  private static final int MAX_DOTS = 32;

  /** The sum of such cubes, and so some 300 lines in a row; a fraction of a second. */
  private static final long MAX_EMPTY_LINES = 300L * 300 * 300;

  private TomlBounds() {}

  /** Whether a text is nested so little, and has so few empty lines, that it can be parsed. */
  public static boolean hold(String text) {
    int depth = 0;
    int dots = 0;
    long empty = 0;
    long cubes = 0;
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        empty++; // a line of a comment only is one too
        cubes += 3 * empty * empty;
      } else if (c != '#' && !Character.isWhitespace(c)) {
        empty = 0;
      }
      switch (c) {
        case '#' -> at = lineEnd(text, at);
        case '"', '\'' -> at = textEnd(text, at, c);
        case '[', '{' -> depth++;
        case ']', '}' -> depth = Math.max(0, depth - 1);
        case '.' -> dots++;
        case '=', ',', '\n' -> dots = 0;
        default -> {
          // of no interest
        }
      }
      if (depth > MAX_DEPTH || dots > MAX_DOTS || cubes > MAX_EMPTY_LINES) {
        return false;
      }
      at++;
    }
    return true;
  }

  private static int lineEnd(String text, int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end - 1;
  }

  /** Where a text ends that begins with one or three quotes. */
  private static int textEnd(String text, int from, char quote) {
    String three = String.valueOf(quote).repeat(3);
    boolean lines = text.startsWith(three, from);
    for (int at = from + (lines ? 3 : 1); at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\\' && quote == '"') {
        at++;
      } else if (lines ? text.startsWith(three, at) : c == quote) {
        return lines ? at + 2 : at;
      } else if (!lines && c == '\n') {
        return at; // no text of TOML, and so an error of the parser
      }
    }
    return text.length();
  }
}
