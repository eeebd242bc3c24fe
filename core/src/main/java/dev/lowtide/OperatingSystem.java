package dev.lowtide;

import java.util.Locale;

/** The operating systems whose conventions Lowtide knows. */
public enum OperatingSystem {
  LINUX,
  MACOS,
  WINDOWS;

  /** The system that this program runs on; one that is not known counts as Linux. */
  static OperatingSystem current() {
    String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return name.startsWith("windows") ? WINDOWS : name.startsWith("mac") ? MACOS : LINUX;
  }
}
