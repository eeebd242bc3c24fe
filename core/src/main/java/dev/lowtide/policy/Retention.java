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
 * What is kept although a policy proposes it: by age, by use, by number, by size. What is kept by
 * none of them goes.
 *
 * @param olderThan only what was last used longer ago than this may go
 * @param maxSize only as much may go, least recently used first, as brings the target down to this
 *     size
 * @param keepNewest so many of what one policy proposes in one target stay, most recently used
 *     first
 * @param unusedSince only what was last used before this may go
 */
public record Retention(
    Optional<Duration> olderThan,
    Optional<ByteSize> maxSize,
    OptionalInt keepNewest,
    Optional<Instant> unusedSince) {
  /** Keeps nothing. */
  public static final Retention NONE =
      new Retention(Optional.empty(), Optional.empty(), OptionalInt.empty());

  /** Not from the parts that {@link Comparator} offers: of all planning this is called most. */
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

  /** By age, by size and by number, as far as they are there. */
  public Retention(
      Optional<Duration> olderThan, Optional<ByteSize> maxSize, OptionalInt keepNewest) {
    this(olderThan, maxSize, keepNewest, Optional.empty());
  }

  /**
   * Reads how many are to be kept, such as {@code 3}.
   *
   * @throws IllegalArgumentException if it is no such number, with a sentence for the user
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

  /** This, and where it sets no limit, what another one sets. */
  public Retention or(Retention other) {
    return new Retention(
        olderThan.or(other::olderThan),
        maxSize.or(other::maxSize),
        keepNewest.isPresent() ? keepNewest : other.keepNewest,
        unusedSince.or(other::unusedSince));
  }

  /** This, and nothing goes that was used within the duration. */
  public Retention olderThan(Duration duration) {
    return new Retention(Optional.of(duration), maxSize, keepNewest, unusedSince);
  }

  /** This, and nothing goes beyond what brings the target down to the size. */
  public Retention maxSize(ByteSize size) {
    return new Retention(olderThan, Optional.of(size), keepNewest, unusedSince);
  }

  /**
   * This, and of what each policy proposes in each target so many stay that were used last.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public Retention keepNewest(int count) {
    return new Retention(olderThan, maxSize, OptionalInt.of(count), unusedSince);
  }

  /**
   * This, and nothing goes that was used since a time. That is exact for what policies {@linkplain
   * Policy#watched watch} and were told to watch at that time.
   */
  public Retention unusedSince(Instant time) {
    return new Retention(olderThan, maxSize, keepNewest, Optional.of(time));
  }

  /** Whether nothing is kept. */
  public boolean isNone() {
    return olderThan.isEmpty()
        && maxSize.isEmpty()
        && keepNewest.isEmpty()
        && unusedSince.isEmpty();
  }

  /**
   * Tells which candidates stay whatever the size of the target: the young, the used and the
   * newest.
   *
   * @param candidates what one policy proposes in one target, and nothing that it withholds
   * @return true for those of these very candidates that stay
   */
  public Predicate<Candidate> keeps(Collection<Candidate> candidates, Instant now) {
    Set<Candidate> newest = Collections.newSetFromMap(new IdentityHashMap<>());
    if (keepNewest.isPresent()) {
      newest.addAll(
          candidates.stream()
              .collect(Comparators.greatest(keepNewest.getAsInt(), LEAST_RECENT_FIRST)));
    }
    // A time in the future says nothing about age, so it counts as young
    Optional<Instant> young = olderThan.map(now::minus);
    return candidate ->
        young.filter(time -> candidate.lastUsed().isAfter(time)).isPresent()
            || unusedSince.filter(time -> !candidate.lastUsed().isBefore(time)).isPresent()
            || newest.contains(candidate);
  }

  /** A candidate that none of {@link #keeps} keeps, which says so in its reason. */
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
   * Selects the least recently used, of what has parts by part, until the size is reached, and says
   * so in the reason. What would make next to nothing free, because its files have other names that
   * stay, is withheld: to lose it does not help.
   *
   * @param candidates disjoint, of one target; the answer is in their order
   * @param targetBytes what the target takes now
   * @param subtree what a candidate is about that has no estimate
   */
  public List<Candidate> withinBudget(
      List<Candidate> candidates, long targetBytes, Function<Candidate, Entry> subtree) {
    return maxSize
        .map(limit -> new Shrinking(limit, targetBytes, subtree).select(candidates))
        .orElse(candidates);
  }

  /** One target on its way down to the size. */
  private record Shrinking(ByteSize limit, long targetBytes, Function<Candidate, Entry> subtree) {

    List<Candidate> select(List<Candidate> candidates) {
      Candidate[] leastRecentFirst =
          candidates.stream().flatMap(each -> each.pieces().stream()).toArray(Candidate[]::new);
      Arrays.parallelSort(leastRecentFirst, LEAST_RECENT_FIRST);
      List<Candidate> worthwhile = new ArrayList<>(List.of(leastRecentFirst));
      IdentityHashMap<Candidate, String> inVain = new IdentityHashMap<>();
      // Whether something comes free with the others is known when these are; without what does
      // not, others may have to go
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

    /** In the order in which they were given, so that nobody has to put them into it again. */
    private List<Candidate> explained(
        List<Candidate> candidates,
        List<Candidate> going,
        IdentityHashMap<Candidate, String> inVain) {
      Set<Candidate> goes = Collections.newSetFromMap(new IdentityHashMap<>(going.size()));
      goes.addAll(going);
      String why = "; the target may take at most " + limit;
      Map<String, String> reasons = new HashMap<>(); // few, and shared by as many as there are
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
