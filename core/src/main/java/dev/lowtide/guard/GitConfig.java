package dev.lowtide.guard;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The settings in one Git configuration file, in the syntax of git-config(1), Git 2.39.
 *
 * <p>Included files are not read: Git itself reads the settings that define a repository, such as
 * {@code core.worktree} and {@code extensions.*}, only from the repository's own file.
 */
final class GitConfig {
  private final Map<String, String> values = new HashMap<>();
  private final String text;
  private int position;

  private GitConfig(String text) {
    this.text = text;
  }

  /**
   * @throws IOException if the text is not a Git configuration
   */
  static GitConfig parse(String text) throws IOException {
    GitConfig config = new GitConfig(text.replace("\r\n", "\n"));
    config.parse();
    return config;
  }

  /**
   * The last value of a setting; {@code true} if there is a name without an equals sign.
   *
   * @param name section and key in lower case, such as {@code core.worktree}; a subsection between
   *     them as it is written
   */
  Optional<String> value(String name) {
    return Optional.ofNullable(values.get(name));
  }

  boolean isTrue(String name) {
    return value(name)
        .map(Ascii::toLowerCase)
        .filter(
            value ->
                value.equals("true")
                    || value.equals("yes")
                    || value.equals("on")
                    || value.matches("0*[1-9][0-9]*"))
        .isPresent();
  }

  private void parse() throws IOException {
    String section = "";
    while (position < text.length()) {
      char c = text.charAt(position);
      if (Character.isWhitespace(c) || c == '\ufeff') {
        position++;
      } else if (c == '#' || c == ';') {
        skipLine();
      } else if (c == '[') {
        section = section();
      } else {
        String key = Ascii.toLowerCase(word());
        skipBlanks();
        values.put(
            section + "." + key,
            position < text.length() && text.charAt(position) == '=' ? valueAfterEquals() : "true");
      }
    }
  }

  /** Reads a section header: {@code [remote "origin"]} becomes {@code remote.origin}. */
  private String section() throws IOException {
    StringBuilder name = new StringBuilder();
    boolean quoted = false;
    for (position++; position < text.length() && text.charAt(position) != '\n'; position++) {
      char c = text.charAt(position);
      if (c == ']' && !quoted) {
        position++;
        return name.toString();
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted && position + 1 < text.length()) {
        name.append(text.charAt(++position));
      } else if (quoted) {
        name.append(c);
      } else {
        name.append(Character.isWhitespace(c) ? '.' : Ascii.toLowerCase(c));
      }
    }
    throw new IOException(
        "The section header in line " + line(position) + " has no closing bracket");
  }

  private String word() throws IOException {
    int start = position;
    while (position < text.length() && isWordPart(text.charAt(position))) {
      position++;
    }
    if (start == position) {
      throw new IOException("Line " + line(position) + " is not a setting");
    }
    return text.substring(start, position);
  }

  private static boolean isWordPart(char c) {
    return c == '-' || (c < 128 && Character.isLetterOrDigit(c));
  }

  /** The value after an equals sign. */
  private String valueAfterEquals() throws IOException {
    int start = position;
    position++;
    skipBlanks();
    StringBuilder value = new StringBuilder();
    int end = 0; // the length without trailing blanks, which are not part of the value
    boolean quoted = false;
    for (; position < text.length() && (quoted || text.charAt(position) != '\n'); position++) {
      char c = text.charAt(position);
      if (c == '"') {
        quoted = !quoted;
        end = value.length();
      } else if (c == '\\') {
        if (++position < text.length() && text.charAt(position) == '\n') {
          continue;
        }
        value.append(unescaped());
        end = value.length();
      } else if (!quoted && (c == '#' || c == ';')) {
        skipLine();
        break;
      } else {
        value.append(c);
        end = quoted || !Character.isWhitespace(c) ? value.length() : end;
      }
    }
    if (quoted) {
      throw new IOException("The value in line " + line(start) + " has no closing quotation mark");
    }
    return value.substring(0, end);
  }

  private char unescaped() throws IOException {
    char c = position < text.length() ? text.charAt(position) : '\0';
    return switch (c) {
      case '"', '\\' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'b' -> '\b';
      default -> throw new IOException("An escape in line " + line(position) + " is unknown");
    };
  }

  private void skipBlanks() {
    while (position < text.length()
        && (text.charAt(position) == ' ' || text.charAt(position) == '\t')) {
      position++;
    }
  }

  private void skipLine() {
    while (position < text.length() && text.charAt(position) != '\n') {
      position++;
    }
  }

  /** The number of a line, for messages. */
  private long line(int at) {
    return 1 + text.substring(0, at).chars().filter(c -> c == '\n').count();
  }
}
