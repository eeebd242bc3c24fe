package dev.lowtide.policy;

import dev.lowtide.ByteSize;
import dev.lowtide.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * How much of what may go is kept all the same: by age, by use, by size. What is kept by none of
 * them goes.
 *
 * @param olderThan only what was last used longer ago than this may go
 * @param maxSize only as much may go, least recently used first, as brings the target down to this
 *     size
 * @param unusedSince only what was last used before this may go
 */
public record Retention(
    Optional<Duration> olderThan, Optional<ByteSize> maxSize, Optional<Instant> unusedSince) {
  /** Keeps nothing. */
  public static final Retention NONE = new Retention(Optional.empty(), Optional.empty());

  /** By age and by size, as far as they are there. */
  public Retention(Optional<Duration> olderThan, Optional<ByteSize> maxSize) {
    this(olderThan, maxSize, Optional.empty());
  }

  /** This, and nothing goes that was used within the duration. */
  public Retention olderThan(Duration duration) {
    return new Retention(Optional.of(duration), maxSize, unusedSince);
  }

  /** This, and nothing goes beyond what brings the target down to the size. */
  public Retention maxSize(ByteSize size) {
    return new Retention(olderThan, Optional.of(size), unusedSince);
  }

  /**
   * This, and nothing goes that was used since a time. That is exact for what policies {@linkplain
   * Policy#watched watch} and were told to watch at that time.
   */
  public Retention unusedSince(Instant time) {
    return new Retention(olderThan, maxSize, Optional.of(time));
  }

  /** Whether nothing is kept. */
  public boolean isNone() {
    return olderThan.isEmpty() && maxSize.isEmpty() && unusedSince.isEmpty();
  }

  /**
   * Selects what still goes, and says so in its reason.
   *
   * @param candidates disjoint, of one target
   * @param targetBytes what the target takes now
   * @param bytes what comes free with a candidate after those that it was asked about before; asked
   *     once about each that is selected, in the order in which they go
   */
  public List<Candidate> select(
      List<Candidate> candidates, Instant now, long targetBytes, ToLongFunction<Candidate> bytes) {
    List<Candidate> selected = new ArrayList<>(candidates);
    olderThan.ifPresent(
        age -> {
          // A time in the future says nothing about age, so it counts as young
          selected.removeIf(candidate -> candidate.lastUsed().isAfter(now.minus(age)));
          selected.replaceAll(
              candidate ->
                  candidate.because(
                      Cause.EXPIRED,
                      candidate.reason()
                          + "; last used "
                          + Durations.format(Duration.between(candidate.lastUsed(), now))
                          + " ago"));
        });
    unusedSince.ifPresent(
        time -> selected.removeIf(candidate -> !candidate.lastUsed().isBefore(time)));
    return maxSize.map(limit -> withinBudget(selected, targetBytes, limit, bytes)).orElse(selected);
  }

  private static List<Candidate> withinBudget(
      List<Candidate> candidates,
      long targetBytes,
      ByteSize limit,
      ToLongFunction<Candidate> bytes) {
    List<Candidate> leastRecentFirst = new ArrayList<>(candidates);
    leastRecentFirst.sort(Comparator.comparing(Candidate::lastUsed).thenComparing(Candidate::path));
    List<Candidate> selected = new ArrayList<>();
    long left = targetBytes;
    for (Candidate candidate : leastRecentFirst) {
      if (left <= limit.bytes()) {
        break;
      }
      left -= bytes.applyAsLong(candidate);
      selected.add(
          candidate.because(
              Cause.OVER_BUDGET,
              candidate.reason() + "; the target is to hold " + limit + " at most"));
    }
    return selected;
  }
}
