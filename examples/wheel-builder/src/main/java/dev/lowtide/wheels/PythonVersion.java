package dev.lowtide.wheels;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A feature version of Python, such as 3.12. */
record PythonVersion(int major, int minor) implements Comparable<PythonVersion> {
  private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,2})\\.([0-9]{1,3})");

  /** The default version. */
  static final PythonVersion DEFAULT = new PythonVersion(3, 12);

  /** The oldest version that is chosen by default. */
  static final PythonVersion OLDEST_DEFAULT = new PythonVersion(3, 9);

  /**
   * Parses versions and ranges separated by commas, such as {@code 3.12}, {@code 3.10,3.11} or
   * {@code 3.9,3.11-3.13}. Ranges include both ends.
   *
   * @return each version once, in the order in which they were named
   * @throws IllegalArgumentException with a message for the user
   */
  static List<PythonVersion> parseList(String text) {
    Set<PythonVersion> versions = new LinkedHashSet<>();
    for (String part : text.split(",", -1)) {
      String[] ends = part.strip().split("-", -1);
      PythonVersion first = parse(ends[0], text);
      PythonVersion last = parse(ends[ends.length - 1], text);
      if (ends.length > 2) {
        throw invalid(text, "a range has two ends");
      } else if (first.major != last.major) {
        throw invalid(text, "a range stays within one major version");
      } else if (first.compareTo(last) > 0) {
        throw invalid(text, "the range starts after its end; write " + last + "-" + first);
      }
      for (int minor = first.minor; minor <= last.minor; minor++) {
        versions.add(new PythonVersion(first.major, minor));
      }
    }
    return new ArrayList<>(versions);
  }

  private static PythonVersion parse(String version, String whole) {
    Matcher matcher = SYNTAX.matcher(version.strip());
    if (!matcher.matches()) {
      throw invalid(whole, "write for example 3.12, 3.10,3.11 or 3.10-3.13");
    }
    return new PythonVersion(
        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  private static IllegalArgumentException invalid(String text, String why) {
    return new IllegalArgumentException("'" + text + "' names no Python versions: " + why);
  }

  /** The tag in the names of wheels, such as {@code cp312}. */
  String tag() {
    return "cp" + major + minor;
  }

  @Override
  public int compareTo(PythonVersion other) {
    return Comparator.comparingInt(PythonVersion::major)
        .thenComparingInt(PythonVersion::minor)
        .compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
