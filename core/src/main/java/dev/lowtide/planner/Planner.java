package dev.lowtide.planner;

import static java.util.Objects.requireNonNull;
import static java.util.function.Predicate.not;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.Guards;
import dev.lowtide.guard.QuarantineGuard;
import dev.lowtide.guard.TargetRoots;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Decides what may be removed: it captures each target, asks the policies for candidates and the
 * guards for objections, and makes a plan of the remaining candidates, in which no item is inside
 * another.
 *
 * <p>For one plan, since {@link ManagedDirectories} collects the failures of providers. Not
 * thread-safe.
 */
public final class Planner {
  private final SizeProbe probe;
  private final List<Policy> policies;
  private final GuardRules rules;
  private final ManagedDirectories managed;
  private final Retention retention;
  private final SpaceGoal goal;
  private final CleanupListener listener;

  /**
   * @param probe captures the targets
   * @param policies the policies, which are asked in this order; if two propose the same path, the
   *     candidate of the first one is used
   * @param rules the settings of the guards
   * @param managed determines which directories a tool manages as its own
   * @param retention the limits that keep candidates although a policy proposes them
   * @param listener receives an event for each target and each refusal
   */
  public Planner(
      SizeProbe probe,
      List<Policy> policies,
      GuardRules rules,
      ManagedDirectories managed,
      Retention retention,
      SpaceGoal goal,
      CleanupListener listener) {
    this.managed = managed;
    this.goal = goal;
    this.probe = probe;
    this.policies = ImmutableList.copyOf(policies);
    this.rules = rules.with(policies);
    this.retention = retention;
    this.listener = listener;
  }

  /**
   * Makes a plan. Targets that do not exist are skipped.
   *
   * @throws RefusedTargetException if a target must not be cleaned at all; then nothing has been
   *     read
   * @throws InterruptedIOException if the thread is interrupted
   * @throws IOException if a target cannot be read
   */
  public CleanupPlan plan(List<CleanupTarget> targets) throws IOException {
    List<CleanupTarget> merged = MergedTargets.of(targets);
    for (CleanupTarget target : merged) {
      TargetRoots.check(target, rules.host());
    }
    Planning planning = new Planning(merged);
    for (CleanupTarget target : merged) {
      planning.capture(target);
    }
    planning.propose();
    planning.judge();
    return planning.finish();
  }

  /** The work on one plan. */
  private final class Planning {
    private final Instant now = rules.clock().instant();
    private final List<CleanupTarget> targets;
    private final Guards guards;
    private final Map<CleanupTarget, Snapshot> snapshots = new LinkedHashMap<>();
    private final Map<CleanupTarget, Long> storeBytes = new HashMap<>();
    private final List<Proposal> proposals = new ArrayList<>();
    private final Map<Path, Proposal> accepted = new LinkedHashMap<>();
    private final Refusals refused = new Refusals(listener);
    private final List<Problem> problems = new ArrayList<>();
    private boolean guardsPrepared;

    Planning(List<CleanupTarget> targets) {
      this.targets = targets;
      this.guards = Guards.of(rules, targets);
    }

    void capture(CleanupTarget target) throws IOException {
      if (policies.stream().noneMatch(policy -> policy.appliesTo(target))) {
        return; // capturing it would be of no use, and a cache may be large
      }
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.MEASURING, target.root(), "", "", BoundedSize.ZERO));
      Snapshot snapshot;
      try {
        snapshot =
            target.kind() == CleanupTarget.Kind.STORE
                ? Snapshot.ofStore(target.root())
                : probe.capture(target.root());
      } catch (NoSuchFileException e) {
        return;
      }
      snapshots.put(target, snapshot);
      problems.addAll(snapshot.problems());
    }

    /**
     * Asks the policies, after all targets were captured, so that each policy can use all
     * snapshots.
     */
    void propose() {
      PolicyContext.forAll(now, rules.host(), retention, !goal.isNone(), snapshots)
          .forEach(
              (target, context) -> {
                Snapshot snapshot = requireNonNull(snapshots.get(target));
                List<Path> quarantines = quarantines(snapshot);
                Map<Path, String> toolsByDirectory =
                    target.kind() == CleanupTarget.Kind.STORE
                        ? Map.of()
                        : managed.directoriesIn(target, snapshot);
                for (Policy policy : policies) {
                  if (policy.appliesTo(target)) {
                    storeBytes.merge(target, storeBytes(policy, context), Long::sum);
                    propose(policy, target, snapshot, quarantines, toolsByDirectory, context);
                  }
                }
              });
    }

    /**
     * The size of a store. Its tool may take long to determine it, so it is asked only if the size
     * matters.
     */
    private long storeBytes(Policy policy, PolicyContext context) {
      boolean isSizeNeeded = retention.maxSize().isPresent() || !goal.isNone();
      if (!isSizeNeeded || context.target().kind() != CleanupTarget.Kind.STORE) {
        return 0;
      }
      try {
        return policy.storeBytes(context);
      } catch (RuntimeException e) {
        return 0; // propose() reports this failure, since it asks the same tool
      }
    }

    private void propose(
        Policy policy,
        CleanupTarget target,
        Snapshot snapshot,
        List<Path> quarantines,
        Map<Path, String> toolsByDirectory,
        PolicyContext context) {
      List<Candidate> candidates;
      try {
        candidates = policy.propose(snapshot, context);
      } catch (RuntimeException e) {
        // One broken policy must not hide the proposals of the others
        refused.add(policy.id(), target.root(), "policy", "the policy failed: " + e);
        return;
      }
      List<Candidate> offered =
          candidates.stream()
              .filter(candidate -> candidate.withheld().isEmpty())
              .flatMap(candidate -> candidate.removableParts().stream())
              .toList();
      Predicate<Candidate> isRetained = retention.keeps(offered, now);
      Map<Path, Entry> entries = snapshot.entries(candidates.stream().map(Candidate::path));
      for (Candidate candidate : candidates) {
        Path path = candidate.path();
        if (quarantines.stream().anyMatch(path::startsWith)) {
          continue; // in a quarantine, so Lowtide has removed it already
        }
        Optional<Map.Entry<Path, String>> managedDirectory =
            toolsByDirectory.entrySet().stream()
                .filter(
                    each ->
                        path.startsWith(each.getKey())
                            || ManagedDirectories.isRemovedWith(candidate, each.getKey()))
                .findFirst();
        if (managedDirectory.isPresent()) {
          refused.addManaged(
              policy.id(),
              path,
              managedDirectory.get().getKey(),
              managedDirectory.get().getValue());
          continue;
        }
        Optional<Entry> subtree =
            target.kind() == CleanupTarget.Kind.STORE && path.startsWith(target.root())
                ? Optional.of(Snapshot.ofStore(path).root())
                : Optional.ofNullable(entries.get(path));
        if (subtree.isPresent()) {
          candidate.parts().forEach(part -> addWithheld(policy, part));
          List<Candidate> selected =
              candidate.removableParts().stream().filter(not(isRetained)).toList();
          boolean isKept = selected.isEmpty();
          if (!isKept && !guardsPrepared) {
            guards.prepareFor(path);
            guardsPrepared = true;
          }
          Candidate reduced =
              isKept || candidate.parts().isEmpty() ? candidate : candidate.withParts(selected);
          Candidate explained = isKept ? reduced : retention.explained(reduced, now);
          proposals.add(new Proposal(policy.id(), target, explained, subtree.get(), isKept));
        } else {
          refused.add(
              policy.id(),
              path,
              "inside-target",
              "it is not in the target " + Printable.of(target.root()));
        }
      }
    }

    /**
     * Reports a withheld part, even if the other parts are removed; no guard is called for it,
     * since it is kept anyway.
     */
    private void addWithheld(Policy policy, Candidate part) {
      part.withheld().ifPresent(reason -> refused.add(policy.id(), part, "evidence", reason));
    }

    private static List<Path> quarantines(Snapshot snapshot) {
      return snapshot.entries().filter(QuarantineGuard::isQuarantine).map(Entry::path).toList();
    }

    /**
     * Judges the proposals from the top of the trees down, so that the guards need not be called
     * for what is inside a subtree that is removed, or that is kept because of its age.
     */
    void judge() throws InterruptedIOException {
      Map<Integer, List<Proposal>> byDepth =
          proposals.stream()
              .collect(
                  Collectors.groupingBy(
                      proposal -> proposal.path().getNameCount(),
                      TreeMap::new,
                      Collectors.toList()));
      Map<Path, Refusal> withheld = withheld();
      DecidedSubtrees decided = new DecidedSubtrees(targets);
      Set<Path> refusedPaths = new HashSet<>();
      for (List<Proposal> equallyDeep : byDepth.values()) {
        List<Proposal> undecided =
            equallyDeep.stream().filter(proposal -> !decided.contains(proposal)).toList();
        List<Optional<Refusal>> objections =
            Parallel.map(undecided, proposal -> objection(proposal, withheld));
        for (int i = 0; i < undecided.size(); i++) {
          Proposal proposal = undecided.get(i);
          Path path = proposal.path();
          Optional<Refusal> objection = objections.get(i);
          // Another policy has proposed the same path
          boolean isDuplicate = decided.containsExactly(proposal);
          if (!isDuplicate && objection.isEmpty()) {
            decided.add(proposal);
            if (!proposal.kept()) {
              accepted.put(path, proposal);
            }
          } else if (!isDuplicate && refusedPaths.add(path)) {
            Refusal refusal = objection.get();
            refused.add(refusal.policy(), proposal.candidate(), refusal.guard(), refusal.reason());
          }
        }
      }
    }

    private Optional<Refusal> objection(Proposal proposal, Map<Path, Refusal> withheld)
        throws InterruptedIOException {
      Refusal reason = withheld.get(proposal.path());
      if (reason != null || proposal.kept()) {
        return Optional.ofNullable(reason);
      }
      return guards.refusal(
          proposal.policy(), proposal.target(), proposal.candidate(), proposal.subtree());
    }

    /** What policies withhold, by path: no other policy may remove it. */
    private Map<Path, Refusal> withheld() {
      Map<Path, Refusal> withheld = new HashMap<>();
      for (Proposal each : proposals) {
        Optional<String> reason = each.candidate().withheld();
        reason
            .map(why -> new Refusal(each.policy(), each.path(), "evidence", why))
            .ifPresent(refusal -> withheld.putIfAbsent(each.path(), refusal));
      }
      return withheld;
    }

    CleanupPlan finish() throws InterruptedIOException {
      Map<Path, PlanItem.Identity> identities = new Identification(problems).of(accepted.values());
      accepted.keySet().retainAll(identities.keySet());
      List<String> notes = new ArrayList<>(managed.notes());
      notes.addAll(UnmatchedPatterns.notes(snapshots));
      List<Candidate> chosen =
          new Selection(
                  policies.stream().map(Policy::id).toList(),
                  accepted,
                  snapshots,
                  storeBytes,
                  retention,
                  goal,
                  refused)
              .inOrderOfRemoval(notes);
      List<Proposal> proposed =
          chosen.stream().map(each -> requireNonNull(accepted.get(each.path()))).toList();
      Reclaimable removed = Reclaimable.queryingFileSystem();
      BoundedSize reclaimable = BoundedSize.ZERO;
      for (Proposal proposal : proposed) {
        if (proposal.candidate().deletes()) {
          reclaimable = reclaimable.plus(removed.remove(proposal.subtree()));
        }
      }
      List<PlanItem> items = new ArrayList<>();
      for (int i = 0; i < chosen.size(); i++) {
        Proposal proposal = proposed.get(i);
        Candidate candidate = explained(chosen.get(i), proposal.subtree(), removed);
        BoundedSize alone =
            candidate.deletes() ? removed.exclusive(proposal.subtree()) : BoundedSize.ZERO;
        items.add(
            item(
                i + 1,
                proposal,
                candidate,
                alone,
                requireNonNull(identities.get(candidate.path()))));
      }
      return new CleanupPlan(
              CleanupPlan.SCHEMA,
              now,
              targets,
              items,
              refused.sorted(),
              problems,
              notes,
              reclaimable,
              "")
          .madeOn(rules.host());
    }

    /** Adds to the reason how much space the removal does not free. */
    private static Candidate explained(Candidate candidate, Entry subtree, Reclaimable removed) {
      List<String> remarks = candidate.deletes() ? removed.remarks(subtree) : List.of();
      return remarks.isEmpty()
          ? candidate
          : candidate.withCause(
              candidate.cause(), candidate.reason() + "; " + String.join("; ", remarks));
    }

    private static PlanItem item(
        int number,
        Proposal proposal,
        Candidate candidate,
        BoundedSize alone,
        PlanItem.Identity identity) {
      var usage = proposal.subtree().usage();
      return new PlanItem(
          Integer.toString(number),
          proposal.policy(),
          proposal.target().id(),
          candidate,
          usage.apparentBytes(),
          usage.allocated(),
          alone,
          identity);
    }
  }
}
