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
 * A metric that a tool of the machine reports, such as the hit rate of a compiler cache. A {@link
 * Budget} sets a limit for it.
 *
 * <p>Safe for use by many threads, if its source is.
 *
 * @param name the tool and the metric, such as {@code sccache.hit-rate}; unique and stable, since
 *     configurations refer to it
 * @param unit the unit of the number
 * @param description what it measures and which program must be available, as a phrase
 * @param source reads the current value; gives empty if there is none now
 */
public record Gauge(
    String name, Unit unit, String description, Function<Examination, Optional<Reading>> source) {

  /**
   * The value of a gauge at one time.
   *
   * @param value the number; 0 to 1 for a percentage; empty if there is nothing to count yet, and
   *     then no limit is violated
   * @param bound how the number relates to the true one
   * @param explanation how the value was obtained, as a phrase: "8 of 10 results came from the
   *     cache"
   */
  public record Reading(OptionalDouble value, Bound bound, String explanation) {
    public static Reading of(double value, String explanation) {
      return new Reading(OptionalDouble.of(value), Bound.EXACT, explanation);
    }

    /** A reading of a number of bytes, which may be inexact. */
    public static Reading of(BoundedSize size, String explanation) {
      return new Reading(OptionalDouble.of((double) size.bytes()), size.bound(), explanation);
    }

    /** A reading without a value, since there is nothing to count yet. */
    public static Reading idle(String explanation) {
      return new Reading(OptionalDouble.empty(), Bound.EXACT, explanation);
    }
  }

  /** The unit of a gauge, and its text form. */
  public enum Unit {
    /** A fraction from 0 to 1, written as {@code 85%}. */
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

      // Rounded down: 99.96 % must not be shown as 100 %
      @Override
      String format(double value) {
        return BigDecimal.valueOf(value).movePointRight(2).setScale(1, RoundingMode.DOWN) + " %";
      }
    },
    /** A number of bytes, written as a {@link dev.lowtide.ByteSize}. */
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
    /** A whole number. */
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
     * Parses a value in this unit.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    abstract double parse(String text);

    abstract String format(double value);
  }

  /** The current reading; empty if there is none now. */
  public Optional<Reading> read(Examination examination) {
    return source.apply(examination);
  }

  /**
   * A limit for a {@link Gauge}, such as {@code sccache.hit-rate>=85%}.
   *
   * <p>Immutable; safe for use by many threads if its gauge is.
   *
   * @param limit the number with which readings are compared, in the gauge's unit
   */
  public record Budget(Gauge gauge, Relation relation, double limit) {

    /** The relation that must hold between a reading and the limit. */
    public enum Relation {
      AT_LEAST(">="),
      AT_MOST("<="),
      ABOVE(">"),
      BELOW("<");

      private final String symbol;

      Relation(String symbol) {
        this.symbol = symbol;
      }

      /** The operator in text form. */
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

    private static final Pattern SYNTAX = Pattern.compile("([^<>=]*)(>=|<=|>|<)([^<>=]*)");

    /**
     * Reads a gauge's name, a relation and a limit, such as {@code sccache.size < 10 GiB}.
     *
     * @param gauges all available gauges
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static Budget parse(String text, Collection<Gauge> gauges) {
      Matcher matcher = SYNTAX.matcher(text);
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
                          "There is no gauge '"
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
     * Makes a budget with a limit in text form.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static Budget of(Gauge gauge, Relation relation, String limit) {
      return new Budget(gauge, relation, gauge.unit().parse(limit));
    }

    /** Reads the gauge and compares the reading with the limit. */
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
     * The result of checking a budget.
     *
     * @param reading the reading of the gauge; empty if there was none
     */
    public record Result(Budget budget, Optional<Gauge.Reading> reading) {

      /** Whether the reading meets the limit; false if there is no reading. */
      public boolean holds() {
        return reading
            .filter(
                read ->
                    read.value().isEmpty()
                        || budget.relation.holds(read.value().getAsDouble(), budget.limit))
            .isPresent();
      }

      /** The reading and the limit, as a phrase. */
      public String explain() {
        if (reading.isEmpty()) {
          return "not available here: " + budget.gauge.description();
        } else if (reading.get().value().isEmpty()) {
          return "nothing measured yet: " + reading.get().explanation();
        }
        return reading.get().bound().prefix()
            + budget.gauge.unit().format(reading.get().value().getAsDouble())
            + (holds() ? ", as " : ", not ")
            + budget.bound()
            + ": "
            + reading.get().explanation();
      }
    }
  }
}
