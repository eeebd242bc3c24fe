package dev.lowtide.shared;

import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlInvalidTypeException;

/**
 * Checks whether a text can safely be given to a TOML parser. The parsers for Java recurse for each
 * level of arrays and tables, so that a line of brackets overflows the stack; and the time that
 * tomlj needs grows with the cube of the number of consecutive empty lines: three seconds for 800.
 */
public final class TomlBounds {
  /** Deeper than any tool's settings; a parser takes some kilobytes of stack for each level. */
  private static final int MAX_DEPTH = 32;

  /** More dots than the key of any tool has; each makes a table in a table. */
  private static final int MAX_DOTS = 32;

  /**
   * The maximum sum of the cubes of the numbers of consecutive empty lines: that of about 300 such
   * lines, which take a fraction of a second.
   */
  private static final long MAX_EMPTY_LINES = 300L * 300 * 300;

  private TomlBounds() {}

  /** Whether a text stays within the limits of nesting, of dots in a key and of empty lines. */
  public static boolean hold(String text) {
    int depth = 0;
    int dots = 0;
    long empty = 0;
    long cubes = 0;
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        empty++; // a line with only a comment counts as empty
        cubes += 3 * empty * empty; // about the difference from the cube of one line less
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

  /**
   * The value at a key of a tool's settings, such as {@code build.target-dir}. Empty if the key is
   * missing, its value is of another type, a parent is no table, or the text exceeds the limits.
   */
  public static <T> Optional<T> value(String text, String key, Class<T> type) {
    try {
      return hold(text)
          ? Optional.ofNullable(Toml.parse(text).get(key)).filter(type::isInstance).map(type::cast)
          : Optional.empty();
    } catch (TomlInvalidTypeException e) {
      return Optional.empty();
    }
  }

  /** The last character of a line; the line break after it is still to be counted. */
  private static int lineEnd(String text, int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end - 1;
  }

  /** The last character of a string that begins with one or three quotes. */
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
        return at; // not a valid TOML string, which the parser will report
      }
    }
    return text.length();
  }
}
