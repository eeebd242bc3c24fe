package dev.lowtide.planner;

import static java.util.Objects.requireNonNull;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.guard.Evidence;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Determines which of the accepted candidates are removed, and in which order: within the size
 * limits, and each after what must be removed before it. It refuses the others.
 */
final class Selection {
  /** The number of kept paths that are named if a goal is not met. */
  private static final int MAX_LARGEST = 5;

  private final List<String> policies;
  private final Map<Path, Proposal> accepted;
  private final Map<CleanupTarget, Snapshot> snapshots;
  private final Map<CleanupTarget, Long> storeBytes;
  private final Retention retention;
  private final SpaceGoal goal;
  private final Refusals refused;

  /**
   * @param policies the ids of the policies, in their order
   */
  Selection(
      List<String> policies,
      Map<Path, Proposal> accepted,
      Map<CleanupTarget, Snapshot> snapshots,
      Map<CleanupTarget, Long> storeBytes,
      Retention retention,
      SpaceGoal goal,
      Refusals refused) {
    this.policies = policies;
    this.accepted = accepted;
    this.snapshots = snapshots;
    this.storeBytes = storeBytes;
    this.retention = retention;
    this.goal = goal;
    this.refused = refused;
  }

  /**
   * The candidates that are removed.
   *
   * @param notes receives information for people about the goal
   */
  List<Candidate> inOrderOfRemoval(List<String> notes) {
    return withinGoal(sortedByPrerequisites(withEvidence(withinBudget())), notes);
  }

  private String policyOf(Candidate candidate) {
    return requireNonNull(accepted.get(candidate.path())).policy();
  }

  /** Applies the size limit to the accepted candidates of each target. */
  private List<Candidate> withinBudget() {
    Map<CleanupTarget, List<Candidate>> byTarget = new LinkedHashMap<>();
    for (Proposal proposal : accepted.values()) {
      byTarget
          .computeIfAbsent(proposal.target(), target -> new ArrayList<>())
          .add(proposal.candidate());
    }
    List<Candidate> selected = new ArrayList<>();
    byTarget.forEach(
        (target, candidates) -> {
          long all = bytes(target, requireNonNull(snapshots.get(target)));
          List<Candidate> within =
              retention
                  .maxSize()
                  .map(limit -> new SizeLimit(limit, all, this::subtree).select(candidates))
                  .orElse(candidates);
          for (Candidate each : within) {
            if (each.withheld().isEmpty()) {
              selected.add(each);
            } else {
              String policy = policyOf(each);
              refused.add(policy, each, "budget", each.withheld().get());
            }
          }
        });
    return selected;
  }

  private long bytes(CleanupTarget target, Snapshot snapshot) {
    return isStore(target) ? storeBytes.getOrDefault(target, 0L) : GoalText.bytes(snapshot);
  }

  private Entry subtree(Candidate candidate) {
    return requireNonNull(accepted.get(candidate.path())).subtree();
  }

  /**
   * Refuses a candidate that requires a file which is removed too. A file that only proves where
   * something comes from is removed after it.
   */
  private List<Candidate> withEvidence(List<Candidate> selected) {
    Map<Path, Candidate> remaining = new LinkedHashMap<>();
    selected.forEach(candidate -> remaining.put(candidate.path(), candidate));
    Set<Path> removed = Set.copyOf(remaining.keySet());
    for (Candidate candidate : selected) {
      Optional<String> objection = Evidence.removedEvidence(candidate, removed::contains);
      if (objection.isPresent()) {
        remaining.remove(candidate.path());
        String policy = policyOf(candidate);
        refused.add(policy, candidate, "order", objection.get());
      }
    }
    for (Candidate candidate : List.copyOf(remaining.values())) {
      Evidence.removableAfterwards(candidate)
          .forEach(
              path -> {
                for (Path ancestor = path; ancestor != null; ancestor = ancestor.getParent()) {
                  remaining.computeIfPresent(
                      ancestor, (there, holder) -> holder.onlyAfter(candidate.path()));
                }
              });
    }
    return List.copyOf(remaining.values());
  }

  /**
   * Sorts by path, and in a store by policy: what one policy removes there may set free what the
   * next one removes. Places each candidate after its prerequisites, and refuses a candidate whose
   * prerequisite is not removed.
   */
  private List<Candidate> sortedByPrerequisites(List<Candidate> unsorted) {
    Candidate[] byPath = unsorted.toArray(Candidate[]::new);
    Arrays.parallelSort(
        byPath,
        Comparator.comparing(this::place)
            .thenComparingInt(this::turn)
            .thenComparing(Candidate::path));
    List<Candidate> selected = List.of(byPath);
    if (selected.stream().allMatch(candidate -> candidate.after().isEmpty())) {
      return selected;
    }
    List<Candidate> ordered = new ArrayList<>();
    Set<Path> removedPaths = new HashSet<>();
    List<Candidate> waiting = selected;
    for (int before = -1; before != ordered.size(); ) {
      before = ordered.size();
      List<Candidate> next = new ArrayList<>();
      for (Candidate candidate : waiting) {
        if (candidate.after().stream().allMatch(path -> isIn(removedPaths, path))) {
          ordered.add(candidate);
          removedPaths.add(candidate.path());
        } else {
          next.add(candidate);
        }
      }
      waiting = next;
    }
    for (Candidate candidate : waiting) {
      Path first =
          candidate.after().stream().filter(path -> !isIn(removedPaths, path)).findFirst().get();
      String policy = policyOf(candidate);
      refused.add(
          policy, candidate, "order", Printable.of(first) + " must be removed first and is kept");
    }
    return ordered;
  }

  private Path place(Candidate candidate) {
    CleanupTarget target = requireNonNull(accepted.get(candidate.path())).target();
    return isStore(target) ? target.root() : candidate.path();
  }

  private int turn(Candidate candidate) {
    Proposal proposal = requireNonNull(accepted.get(candidate.path()));
    return isStore(proposal.target()) ? policies.indexOf(proposal.policy()) : 0;
  }

  private static boolean isStore(CleanupTarget target) {
    return target.kind() == CleanupTarget.Kind.STORE;
  }

  /** Whether a path is one of some trees, or inside one. */
  private static boolean isIn(Set<Path> trees, Path path) {
    return Stream.iterate(path, Objects::nonNull, Path::getParent).anyMatch(trees::contains);
  }

  /** Refuses what the goal does not need, and sorts the rest into the order of selection. */
  private List<Candidate> withinGoal(List<Candidate> allowed, List<String> notes) {
    if (goal.isNone()) {
      return allowed;
    }
    Map<CleanupTarget, Long> sizes = new LinkedHashMap<>();
    snapshots.forEach((target, snapshot) -> sizes.put(target, bytes(target, snapshot)));
    List<GoalSelection.Choice> choices =
        allowed.stream()
            .map(
                candidate -> {
                  Proposal proposal = requireNonNull(accepted.get(candidate.path()));
                  return GoalSelection.Choice.all(proposal.target(), candidate, proposal.subtree());
                })
            .flatMap(List::stream)
            .toList();
    GoalSelection selection = new GoalSelection(goal, choices, sizes).select();
    selection
        .notSelected()
        .forEach(
            (choice, reason) ->
                refused.add(policyOf(choice.whole()), choice.candidate(), "goal", reason));
    notes.addAll(GoalText.explain(goal, selection));
    if (!selection.isMet()) {
      notes.addAll(largestKept());
    }
    return selection.chosen();
  }

  /** The largest kept paths, for a person to examine if a goal is not met. */
  private List<String> largestKept() {
    Map<Refusal, Long> sizes = new HashMap<>();
    for (Snapshot snapshot : snapshots.values()) {
      Map<Path, Entry> entries = snapshot.entries(refused.sorted().stream().map(Refusal::path));
      for (Refusal refusal : refused.sorted()) {
        Entry entry = entries.get(refusal.path());
        if (entry != null) {
          sizes.put(refusal, entry.usage().allocatedBytes());
        }
      }
    }
    return sizes.entrySet().stream()
        .sorted(Map.Entry.<Refusal, Long>comparingByValue().reversed())
        .limit(MAX_LARGEST)
        .map(
            each ->
                "stays: "
                    + new ByteSize(each.getValue())
                    + " in "
                    + Printable.of(each.getKey().path())
                    + " ("
                    + each.getKey().guard()
                    + ": "
                    + each.getKey().reason()
                    + ")")
        .toList();
  }
}
