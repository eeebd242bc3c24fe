package dev.lowtide;

import com.google.common.math.LongMath;
import java.util.Arrays;

/**
 * A number of bytes with what is known about how exact it is.
 *
 * @param bytes 0 or more
 * @param bound how it relates to the true number
 */
public record BoundedSize(long bytes, Bound bound) {
  /** How a number relates to the true one. */
  public enum Bound {
    /** The same, but for one part in a hundred. */
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
     * The bound of that {@link #word}.
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

    /** As JSON has it: {@code exact}, {@code at most}, {@code at least} or {@code about}. */
    public String word() {
      return word;
    }

    /** What stands before the number, for people: {@code "at most "}, or nothing. */
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

  /** One part in so many is no difference worth a word. */
  private static final int TOLERANCE = 100;

  /** No bytes. */
  public static final BoundedSize ZERO = exactly(0);

  /** A number that is known. */
  public static BoundedSize exactly(long bytes) {
    return new BoundedSize(bytes, Bound.EXACT);
  }

  /** What lies between two numbers: the larger one, and exact if the smaller one is nearly it. */
  public static BoundedSize between(long least, long most) {
    return new BoundedSize(most, most - least <= most / TOLERANCE ? Bound.EXACT : Bound.AT_MOST);
  }

  /** Whether it is the true number, but for one part in a hundred. */
  public boolean isExact() {
    return bound == Bound.EXACT;
  }

  /** This number, known less well. */
  public BoundedSize with(Bound another) {
    return new BoundedSize(bytes, bound.and(another));
  }

  /** The sum. */
  public BoundedSize plus(BoundedSize other) {
    return new BoundedSize(LongMath.saturatedAdd(bytes, other.bytes), bound.and(other.bound));
  }

  /** For people: {@code 1.5 GiB}, {@code at most 1.5 GiB}. */
  @Override
  public String toString() {
    return bound.prefix + new ByteSize(bytes);
  }
}
