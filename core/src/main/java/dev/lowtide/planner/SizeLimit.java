package dev.lowtide.planner;

import dev.lowtide.ByteSize;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Selects the least recently used candidates of one target until the target is not larger than a
 * limit, and adds that to their reasons. Candidates with parts are selected part by part. A
 * candidate is withheld if its removal would free almost nothing, because its files have other
 * names that are kept.
 *
 * @param targetBytes the size of the target now
 * @param subtree gives the entry of a candidate that has no estimate
 */
record SizeLimit(ByteSize limit, long targetBytes, Function<Candidate, Entry> subtree) {

  /**
   * @param candidates disjoint; the result is in the same order
   */
  List<Candidate> select(List<Candidate> candidates) {
    Candidate[] leastRecentFirst =
        candidates.stream()
            .flatMap(each -> each.removableParts().stream())
            .toArray(Candidate[]::new);
    Arrays.parallelSort(leastRecentFirst, Candidate.LEAST_RECENTLY_USED_FIRST);
    List<Candidate> worthwhile = new ArrayList<>(List.of(leastRecentFirst));
    IdentityHashMap<Candidate, String> freeingNothing = new IdentityHashMap<>();
    // Whether removing a candidate frees space is known only when all others are selected; if it
    // does not, it is left out, and further candidates may be needed
    while (true) {
      Reclaimable removedSpace = new Reclaimable();
      List<Candidate> selectedCandidates = selectUntilWithin(worthwhile, removedSpace);
      int knownCount = freeingNothing.size();
      for (Candidate candidate : selectedCandidates) {
        if (candidate.deletes() && removedSpace.isMostlyPinned(subtree.apply(candidate))) {
          freeingNothing.put(candidate, freeingNothing(candidate, removedSpace));
        }
      }
      if (freeingNothing.size() == knownCount) {
        return explained(candidates, selectedCandidates, freeingNothing);
      }
      worthwhile.removeIf(freeingNothing::containsKey);
    }
  }

  /** The selected candidates in the given order, so that callers need not sort them again. */
  private List<Candidate> explained(
      List<Candidate> candidates,
      List<Candidate> selectedCandidates,
      IdentityHashMap<Candidate, String> freeingNothing) {
    Set<Candidate> selectedSet =
        Collections.newSetFromMap(new IdentityHashMap<>(selectedCandidates.size()));
    selectedSet.addAll(selectedCandidates);
    String limitReason = "; the target may take at most " + limit;
    Map<String, String> reasons = new HashMap<>(); // few distinct texts, shared by all candidates
    List<Candidate> selected = new ArrayList<>();
    for (Candidate candidate : candidates) {
      String reason = freeingNothing.get(candidate);
      if (reason != null) {
        selected.add(candidate.withheld(reason));
      } else if (!candidate.parts().isEmpty()) {
        List<Candidate> some =
            candidate.removableParts().stream().filter(selectedSet::contains).toList();
        if (!some.isEmpty()) {
          Candidate whole = candidate.withParts(some);
          selected.add(whole.withCause(Cause.OVER_BUDGET, whole.reason() + limitReason));
        }
      } else if (selectedSet.contains(candidate)) {
        String overBudget = reasons.computeIfAbsent(candidate.reason(), each -> each + limitReason);
        selected.add(candidate.withCause(Cause.OVER_BUDGET, overBudget));
      }
    }
    return selected;
  }

  private List<Candidate> selectUntilWithin(
      List<Candidate> leastRecentFirst, Reclaimable removedSpace) {
    List<Candidate> selectedCandidates = new ArrayList<>();
    long remainingBytes = targetBytes;
    for (Candidate candidate : leastRecentFirst) {
      if (remainingBytes <= limit.bytes()) {
        break;
      }
      remainingBytes -=
          candidate
              .estimatedBytes()
              .orElseGet(() -> removedSpace.remove(subtree.apply(candidate)).bytes());
      selectedCandidates.add(candidate);
    }
    return selectedCandidates;
  }

  private String freeingNothing(Candidate candidate, Reclaimable removedSpace) {
    return "removing it would not help to reach "
        + limit
        + ": "
        + removedSpace.pinned(subtree.apply(candidate))
        + " of it also have names elsewhere, which stay";
  }
}
