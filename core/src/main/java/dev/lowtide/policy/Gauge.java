package dev.lowtide.policy;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number by which a tool of the machine tells how it is doing, such as the hit rate of a
 * compiler's cache; what it ought to be is a {@link Budget}.
 *
 * <p>Safe for use by many threads, as long as its source is.
 *
 * @param name the tool and what it tells, such as {@code sccache.hit-rate}; unique, and stable,
 *     since people write it down
 * @param unit what is counted
 * @param description what it tells and who has to be there to tell it, as a phrase
 * @param source reads it; empty if nothing tells it now
 */
public record Gauge(
    String name, Unit unit, String description, Function<Examination, Optional<Reading>> source) {

  /**
   * What was read.
   *
   * @param value the number, of a percentage 0 to 1; empty if there was nothing yet to count, so
   *     that no limit is broken
   * @param bound how the number relates to the true one
   * @param words how it came to be, as a phrase: "8 of 10 results came from the cache"
   */
  public record Reading(OptionalDouble value, Bound bound, String words) {
    public static Reading of(double value, String words) {
      return new Reading(OptionalDouble.of(value), Bound.EXACT, words);
    }

    /** A number of bytes that may be known less well. */
    public static Reading of(BoundedSize size, String words) {
      return new Reading(OptionalDouble.of((double) size.bytes()), size.bound(), words);
    }

    /** There was nothing yet to count. */
    public static Reading idle(String words) {
      return new Reading(OptionalDouble.empty(), Bound.EXACT, words);
    }
  }

  /** What is counted, and how people write it. */
  public enum Unit {
    /** A part of a whole, 0 to 1, written as {@code 85%}. */
    PERCENT {
      @Override
      double parse(String text) {
        Matcher matcher = PERCENTAGE.matcher(text);
        double percent = matcher.matches() ? Double.parseDouble(matcher.group(1)) : -1;
        if (percent < 0 || percent > 100) {
          throw new IllegalArgumentException(
              "'" + Printable.of(text) + "' is not a percentage; write for example 85%");
        }
        return BigDecimal.valueOf(percent).movePointLeft(2).doubleValue();
      }

      // Rounded down: 99.96 % are not 100
      @Override
      String format(double value) {
        return BigDecimal.valueOf(value).movePointRight(2).setScale(1, RoundingMode.DOWN) + " %";
      }
    },
    /** Written as sizes are everywhere. */
    BYTES {
      @Override
      double parse(String text) {
        return ByteSize.parse(text).bytes();
      }

      @Override
      String format(double value) {
        return ByteSize.bytes((long) value).toString();
      }
    },
    /** A whole number of things. */
    COUNT {
      @Override
      double parse(String text) {
        if (!text.matches("[0-9]{1,15}")) {
          throw new IllegalArgumentException("'" + Printable.of(text) + "' is not a whole number");
        }
        return Long.parseLong(text);
      }

      @Override
      String format(double value) {
        return Long.toString((long) value);
      }
    };

    private static final Pattern PERCENTAGE = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]+)?) ?%");

    /**
     * Reads what people write.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    abstract double parse(String text);

    abstract String format(double value);
  }

  /** What it is now; empty if nothing tells it. */
  public Optional<Reading> read(Examination examination) {
    return source.apply(examination);
  }
}
