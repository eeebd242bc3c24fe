package dev.lowtide.plan;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.QuarantineDirectory;
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
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides what may go: captures each target, has the policies propose and the guards object, and
 * puts what is left into a plan in which no item lies in another.
 *
 * <p>Immutable; each call of {@link #plan} is independent, and several may run at once.
 */
public final class Planner {
  private final SizeProbe probe;
  private final List<Policy> policies;
  private final Guards.Rules rules;
  private final Retention retention;
  private final CleanupListener listener;

  /**
   * @param probe captures the targets
   * @param policies asked in this order; where two propose the same path, the first one's candidate
   *     stands
   * @param rules what the guards go by
   * @param retention what is kept of what may go
   * @param listener hears of each target and of each refusal
   */
  public Planner(
      SizeProbe probe,
      List<Policy> policies,
      Guards.Rules rules,
      Retention retention,
      CleanupListener listener) {
    this.probe = probe;
    this.policies = ImmutableList.copyOf(policies);
    this.rules = rules;
    this.retention = retention;
    this.listener = listener;
  }

  /**
   * Plans. Targets that are not there have nothing to clean.
   *
   * @throws RefusedTargetException if a target must not be cleaned at all; nothing was looked at
   *     then
   * @throws InterruptedIOException if the thread is interrupted
   * @throws IOException if a target cannot be read
   */
  public CleanupPlan plan(List<CleanupTarget> targets) throws IOException {
    List<CleanupTarget> merged = merge(targets);
    for (CleanupTarget target : merged) {
      Guards.checkRoot(target, rules.host());
    }
    Planning planning = new Planning(merged);
    for (CleanupTarget target : merged) {
      planning.capture(target);
    }
    planning.propose();
    planning.judge();
    return planning.finish();
  }

  /**
   * The same directory named twice is one target, with the patterns of both and of the kind that is
   * kept more carefully: that somebody also names a cache does not mean that nobody uses it.
   */
  private static List<CleanupTarget> merge(List<CleanupTarget> targets) {
    Map<Path, CleanupTarget> byRoot = new LinkedHashMap<>();
    for (CleanupTarget target : targets) {
      byRoot.merge(
          target.root(),
          target,
          (first, second) -> {
            CleanupTarget careful = first.kind().compareTo(second.kind()) < 0 ? second : first;
            return new CleanupTarget(first.id(), careful.kind(), first.root(), first.keep())
                .keeping(second.keep().toArray(String[]::new));
          });
    }
    return List.copyOf(byRoot.values());
  }

  /** A candidate with all that belongs to it while planning. */
  private record Proposal(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {}

  /** The making of one plan. */
  private final class Planning {
    private final Instant now = rules.clock().instant();
    private final List<CleanupTarget> targets;
    private final List<Guard> guards;
    private final Map<CleanupTarget, Snapshot> snapshots = new LinkedHashMap<>();
    private final List<Proposal> proposals = new ArrayList<>();
    private final TreeMap<Path, Proposal> accepted = new TreeMap<>();
    private final List<Refusal> refused = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    Planning(List<CleanupTarget> targets) {
      this.targets = targets;
      this.guards = Guards.standard(rules, targets);
    }

    void capture(CleanupTarget target) throws IOException {
      if (policies.stream().noneMatch(policy -> policy.appliesTo(target))) {
        return; // nobody asks what is there, and a cache may be large
      }
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.MEASURING, target.root(), target.id(), "", 0));
      Snapshot snapshot;
      try {
        snapshot =
            target.kind() == CleanupTarget.Kind.STORE
                ? Snapshot.unread(target.root())
                : probe.capture(target.root());
      } catch (NoSuchFileException e) {
        return;
      }
      snapshots.put(target, snapshot);
      problems.addAll(snapshot.problems());
    }

    /** Once everything is captured, so that each policy can know of all of it. */
    void propose() {
      snapshots.forEach(
          (target, snapshot) -> {
            PolicyContext context =
                new PolicyContext(target, now, rules.host(), retention, snapshots);
            for (Policy policy : policies) {
              if (policy.appliesTo(target)) {
                propose(policy, target, snapshot, context);
              }
            }
          });
    }

    private void propose(
        Policy policy, CleanupTarget target, Snapshot snapshot, PolicyContext context) {
      List<Candidate> candidates;
      try {
        candidates = policy.propose(snapshot, context);
      } catch (RuntimeException e) {
        // One broken policy must not hide what the others have to say
        refuse(policy.id(), target.root(), "policy", "the policy failed: " + e);
        return;
      }
      for (Candidate candidate : candidates) {
        if (liesInQuarantine(candidate.path(), target.root())) {
          continue; // removed already; what a policy sees there is no leftover of anybody else
        }
        Optional<Entry> subtree = subtree(target, candidate.path(), snapshot);
        if (subtree.isPresent()) {
          proposals.add(new Proposal(policy.id(), target, candidate, subtree.get()));
        } else {
          refuse(
              policy.id(),
              candidate.path(),
              "inside-target",
              "it is not in the target " + Printable.of(target.root()));
        }
      }
    }

    private static boolean liesInQuarantine(Path path, Path root) {
      for (Path above = path;
          above != null && above.startsWith(root) && !above.equals(root);
          above = above.getParent()) {
        if (QuarantineDirectory.isName(String.valueOf(above.getFileName()))) {
          return true;
        }
      }
      return false;
    }

    private Optional<Entry> subtree(CleanupTarget target, Path path, Snapshot snapshot) {
      if (!path.isAbsolute() || !path.startsWith(target.root())) {
        return Optional.empty();
      }
      return target.kind() == CleanupTarget.Kind.STORE
          ? Optional.of(Snapshot.unread(path).root())
          : snapshot.entry(path);
    }

    /**
     * From the top of the trees down, so that what lies in something that goes need not be asked
     * about.
     */
    void judge() throws InterruptedIOException {
      proposals.sort(
          Comparator.comparingInt(
              (Proposal proposal) -> proposal.candidate().path().getNameCount()));
      Set<Path> refusedPaths = new HashSet<>();
      Map<Path, Refusal> withheld = withheld();
      for (Proposal proposal : proposals) {
        Path path = proposal.candidate().path();
        if (!liesInAccepted(path)) {
          Optional<Refusal> refusal = Optional.ofNullable(withheld.get(path));
          if (refusal.isEmpty()) {
            refusal =
                Guards.refusal(
                    guards,
                    proposal.policy(),
                    proposal.target(),
                    proposal.candidate(),
                    proposal.subtree());
          }
          if (refusal.isEmpty()) {
            accepted.put(path, proposal);
          } else if (refusedPaths.add(path)) {
            refuse(refusal.get());
          }
        }
      }
    }

    /** What one policy has reason to keep, no other one gets. */
    private Map<Path, Refusal> withheld() {
      Map<Path, Refusal> withheld = new HashMap<>();
      for (Proposal proposal : proposals) {
        Path path = proposal.candidate().path();
        proposal
            .candidate()
            .withheld()
            .ifPresent(
                why ->
                    withheld.putIfAbsent(
                        path, new Refusal(proposal.policy(), path, "evidence", why)));
      }
      return withheld;
    }

    private boolean liesInAccepted(Path path) {
      for (Path above = path; above != null; above = above.getParent()) {
        if (accepted.containsKey(above)) {
          return true;
        }
      }
      return false;
    }

    private void refuse(String policy, Path path, String guard, String reason) {
      refuse(new Refusal(policy, path, guard, reason));
    }

    private void refuse(Refusal refusal) {
      refused.add(refusal);
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.REFUSED, refusal.path(), refusal.policy(), refusal.reason(), 0));
    }

    CleanupPlan finish() throws IOException {
      List<PlanItem> items = new ArrayList<>();
      List<Entry> going = new ArrayList<>();
      for (Candidate candidate : inOrder(retain())) {
        Proposal proposal = requireNonNull(accepted.get(candidate.path()));
        items.add(item(items.size() + 1, proposal, candidate));
        if (candidate.deletes()) {
          going.add(proposal.subtree());
        }
      }
      refused.sort(Comparator.comparing(Refusal::path).thenComparing(Refusal::policy));
      return new CleanupPlan(
          CleanupPlan.SCHEMA, now, targets, items, refused, problems, Snapshot.reclaimable(going));
    }

    /**
     * By their paths, but each after those that must be gone before it. Whose turn never comes,
     * because one of those stays, stays too.
     */
    private List<Candidate> inOrder(SortedMap<Path, Candidate> kept) {
      List<Candidate> ordered = new ArrayList<>();
      Set<Path> gone = new HashSet<>();
      List<Candidate> waiting = new ArrayList<>(kept.values());
      for (int before = -1; before != ordered.size(); ) {
        before = ordered.size();
        List<Candidate> next = new ArrayList<>();
        for (Candidate candidate : waiting) {
          (gone.containsAll(candidate.after()) ? ordered : next).add(candidate);
        }
        ordered.subList(before, ordered.size()).forEach(candidate -> gone.add(candidate.path()));
        waiting = next;
      }
      for (Candidate candidate : waiting) {
        Path first =
            candidate.after().stream().filter(path -> !gone.contains(path)).findFirst().get();
        String policy = requireNonNull(accepted.get(candidate.path())).policy();
        refuse(
            policy, candidate.path(), "order", Printable.of(first) + " must go first, and stays");
      }
      return ordered;
    }

    private SortedMap<Path, Candidate> retain() {
      SortedMap<Path, Candidate> kept = new TreeMap<>();
      snapshots.forEach(
          (target, snapshot) -> {
            List<Candidate> candidates =
                accepted.values().stream()
                    .filter(proposal -> proposal.target().equals(target))
                    .map(Proposal::candidate)
                    .toList();
            if (!retention.isNone()) {
              long all = snapshot.usage().allocatedBytes() - inQuarantines(snapshot);
              Reclaimable gone = new Reclaimable();
              candidates =
                  retention.select(
                      candidates, now, all, candidate -> gone.remove(subtree(candidate)));
            }
            candidates.forEach(candidate -> kept.put(candidate.path(), candidate));
          });
      return kept;
    }

    /** What is kept for a while counts for nobody's budget, or more and more would have to go. */
    private static long inQuarantines(Snapshot snapshot) {
      return snapshot.root().children().stream()
          .filter(child -> QuarantineDirectory.isName(child.name()))
          .mapToLong(child -> child.usage().allocatedBytes())
          .sum();
    }

    private Entry subtree(Candidate candidate) {
      return requireNonNull(accepted.get(candidate.path())).subtree();
    }

    private PlanItem item(int number, Proposal proposal, Candidate candidate) throws IOException {
      Entry subtree = proposal.subtree();
      var usage = subtree.usage();
      return new PlanItem(
          Integer.toString(number),
          proposal.policy(),
          proposal.target().id(),
          candidate,
          usage.apparentBytes(),
          usage.allocatedBytes(),
          candidate.deletes() ? usage.exclusiveBytes() : 0,
          proposal.target().kind() == CleanupTarget.Kind.STORE
              ? SubtreeIdentity.UNREAD
              : SubtreeIdentity.of(subtree));
    }
  }
}
