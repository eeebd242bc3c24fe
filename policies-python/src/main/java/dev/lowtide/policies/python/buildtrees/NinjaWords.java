package dev.lowtide.policies.python.buildtrees;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Splits a {@code build} statement of ninja into words and replaces escapes and variables. */
final class NinjaWords {
  /** Separates outputs from inputs; a colon in a name is never a word of its own. */
  static final String COLON = ":";

  private NinjaWords() {}

  static List<String> of(String statement, Map<String, String> variables) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < statement.length(); i++) {
      char character = statement.charAt(i);
      if (character == '$' && i + 1 < statement.length()) {
        i = addEscaped(statement, i + 1, variables, word);
      } else if (character == ' ' || character == ':') {
        if (!word.isEmpty()) {
          words.add(word.toString());
          word.setLength(0);
        }
        if (character == ':') {
          words.add(COLON);
        }
      } else {
        word.append(character);
      }
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** Appends what an escape stands for, and returns the index of its last character. */
  private static int addEscaped(
      String text, int start, Map<String, String> variables, StringBuilder word) {
    char first = text.charAt(start);
    if (first == ' ' || first == ':' || first == '$') {
      word.append(first);
      return start;
    }
    int end = start;
    if (first == '{') {
      end = text.indexOf('}', start);
      if (end < 0) {
        return text.length();
      }
      word.append(variables.getOrDefault(text.substring(start + 1, end), ""));
      return end;
    }
    while (end < text.length()
        && (Character.isLetterOrDigit(text.charAt(end)) || "_-".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    word.append(variables.getOrDefault(text.substring(start, end), ""));
    return end - 1;
  }
}
