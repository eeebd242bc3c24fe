package dev.lowtide;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses and formats durations for people: {@code 7d}, {@code 36h}, {@code 2 weeks}. */
public final class Durations {
  private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,8})\\s*([a-z]+)");

  /** With a longer duration, the instant that long ago may be out of range. */
  private static final Duration MAX_DURATION = Duration.ofDays(Integer.MAX_VALUE);

  private Durations() {}

  /**
   * Reads {@code 100ms}, {@code 90s}, {@code 15min}, {@code 36h}, {@code 7d}, {@code 2 weeks} or
   * ISO 8601 such as {@code P7D} and {@code PT36H}.
   *
   * @throws IllegalArgumentException if the text is not a duration; the message is a sentence for
   *     the user
   */
  public static Duration parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    Matcher matcher = SYNTAX.matcher(lower);
    if (matcher.matches()) {
      long count = Long.parseLong(matcher.group(1));
      switch (matcher.group(2)) {
        case "ms" -> {
          return Duration.ofMillis(count);
        }
        case "s", "sec", "second", "seconds" -> {
          return Duration.ofSeconds(count);
        }
        case "min", "minute", "minutes" -> {
          return Duration.ofMinutes(count);
        }
        case "h", "hour", "hours" -> {
          return Duration.ofHours(count);
        }
        case "d", "day", "days" -> {
          return Duration.ofDays(count);
        }
        case "w", "week", "weeks" -> {
          return Duration.ofDays(Math.multiplyExact(7, count));
        }
        default -> {}
      }
    } else if (lower.startsWith("p")) {
      try {
        Duration duration = Duration.parse(lower);
        if (!duration.isNegative() && duration.compareTo(MAX_DURATION) <= 0) {
          return duration;
        }
      } catch (DateTimeParseException e) {
        // the message below says what is accepted
      }
    }
    throw new IllegalArgumentException(
        "'"
            + Printable.of(text)
            + "' is not a duration; write for example 7d, 36h, 2 weeks or P7D");
  }

  /**
   * The largest unit that is not zero and, if it is not zero, the next smaller one; the rest is cut
   * off: {@code 41 d 3 h}, {@code 2 min 5 s}, {@code 1 d}, {@code 0 s}.
   */
  public static String format(Duration duration) {
    long seconds = duration.abs().toSeconds();
    long[] sizes = {86_400, 3_600, 60, 1};
    String[] names = {"d", "h", "min", "s"};
    StringBuilder text = new StringBuilder(duration.isNegative() ? "-" : "");
    int first = 0;
    while (first < 3 && seconds < sizes[first]) {
      first++;
    }
    text.append(seconds / sizes[first]).append(' ').append(names[first]);
    long rest = seconds % sizes[first];
    if (first < 3 && rest >= sizes[first + 1]) {
      text.append(' ').append(rest / sizes[first + 1]).append(' ').append(names[first + 1]);
    }
    return text.toString();
  }
}
