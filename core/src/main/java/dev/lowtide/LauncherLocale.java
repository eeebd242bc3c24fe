package dev.lowtide;

import java.util.LinkedHashMap;
import java.util.Map;

/** The locale in which a launcher starts the JVM. */
final class LauncherLocale {
  /** Set by examples/bin/launch.sh. */
  private static final String LOCALE_OF_USER = "LOWTIDE_LOCALE_OF_USER";

  private LauncherLocale() {}

  /**
   * The variables as the user set them. The launchers start the JVM in a locale in which it can
   * read all names, and store the setting of the user in the variable {@value #LOCALE_OF_USER}: as
   * {@code LC_ALL=C}, or as {@code LC_CTYPE=} if it was not set.
   */
  static Map<String, String> withLocaleOfUser(Map<String, String> variables) {
    String setting = variables.get(LOCALE_OF_USER);
    if (setting == null) {
      return variables;
    }
    Map<String, String> restored = new LinkedHashMap<>(variables);
    restored.remove(LOCALE_OF_USER);
    int end = setting.indexOf('=');
    if (end > 0) {
      if (end == setting.length() - 1) {
        restored.remove(setting.substring(0, end));
      } else {
        restored.put(setting.substring(0, end), setting.substring(end + 1));
      }
    }
    return restored;
  }
}
