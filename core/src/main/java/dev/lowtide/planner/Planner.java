package dev.lowtide.planner;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Globs;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.guard.Evidence;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.Guards;
import dev.lowtide.guard.QuarantineGuard;
import dev.lowtide.guard.TargetRoots;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.Refusal;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.plan.SubtreeIdentity;
import dev.lowtide.policy.Analyses;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Finder;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
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
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides what may go: captures each target, has the policies propose and the guards object, and
 * puts what is left into a plan in which no item lies in another.
 *
 * <p>Immutable; each call of {@link #plan} is independent, and several may run at once.
 */
public final class Planner {
  /** To ask about one takes some microseconds, to wake other threads some dozen. */
  private static final int MANY = 1000;

  /** So many of the paths that stay are named where a goal is not met. */
  private static final int LARGEST = 5;

  private final SizeProbe probe;
  private final List<Policy> policies;
  private final GuardRules rules;
  private final Keepers keepers;
  private final Retention retention;
  private final SpaceGoal goal;
  private final CleanupListener listener;

  /**
   * @param probe captures the targets
   * @param policies asked in this order; where two propose the same path, the first one's candidate
   *     stands
   * @param rules what the guards go by
   * @param retention what is kept although a policy proposes it
   * @param listener hears of each target and of each refusal
   */
  public Planner(
      SizeProbe probe,
      List<Policy> policies,
      GuardRules rules,
      Retention retention,
      CleanupListener listener) {
    this(probe, policies, rules, Keepers.STANDARD, retention, SpaceGoal.NONE, listener);
  }

  /**
   * As the other one.
   *
   * @param keepers tells which directories a tool keeps as its own
   * @param goal chooses among what may go
   */
  public Planner(
      SizeProbe probe,
      List<Policy> policies,
      GuardRules rules,
      Keepers keepers,
      Retention retention,
      SpaceGoal goal,
      CleanupListener listener) {
    this.keepers = keepers;
    this.goal = goal;
    this.probe = probe;
    this.policies = ImmutableList.copyOf(policies);
    this.rules = rules.with(policies);
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

  /**
   * The same directory named twice is one target, with the patterns of both and of the kind that is
   * kept more carefully: a cache that the user names may still be in use.
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

  /**
   * A candidate with all that belongs to it while planning.
   *
   * @param kept whether it is so young, so much in use or so new that it stays as it is
   */
  private record Proposal(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree, boolean kept) {}

  /** What goes or stays as a whole, so that nothing in it is asked about. */
  private static final class Settled {
    private final boolean nested;
    private final Set<Entry> entries = new HashSet<>();
    private final Set<Path> paths = new HashSet<>();

    /**
     * @param targets in which the proposals lie; where one lies in another, the same thing has
     *     entries in several snapshots
     */
    Settled(List<CleanupTarget> targets) {
      nested =
          targets.stream()
              .anyMatch(
                  target ->
                      target.kind() == CleanupTarget.Kind.STORE
                          || targets.stream()
                              .anyMatch(
                                  other ->
                                      !other.equals(target)
                                          && other.root().startsWith(target.root())));
    }

    void add(Proposal proposal) {
      if (nested) {
        paths.add(proposal.candidate().path());
      } else {
        entries.add(proposal.subtree());
      }
    }

    /** Whether the very same has been added. */
    boolean isIn(Proposal proposal) {
      return nested
          ? paths.contains(proposal.candidate().path())
          : entries.contains(proposal.subtree());
    }

    /** Whether it, or what it lies in, has been added. */
    boolean holds(Proposal proposal) {
      if (nested) {
        for (Path above = proposal.candidate().path(); above != null; above = above.getParent()) {
          if (paths.contains(above)) {
            return true;
          }
        }
        return false;
      }
      for (Optional<Entry> above = Optional.of(proposal.subtree());
          above.isPresent();
          above = above.get().parent()) {
        if (entries.contains(above.get())) {
          return true;
        }
      }
      return false;
    }
  }

  /** The making of one plan. */
  private final class Planning {
    private final Instant now = rules.clock().instant();
    private final List<CleanupTarget> targets;
    private final Guards guards;
    private final Map<CleanupTarget, Snapshot> snapshots = new LinkedHashMap<>();
    private final List<Proposal> proposals = new ArrayList<>();
    private final Map<Path, Proposal> accepted = new LinkedHashMap<>();
    private final List<Refusal> refused = new ArrayList<>();
    private final Set<Path> leftToTools = new HashSet<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Analyses analyses = new Analyses();

    Planning(List<CleanupTarget> targets) {
      this.targets = targets;
      this.guards = Guards.of(rules, targets);
    }

    void capture(CleanupTarget target) throws IOException {
      if (policies.stream().noneMatch(policy -> policy.appliesTo(target))) {
        return; // nobody asks what is there, and a cache may be large
      }
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.MEASURING, target.root(), "", "", BoundedSize.ZERO));
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

    /** A pattern that is misspelt protects nothing, and nobody would see. */
    private List<String> notes() {
      Map<String, List<Snapshot>> places = new LinkedHashMap<>();
      snapshots.forEach(
          (target, snapshot) ->
              target
                  .keep()
                  .forEach(
                      glob -> places.computeIfAbsent(glob, g -> new ArrayList<>()).add(snapshot)));
      return places.entrySet().stream()
          .filter(each -> each.getValue().stream().noneMatch(place -> holds(place, each.getKey())))
          .map(each -> "the pattern '" + each.getKey() + "', which is to be kept, matches nothing")
          .toList();
    }

    private static boolean holds(Snapshot place, String glob) {
      Globs globs = Globs.of(place.rootPath().getFileSystem(), List.of(glob));
      return place.entries().skip(1).map(Entry::relativePath).anyMatch(globs::names);
    }

    /** Once everything is captured, so that each policy can know of all of it. */
    void propose() {
      snapshots.forEach(
          (target, snapshot) -> {
            PolicyContext context =
                new PolicyContext(target, now, rules.host(), retention, snapshots, analyses);
            List<Path> quarantines = quarantines(snapshot);
            Map<Path, String> kept =
                target.kind() == CleanupTarget.Kind.STORE ? Map.of() : keepers.in(target, snapshot);
            for (Policy policy : policies) {
              if (policy.appliesTo(target)) {
                propose(policy, target, snapshot, quarantines, kept, context);
              }
            }
          });
    }

    private void propose(
        Policy policy,
        CleanupTarget target,
        Snapshot snapshot,
        List<Path> quarantines,
        Map<Path, String> kept,
        PolicyContext context) {
      List<Candidate> candidates;
      try {
        candidates = policy.propose(snapshot, context);
      } catch (RuntimeException e) {
        // One broken policy must not hide what the others have to say
        refuse(policy.id(), target.root(), "policy", "the policy failed: " + e);
        return;
      }
      List<Candidate> offered =
          candidates.stream().filter(candidate -> candidate.withheld().isEmpty()).toList();
      Predicate<Candidate> keeps = retention.keeps(offered, now);
      Finder finder = new Finder(snapshot);
      for (Candidate candidate : candidates) {
        Path path = candidate.path();
        if (quarantines.stream().anyMatch(path::startsWith)) {
          continue; // removed already; what a policy sees there is no leftover of anybody else
        }
        Optional<Path> keptByTool =
            kept.keySet().stream()
                .filter(each -> path.startsWith(each) || isLostWith(candidate, each))
                .findFirst();
        if (keptByTool.isPresent()) {
          leaveToItsTool(policy, path, keptByTool.get(), kept);
          continue;
        }
        Optional<Entry> subtree =
            target.kind() == CleanupTarget.Kind.STORE && path.startsWith(target.root())
                ? Optional.of(Snapshot.unread(path).root())
                : finder.entry(path);
        if (subtree.isPresent()) {
          boolean stays = keeps.test(candidate);
          Candidate explained = stays ? candidate : retention.explained(candidate, now);
          proposals.add(new Proposal(policy.id(), target, explained, subtree.get(), stays));
        } else {
          refuse(
              policy.id(),
              path,
              "inside-target",
              "it is not in the target " + Printable.of(target.root()));
        }
      }
    }

    /** What Lowtide has made for a build was made for all that is in it, caches included. */
    private static boolean isLostWith(Candidate candidate, Path directory) {
      return candidate.deletes()
          && !Marker.OWNED.isRequiredBy(candidate)
          && directory.startsWith(candidate.path());
    }

    /** Said once of each directory, whatever policies see in it. */
    private void leaveToItsTool(Policy policy, Path path, Path directory, Map<Path, String> kept) {
      String tool = kept.get(directory);
      if (!path.startsWith(directory)) {
        refuse(
            policy.id(),
            path,
            "kept-by-tool",
            Printable.of(directory) + " in it is a directory that " + tool + " keeps");
      } else if (leftToTools.add(directory)) {
        refuse(
            policy.id(),
            directory,
            "kept-by-tool",
            tool + " keeps it; only the policies for " + tool + " look into it, with --caches");
      }
    }

    private static List<Path> quarantines(Snapshot snapshot) {
      return snapshot.entries().filter(QuarantineGuard::isQuarantine).map(Entry::path).toList();
    }

    /**
     * From the top of the trees down, so that what lies in something that goes, or that stays for
     * its age, need not be asked about.
     */
    void judge() throws InterruptedIOException {
      Map<Integer, List<Proposal>> byDepth =
          proposals.stream()
              .collect(
                  Collectors.groupingBy(
                      proposal -> proposal.candidate().path().getNameCount(),
                      TreeMap::new,
                      Collectors.toList()));
      Map<Path, Refusal> withheld = withheld();
      Settled settled = new Settled(targets);
      Set<Path> refusedPaths = new HashSet<>();
      for (List<Proposal> equallyDeep : byDepth.values()) {
        List<Proposal> open =
            equallyDeep.stream().filter(proposal -> !settled.holds(proposal)).toList();
        List<Optional<Refusal>> objections =
            forEach(open, proposal -> objection(proposal, withheld));
        for (int i = 0; i < open.size(); i++) {
          Proposal proposal = open.get(i);
          Path path = proposal.candidate().path();
          Optional<Refusal> objection = objections.get(i);
          boolean isTwice = settled.isIn(proposal); // another policy has proposed the same
          if (!isTwice && objection.isEmpty()) {
            settled.add(proposal);
            if (!proposal.kept()) {
              accepted.put(path, proposal);
            }
          } else if (!isTwice && refusedPaths.add(path)) {
            refuse(objection.get());
          }
        }
      }
    }

    private Optional<Refusal> objection(Proposal proposal, Map<Path, Refusal> withheld)
        throws InterruptedIOException {
      Refusal reason = withheld.get(proposal.candidate().path());
      if (reason != null || proposal.kept()) {
        return Optional.ofNullable(reason);
      }
      return guards.refusal(
          proposal.policy(), proposal.target(), proposal.candidate(), proposal.subtree());
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

    private void refuse(String policy, Path path, String guard, String reason) {
      refuse(new Refusal(policy, path, guard, reason));
    }

    private void refuse(Refusal refusal) {
      refused.add(refusal);
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.REFUSED,
              refusal.path(),
              refusal.policy(),
              refusal.reason(),
              BoundedSize.ZERO));
    }

    CleanupPlan finish() throws InterruptedIOException {
      Map<Path, SubtreeIdentity> identities = identify();
      List<String> notes = new ArrayList<>(notes());
      List<Candidate> going = forTheGoal(inOrder(withEvidence(retain())), notes);
      List<Proposal> proposed =
          going.stream().map(candidate -> requireNonNull(accepted.get(candidate.path()))).toList();
      Reclaimable gone = Reclaimable.asking();
      BoundedSize reclaimable = BoundedSize.ZERO;
      for (Proposal proposal : proposed) {
        if (proposal.candidate().deletes()) {
          reclaimable = reclaimable.plus(gone.remove(proposal.subtree()));
        }
      }
      List<PlanItem> items = new ArrayList<>();
      for (int i = 0; i < going.size(); i++) {
        Proposal proposal = proposed.get(i);
        Candidate candidate = explained(going.get(i), proposal.subtree(), gone);
        BoundedSize alone = candidate.deletes() ? gone.alone(proposal.subtree()) : BoundedSize.ZERO;
        items.add(
            item(
                i + 1,
                proposal,
                candidate,
                alone,
                requireNonNull(identities.get(candidate.path()))));
      }
      refused.sort(Comparator.comparing(Refusal::path).thenComparing(Refusal::policy));
      return new CleanupPlan(
              CleanupPlan.SCHEMA, now, targets, items, refused, problems, notes, reclaimable)
          .madeOn(rules.host());
    }

    /** Leaves out what the goal does not need, and orders the rest as the goal takes it. */
    private List<Candidate> forTheGoal(List<Candidate> allowed, List<String> notes) {
      if (goal.isNone()) {
        return allowed;
      }
      Map<CleanupTarget, Long> sizes = new LinkedHashMap<>();
      snapshots.forEach((target, snapshot) -> sizes.put(target, GoalSelection.bytes(snapshot)));
      List<GoalSelection.Choice> choices =
          allowed.stream()
              .map(
                  candidate -> {
                    Proposal proposal = requireNonNull(accepted.get(candidate.path()));
                    return new GoalSelection.Choice(
                        proposal.target(), candidate, proposal.subtree());
                  })
              .toList();
      GoalSelection selection = new GoalSelection(goal, choices, sizes).select();
      selection
          .left()
          .forEach(
              (choice, why) ->
                  refuse(
                      requireNonNull(accepted.get(choice.candidate().path())).policy(),
                      choice.candidate().path(),
                      "goal",
                      why));
      notes.addAll(selection.explain());
      if (!selection.isMet()) {
        notes.addAll(largestThatStay());
      }
      return selection.chosen();
    }

    /** What a person can look at where a goal is not met. */
    private List<String> largestThatStay() {
      Map<Refusal, Long> sizes = new HashMap<>();
      for (Snapshot snapshot : snapshots.values()) {
        Finder finder = new Finder(snapshot);
        for (Refusal refusal : refused) {
          finder
              .entry(refusal.path())
              .ifPresent(entry -> sizes.put(refusal, entry.usage().allocatedBytes()));
        }
      }
      return sizes.entrySet().stream()
          .sorted(Map.Entry.<Refusal, Long>comparingByValue().reversed())
          .limit(LARGEST)
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

    /** Says what does not come free although it is removed. */
    private static Candidate explained(Candidate candidate, Entry subtree, Reclaimable gone) {
      List<String> remarks = candidate.deletes() ? gone.remarks(subtree) : List.of();
      return remarks.isEmpty()
          ? candidate
          : candidate.because(
              candidate.cause(), candidate.reason() + "; " + String.join("; ", remarks));
    }

    /**
     * Leaves out what rests on something that is removed too. What only proves where something
     * comes from goes after it.
     */
    private List<Candidate> withEvidence(List<Candidate> selected) {
      Map<Path, Candidate> going = new LinkedHashMap<>();
      selected.forEach(candidate -> going.put(candidate.path(), candidate));
      Set<Path> removed = Set.copyOf(going.keySet());
      for (Candidate candidate : selected) {
        Optional<String> objection = Evidence.removedToo(candidate, removed::contains);
        if (objection.isPresent()) {
          going.remove(candidate.path());
          String policy = requireNonNull(accepted.get(candidate.path())).policy();
          refuse(policy, candidate.path(), "order", objection.get());
        }
      }
      for (Candidate candidate : List.copyOf(going.values())) {
        Evidence.mayGoLater(candidate)
            .forEach(
                path -> {
                  for (Path above = path; above != null; above = above.getParent()) {
                    going.computeIfPresent(
                        above, (there, holder) -> holder.onlyAfter(candidate.path()));
                  }
                });
      }
      return List.copyOf(going.values());
    }

    /**
     * By their paths, but each after those that must be gone before it. Whose turn never comes,
     * because one of those stays, stays too.
     */
    private List<Candidate> inOrder(List<Candidate> any) {
      Candidate[] byPath = any.toArray(Candidate[]::new);
      Arrays.parallelSort(byPath, (one, other) -> one.path().compareTo(other.path()));
      List<Candidate> selected = List.of(byPath);
      if (selected.stream().allMatch(candidate -> candidate.after().isEmpty())) {
        return selected;
      }
      List<Candidate> ordered = new ArrayList<>();
      Set<Path> gone = new HashSet<>();
      List<Candidate> waiting = selected;
      for (int before = -1; before != ordered.size(); ) {
        before = ordered.size();
        List<Candidate> next = new ArrayList<>();
        for (Candidate candidate : waiting) {
          boolean isNext = candidate.after().stream().allMatch(path -> isIn(gone, path));
          (isNext ? ordered : next).add(candidate);
        }
        ordered.subList(before, ordered.size()).forEach(candidate -> gone.add(candidate.path()));
        waiting = next;
      }
      for (Candidate candidate : waiting) {
        Path first = candidate.after().stream().filter(path -> !isIn(gone, path)).findFirst().get();
        String policy = requireNonNull(accepted.get(candidate.path())).policy();
        refuse(
            policy, candidate.path(), "order", Printable.of(first) + " must go first, and stays");
      }
      return ordered;
    }

    /** Whether a path, or what it lies in, is one of some trees. */
    private static boolean isIn(Set<Path> trees, Path path) {
      return Stream.iterate(path, Objects::nonNull, Path::getParent).anyMatch(trees::contains);
    }

    /** Leaves out what need not go for the size limits of the targets. */
    private List<Candidate> retain() {
      Map<CleanupTarget, List<Candidate>> byTarget = new LinkedHashMap<>();
      for (Proposal proposal : accepted.values()) {
        byTarget
            .computeIfAbsent(proposal.target(), target -> new ArrayList<>())
            .add(proposal.candidate());
      }
      List<Candidate> selected = new ArrayList<>();
      byTarget.forEach(
          (target, candidates) -> {
            Snapshot snapshot = requireNonNull(snapshots.get(target));
            long all = GoalSelection.bytes(snapshot);
            for (Candidate each : retention.withinBudget(candidates, all, this::subtree)) {
              if (each.withheld().isEmpty()) {
                selected.add(each);
              } else {
                String policy = requireNonNull(accepted.get(each.path())).policy();
                refuse(policy, each.path(), "budget", each.withheld().get());
              }
            }
          });
      return selected;
    }

    private Entry subtree(Candidate candidate) {
      return requireNonNull(accepted.get(candidate.path())).subtree();
    }

    /** Looks at the disk again; what has vanished since it was captured is left out. */
    private Map<Path, SubtreeIdentity> identify() throws InterruptedIOException {
      List<Proposal> all = List.copyOf(accepted.values());
      List<Optional<SubtreeIdentity>> found = forEach(all, this::identity);
      Map<Path, SubtreeIdentity> identities = new HashMap<>();
      for (int i = 0; i < all.size(); i++) {
        Path path = all.get(i).candidate().path();
        if (found.get(i).isPresent()) {
          identities.put(path, found.get(i).get());
        } else {
          accepted.remove(path);
        }
      }
      return identities;
    }

    private Optional<SubtreeIdentity> identity(Proposal proposal) throws InterruptedIOException {
      if (proposal.target().kind() == CleanupTarget.Kind.STORE) {
        return Optional.of(SubtreeIdentity.UNREAD);
      }
      try {
        return Optional.of(SubtreeIdentity.of(proposal.subtree()));
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        synchronized (problems) {
          problems.add(Problem.of(proposal.candidate().path(), "identify", e));
        }
        return Optional.empty();
      }
    }

    private static PlanItem item(
        int number,
        Proposal proposal,
        Candidate candidate,
        BoundedSize alone,
        SubtreeIdentity identity) {
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

  private interface Question<T, R> {
    R ask(T about) throws InterruptedIOException;
  }

  /** Asks about each, on all processors where there are so many that it is worth to wake them. */
  private static <T, R> List<R> forEach(List<T> all, Question<T, R> question)
      throws InterruptedIOException {
    try {
      return (all.size() < MANY ? all.stream() : all.parallelStream())
          .map(
              each -> {
                try {
                  return question.ask(each);
                } catch (InterruptedIOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof InterruptedIOException interrupted) {
        throw interrupted;
      }
      throw e;
    }
  }
}
