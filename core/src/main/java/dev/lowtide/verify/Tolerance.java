package dev.lowtide.verify;

import dev.lowtide.ByteSize;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much more a place may take than before: a number of bytes, or a part of what it took.
 * Immutable.
 *
 * @param bytes so many bytes
 * @param percent so much of what the place took; if both are given, the larger counts
 */
public record Tolerance(ByteSize bytes, double percent) {
  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)\\s*%");

  /** Nothing more at all. */
  public static final Tolerance NONE = new Tolerance(ByteSize.ZERO, 0);

  public Tolerance {
    if (bytes.bytes() < 0 || !(percent >= 0)) {
      throw new IllegalArgumentException("A tolerance is not negative");
    }
  }

  /** So many bytes. */
  public static Tolerance of(ByteSize bytes) {
    return new Tolerance(bytes, 0);
  }

  /** So much of what the place took: 5 is a twentieth. */
  public static Tolerance percent(double percent) {
    return new Tolerance(ByteSize.ZERO, percent);
  }

  /**
   * Reads a size as {@link ByteSize#parse} does, or {@code 5%}.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  public static Tolerance parse(String text) {
    Matcher matcher = PERCENT.matcher(text.strip());
    if (matcher.matches()) {
      return percent(Double.parseDouble(matcher.group(1)));
    }
    return of(ByteSize.parse(text));
  }

  /** How many more bytes a place may take that took so many. */
  public long above(long before) {
    return Math.max(bytes.bytes(), (long) (before * (percent / 100)));
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return percent > 0
        ? String.format(Locale.ROOT, "%s%%", percent).replace(".0%", "%")
        : bytes.toString();
  }
}
