package dev.lowtide;

import java.util.LinkedHashMap;
import java.util.Map;

/** The locale in which a launcher starts the JVM. */
final class LauncherLocale {
  /** Set by examples/bin/launch.sh. */
  private static final String LOCALE_OF_USER = "LOWTIDE_LOCALE_OF_USER";

  private LauncherLocale() {}

  /**
   * Restores the variables that the user has set. The launchers start the JVM in a locale in which
   * it can read all names, and store the former setting in this variable: {@code LC_ALL=C}, or
   * {@code LC_CTYPE=} if that was not set.
   */
  static Map<String, String> undoneIn(Map<String, String> variables) {
    String note = variables.get(LOCALE_OF_USER);
    if (note == null) {
      return variables;
    }
    Map<String, String> users = new LinkedHashMap<>(variables);
    users.remove(LOCALE_OF_USER);
    int end = note.indexOf('=');
    if (end > 0) {
      if (end == note.length() - 1) {
        users.remove(note.substring(0, end));
      } else {
        users.put(note.substring(0, end), note.substring(end + 1));
      }
    }
    return users;
  }
}
