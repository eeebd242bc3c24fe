package dev.lowtide.policy;

import com.google.common.collect.Comparators;
import com.google.common.primitives.Ints;
import dev.lowtide.ByteSize;
import dev.lowtide.Durations;
import dev.lowtide.Printable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The limits of age, use, number and size that keep candidates although a policy proposes them. A
 * candidate that no limit keeps is removed.
 *
 * @param olderThan only what was last used longer ago than this may be removed
 * @param maxSize only as much may be removed, least recently used first, as brings the target down
 *     to this size
 * @param keepNewest how many candidates of one policy in one target are kept, most recently used
 *     first
 * @param unusedSince only what was last used before this may be removed
 */
public record Retention(
    Optional<Duration> olderThan,
    Optional<ByteSize> maxSize,
    OptionalInt keepNewest,
    Optional<Instant> unusedSince) {
  /** Keeps nothing. */
  public static final Retention NONE =
      new Retention(Optional.empty(), Optional.empty(), OptionalInt.empty());

  /**
   * @throws IllegalArgumentException if the number to keep is negative
   */
  public Retention {
    if (keepNewest.orElse(0) < 0) {
      throw invalidCount(Integer.toString(keepNewest.getAsInt()));
    }
  }

  /** Limits of age, size and number, each if present. */
  public Retention(
      Optional<Duration> olderThan, Optional<ByteSize> maxSize, OptionalInt keepNewest) {
    this(olderThan, maxSize, keepNewest, Optional.empty());
  }

  /**
   * Parses the number of candidates to keep, such as {@code 3}.
   *
   * @throws IllegalArgumentException if the text is not such a number; the message is a sentence
   *     for the user
   */
  public static OptionalInt parseCount(String text) {
    Integer count = Ints.tryParse(text);
    if (count == null || count < 0) {
      throw invalidCount(text);
    }
    return OptionalInt.of(count);
  }

  private static IllegalArgumentException invalidCount(String text) {
    return new IllegalArgumentException(
        "'" + Printable.of(text) + "' is not a number of items to keep; write for example 3");
  }

  /** These limits, and those of another retention where these are not set. */
  public Retention or(Retention other) {
    return new Retention(
        olderThan.or(other::olderThan),
        maxSize.or(other::maxSize),
        keepNewest.isPresent() ? keepNewest : other.keepNewest,
        unusedSince.or(other::unusedSince));
  }

  /** These limits, and nothing is removed that was used within the duration. */
  public Retention olderThan(Duration duration) {
    return new Retention(Optional.of(duration), maxSize, keepNewest, unusedSince);
  }

  /** These limits, and no more is removed than brings the target down to the size. */
  public Retention maxSize(ByteSize size) {
    return new Retention(olderThan, Optional.of(size), keepNewest, unusedSince);
  }

  /**
   * These limits, and this many candidates of each policy in each target are kept, most recently
   * used first.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public Retention keepNewest(int count) {
    return new Retention(olderThan, maxSize, OptionalInt.of(count), unusedSince);
  }

  /**
   * These limits, and nothing is removed that was used since a time. Uses are known exactly only
   * for the files that policies {@linkplain Policy#watched watch} and that have been watched since
   * that time.
   */
  public Retention unusedSince(Instant time) {
    return new Retention(olderThan, maxSize, keepNewest, Optional.of(time));
  }

  /** Whether there are no limits. */
  public boolean isNone() {
    return olderThan.isEmpty()
        && maxSize.isEmpty()
        && keepNewest.isEmpty()
        && unusedSince.isEmpty();
  }

  /**
   * Determines which candidates are kept whatever the size of the target: those kept by age, by use
   * and by number.
   *
   * @param candidates the candidates of one policy in one target, without those that it withholds
   * @return true for those of these instances that are kept
   */
  public Predicate<Candidate> keeps(Collection<Candidate> candidates, Instant now) {
    Set<Candidate> newest = Collections.newSetFromMap(new IdentityHashMap<>());
    if (keepNewest.isPresent()) {
      newest.addAll(
          candidates.stream()
              .collect(
                  Comparators.greatest(
                      keepNewest.getAsInt(), Candidate.LEAST_RECENTLY_USED_FIRST)));
    }
    // A time in the future does not show the age, so the candidate counts as young
    Optional<Instant> cutoff = olderThan.map(now::minus);
    return candidate ->
        cutoff.filter(time -> candidate.lastUsed().isAfter(time)).isPresent()
            || unusedSince.filter(time -> !candidate.lastUsed().isBefore(time)).isPresent()
            || newest.contains(candidate);
  }

  /** A candidate that {@link #keeps} does not keep, with the limits added to its reason. */
  public Candidate explained(Candidate candidate, Instant now) {
    Candidate explained = candidate;
    if (keepNewest.isPresent()) {
      explained =
          explained.withCause(
              Cause.SUPERSEDED,
              explained.reason() + "; not one of the newest " + keepNewest.getAsInt());
    }
    if (olderThan.isPresent()) {
      explained =
          explained.withCause(
              Cause.EXPIRED,
              explained.reason()
                  + "; last used "
                  + Durations.format(Duration.between(candidate.lastUsed(), now))
                  + " ago");
    }
    return explained;
  }
}
