package dev.lowtide.policy;

import static java.util.stream.Collectors.joining;

import dev.lowtide.Printable;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
