package dev.lowtide.policy;

import com.google.common.collect.Comparators;
import com.google.common.primitives.Ints;
import dev.lowtide.ByteSize;
import dev.lowtide.Durations;
import dev.lowtide.Printable;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
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
   * Written by hand instead of with the methods of {@link Comparator}, since planning calls it most
   * often.
   */
  private static final Comparator<Candidate> LEAST_RECENT_FIRST =
      (one, other) -> {
        int order = one.lastUsed().compareTo(other.lastUsed());
        return order == 0 ? one.path().compareTo(other.path()) : order;
      };

  /**
   * @throws IllegalArgumentException if the number to keep is negative
   */
  public Retention {
    if (keepNewest.orElse(0) < 0) {
      throw noCount(Integer.toString(keepNewest.getAsInt()));
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
      throw noCount(text);
    }
    return OptionalInt.of(count);
  }

  private static IllegalArgumentException noCount(String text) {
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
              .collect(Comparators.greatest(keepNewest.getAsInt(), LEAST_RECENT_FIRST)));
    }
    // A time in the future does not show the age, so the candidate counts as young
    Optional<Instant> young = olderThan.map(now::minus);
    return candidate ->
        young.filter(time -> candidate.lastUsed().isAfter(time)).isPresent()
            || unusedSince.filter(time -> !candidate.lastUsed().isBefore(time)).isPresent()
            || newest.contains(candidate);
  }

  /** A candidate that {@link #keeps} does not keep, with the limits added to its reason. */
  public Candidate explained(Candidate candidate, Instant now) {
    Candidate explained = candidate;
    if (keepNewest.isPresent()) {
      explained =
          explained.because(
              Cause.SUPERSEDED,
              explained.reason() + "; not one of the newest " + keepNewest.getAsInt());
    }
    if (olderThan.isPresent()) {
      explained =
          explained.because(
              Cause.EXPIRED,
              explained.reason()
                  + "; last used "
                  + Durations.format(Duration.between(candidate.lastUsed(), now))
                  + " ago");
    }
    return explained;
  }

  /**
   * Selects the least recently used candidates until the size is reached, and adds that to their
   * reasons. Candidates with parts are selected part by part. A candidate is withheld if its
   * removal would free almost nothing, because its files have other names that are kept.
   *
   * @param candidates disjoint candidates of one target; the result is in the same order
   * @param targetBytes the size of the target now
   * @param subtree gives the entry of a candidate that has no estimate
   */
  public List<Candidate> withinBudget(
      List<Candidate> candidates, long targetBytes, Function<Candidate, Entry> subtree) {
    return maxSize
        .map(limit -> new Shrinking(limit, targetBytes, subtree).select(candidates))
        .orElse(candidates);
  }

  /** The selection for one target until the size is reached. */
  private record Shrinking(ByteSize limit, long targetBytes, Function<Candidate, Entry> subtree) {

    List<Candidate> select(List<Candidate> candidates) {
      Candidate[] leastRecentFirst =
          candidates.stream().flatMap(each -> each.pieces().stream()).toArray(Candidate[]::new);
      Arrays.parallelSort(leastRecentFirst, LEAST_RECENT_FIRST);
      List<Candidate> worthwhile = new ArrayList<>(List.of(leastRecentFirst));
      IdentityHashMap<Candidate, String> inVain = new IdentityHashMap<>();
      // Whether removing a candidate frees space is known only when all others are selected; if it
      // does not, it is left out, and further candidates may be needed
      while (true) {
        Reclaimable gone = new Reclaimable();
        List<Candidate> going = untilWithin(worthwhile, gone);
        int known = inVain.size();
        for (Candidate candidate : going) {
          if (candidate.deletes() && gone.isMostlyPinned(subtree.apply(candidate))) {
            inVain.put(candidate, inVain(candidate, gone));
          }
        }
        if (inVain.size() == known) {
          return explained(candidates, going, inVain);
        }
        worthwhile.removeIf(inVain::containsKey);
      }
    }

    /** The selected candidates in the given order, so that callers need not sort them again. */
    private List<Candidate> explained(
        List<Candidate> candidates,
        List<Candidate> going,
        IdentityHashMap<Candidate, String> inVain) {
      Set<Candidate> goes = Collections.newSetFromMap(new IdentityHashMap<>(going.size()));
      goes.addAll(going);
      String why = "; the target may take at most " + limit;
      Map<String, String> reasons = new HashMap<>(); // few distinct texts, shared by all candidates
      List<Candidate> selected = new ArrayList<>();
      for (Candidate candidate : candidates) {
        String reason = inVain.get(candidate);
        if (reason != null) {
          selected.add(candidate.withheld(reason));
        } else if (!candidate.parts().isEmpty()) {
          List<Candidate> some = candidate.pieces().stream().filter(goes::contains).toList();
          if (!some.isEmpty()) {
            Candidate whole = candidate.only(some);
            selected.add(whole.because(Cause.OVER_BUDGET, whole.reason() + why));
          }
        } else if (goes.contains(candidate)) {
          String overBudget = reasons.computeIfAbsent(candidate.reason(), each -> each + why);
          selected.add(candidate.because(Cause.OVER_BUDGET, overBudget));
        }
      }
      return selected;
    }

    private List<Candidate> untilWithin(List<Candidate> leastRecentFirst, Reclaimable gone) {
      List<Candidate> going = new ArrayList<>();
      long left = targetBytes;
      for (Candidate candidate : leastRecentFirst) {
        if (left <= limit.bytes()) {
          break;
        }
        left -=
            candidate
                .estimatedBytes()
                .orElseGet(() -> gone.remove(subtree.apply(candidate)).bytes());
        going.add(candidate);
      }
      return going;
    }

    private String inVain(Candidate candidate, Reclaimable gone) {
      return "removing it would not help to reach "
          + limit
          + ": "
          + gone.pinned(subtree.apply(candidate))
          + " of it also have names elsewhere, which stay";
    }
  }
}
