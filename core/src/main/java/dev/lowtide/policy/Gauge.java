package dev.lowtide.policy;

import static java.util.stream.Collectors.joining;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Collection;
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

  /**
   * What a {@link Gauge} ought to read, such as {@code sccache.hit-rate>=85%}.
   *
   * <p>Immutable and as safe for use by many threads as its gauge.
   *
   * @param limit what it is compared with, in the gauge's unit
   */
  public record Budget(Gauge gauge, Relation relation, double limit) {

    /** How a reading is to compare with the limit. */
    public enum Relation {
      AT_LEAST(">="),
      AT_MOST("<="),
      ABOVE(">"),
      BELOW("<");

      private final String symbol;

      Relation(String symbol) {
        this.symbol = symbol;
      }

      /** As it is written. */
      public String symbol() {
        return symbol;
      }

      boolean holds(double value, double limit) {
        return switch (this) {
          case AT_LEAST -> value >= limit;
          case AT_MOST -> value <= limit;
          case ABOVE -> value > limit;
          case BELOW -> value < limit;
        };
      }
    }

    private static final Pattern FORM = Pattern.compile("([^<>=]*)(>=|<=|>|<)([^<>=]*)");

    /**
     * Reads a gauge's name, a relation and a limit, such as {@code sccache.size < 10 GiB}.
     *
     * @param gauges those that there are
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static Budget parse(String text, Collection<Gauge> gauges) {
      Matcher matcher = FORM.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "'"
                + Printable.of(text)
                + "' is not a budget; write a name, one of >=, <=, > and <, and a limit");
      }
      String name = matcher.group(1).strip();
      Gauge gauge =
          gauges.stream()
              .filter(each -> each.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "Nothing is known of '"
                              + Printable.of(name)
                              + "'; there are "
                              + gauges.stream().map(Gauge::name).sorted().collect(joining(", "))));
      Relation relation =
          Arrays.stream(Relation.values())
              .filter(each -> each.symbol().equals(matcher.group(2)))
              .findFirst()
              .orElseThrow();
      return of(gauge, relation, matcher.group(3).strip());
    }

    /**
     * With a limit as people write it.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static Budget of(Gauge gauge, Relation relation, String limit) {
      return new Budget(gauge, relation, gauge.unit().parse(limit));
    }

    /** Reads the gauge, and compares. */
    public Result check(Examination examination) {
      return new Result(this, gauge.read(examination));
    }

    @Override
    public String toString() {
      return gauge.name() + " " + bound();
    }

    private String bound() {
      return relation.symbol() + " " + gauge.unit().format(limit);
    }

    /**
     * What came of it.
     *
     * @param reading what the gauge read; empty if nothing told it
     */
    public record Result(Budget budget, Optional<Gauge.Reading> reading) {

      /** Whether it is as it ought to be, which nobody knows where nothing tells it. */
      public boolean holds() {
        return reading
            .filter(
                read ->
                    read.value().isEmpty()
                        || budget.relation.holds(read.value().getAsDouble(), budget.limit))
            .isPresent();
      }

      /** The reading beside the limit, as a phrase. */
      public String explain() {
        if (reading.isEmpty()) {
          return "not available here: " + budget.gauge.description();
        } else if (reading.get().value().isEmpty()) {
          return "nothing measured yet: " + reading.get().words();
        }
        return reading.get().bound().prefix()
            + budget.gauge.unit().format(reading.get().value().getAsDouble())
            + (holds() ? ", as " : ", not ")
            + budget.bound()
            + ": "
            + reading.get().words();
      }
    }
  }
}
