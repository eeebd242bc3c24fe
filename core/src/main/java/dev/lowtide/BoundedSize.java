package dev.lowtide;

import com.google.common.math.LongMath;
import java.util.Arrays;

/**
 * A number of bytes, and how exact that number is.
 *
 * @param bytes 0 or more
 * @param bound how it relates to the true number
 */
public record BoundedSize(long bytes, Bound bound) {
  /** How a number relates to the true one. */
  public enum Bound {
    /** The two numbers differ by at most one percent. */
    EXACT("", "exact"),
    /** The true number is not larger. */
    AT_MOST("at most ", "at most"),
    /** The true number is not smaller. */
    AT_LEAST("at least ", "at least"),
    /** The true number may be larger or smaller. */
    ESTIMATE("~", "about");

    private final String prefix;
    private final String word;

    Bound(String prefix, String word) {
      this.prefix = prefix;
      this.word = word;
    }

    /**
     * The bound with this {@link #word}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Bound of(String word) {
      return Arrays.stream(values())
          .filter(bound -> bound.word.equals(word))
          .findFirst()
          .orElseThrow(
              () -> new IllegalArgumentException("There is no bound '" + Printable.of(word) + "'"));
    }

    /** The name in JSON: {@code exact}, {@code at most}, {@code at least} or {@code about}. */
    public String word() {
      return word;
    }

    /**
     * The text before the number in messages, such as {@code "at most "}; empty for an exact
     * number.
     */
    public String prefix() {
      return prefix;
    }

    /** The bound of a sum of two numbers. */
    public Bound and(Bound other) {
      if (this == other || other == EXACT) {
        return this;
      }
      return this == EXACT ? other : ESTIMATE;
    }
  }

  /** Numbers that differ by at most one part in this many are treated as equal. */
  private static final int TOLERANCE = 100;

  /** No bytes. */
  public static final BoundedSize ZERO = exactly(0);

  /** An exact number. */
  public static BoundedSize exactly(long bytes) {
    return new BoundedSize(bytes, Bound.EXACT);
  }

  /** The larger of two limits as an upper bound; it is exact if the smaller one is nearly equal. */
  public static BoundedSize between(long least, long most) {
    return new BoundedSize(most, most - least <= most / TOLERANCE ? Bound.EXACT : Bound.AT_MOST);
  }

  /** Whether the number differs from the true one by at most one percent. */
  public boolean isExact() {
    return bound == Bound.EXACT;
  }

  /** This number, with its own bound and another one combined. */
  public BoundedSize with(Bound another) {
    return new BoundedSize(bytes, bound.and(another));
  }

  /** The sum. */
  public BoundedSize plus(BoundedSize other) {
    return new BoundedSize(LongMath.saturatedAdd(bytes, other.bytes), bound.and(other.bound));
  }

  /** The text for messages: {@code 1.5 GiB}, {@code at most 1.5 GiB}. */
  @Override
  public String toString() {
    return bound.prefix + new ByteSize(bytes);
  }
}
