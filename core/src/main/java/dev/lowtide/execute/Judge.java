package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.fs.ParallelWork;
import dev.lowtide.fs.QuarantineRefusedException;
import dev.lowtide.guard.Evidence;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.Guards;
import dev.lowtide.guard.Recent;
import dev.lowtide.guard.TargetRoots;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Judges the items of one plan right before they are removed: each is captured again, must be as it
 * was planned, and is shown to the guards again.
 *
 * <p>{@link #judgeTogether} is for the thread that carries out the plan; it judges many small items
 * on several threads.
 */
final class Judge {
  /** How many items are judged before the first of them is moved away. */
  private static final int MAX_TOGETHER = 64;

  /** No item is begun later than this after the first one; so large items are judged singly. */
  private static final Duration MAX_DURATION = Duration.ofMillis(100);

  /** The maximum age of a judgement when its item is moved away. */
  private static final Duration MAX_AGE = Duration.ofMillis(250);

  private final SizeProbe probe;
  private final GuardRules rules;
  private final CleanupPlan plan;
  private final Guards guards;
  private final Set<Path> planned;

  /** Checks the roots, since the plan may have been written by hand, or on another machine. */
  private final Recent<CleanupTarget, CleanupTarget> checkedRoots = new Recent<>(this::checkRoot);

  Judge(SizeProbe probe, GuardRules rules, CleanupPlan plan) {
    this.probe = probe;
    this.rules = rules;
    this.plan = plan;
    guards = Guards.of(rules, plan.targets());
    planned = plan.items().stream().map(PlanItem::path).collect(Collectors.toUnmodifiableSet());
  }

  /** Begins in another thread what the first judgement would wait for. */
  void prepare() {
    plan.items().stream().findFirst().ifPresent(item -> guards.prepareFor(item.path()));
  }

  /**
   * The judgement of an item.
   *
   * @param rejection the outcome of an item that must not be removed
   * @param target the target of an item that may be removed
   * @param subtree the tree of an item that may be removed
   */
  record Judgement(
      Optional<Outcome> rejection,
      Optional<CleanupTarget> target,
      Optional<Entry> subtree,
      long nanos) {
    private static Judgement rejected(Outcome outcome) {
      return new Judgement(
          Optional.of(outcome), Optional.empty(), Optional.empty(), System.nanoTime());
    }

    private static Judgement rejected(PlanItem item, String reason) {
      return rejected(new Skipped(item, reason));
    }

    boolean isRecent() {
      return System.nanoTime() - nanos <= MAX_AGE.toNanos();
    }
  }

  /** The next items that can be judged together; at least one. */
  List<PlanItem> together(int first) {
    int end = first;
    while (end < plan.items().size()
        && end - first < MAX_TOGETHER
        && isIndependent(plan.items().get(end))) {
      end++;
    }
    return plan.items().subList(first, Math.max(end, first + 1));
  }

  /** Whether the judgement of an item depends on no other item, and changes nothing. */
  private boolean isIndependent(PlanItem item) {
    return item.candidate().deletes()
        && item.candidate().after().isEmpty()
        && item.candidate().requires().isEmpty()
        && item.candidate().locks().isEmpty();
  }

  /**
   * Judges independent items; leaves out those for which the time does not suffice.
   *
   * @throws InterruptedIOException if the thread is interrupted
   */
  IdentityHashMap<PlanItem, Judgement> judgeTogether(List<PlanItem> items, PlanRun run)
      throws InterruptedIOException {
    IdentityHashMap<PlanItem, Judgement> judgements = new IdentityHashMap<>();
    if (items.size() == 1) {
      return judgements;
    }
    long start = System.nanoTime();
    ParallelWork.forEach(
        items,
        item -> {
          if (System.nanoTime() - start <= MAX_DURATION.toNanos()) {
            try {
              Judgement judgement = judge(item, run);
              synchronized (judgements) {
                judgements.put(item, judgement);
              }
            } catch (InterruptedIOException e) {
              Thread.currentThread().interrupt(); // ends the work of all threads
            }
          }
        });
    return judgements;
  }

  /** Judges an item, and takes its locks. */
  Judgement judge(PlanItem item, PlanRun run) throws InterruptedIOException {
    try {
      return tryToJudge(item, run);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      return Judgement.rejected(failure(item, e));
    }
  }

  private Judgement tryToJudge(PlanItem item, PlanRun run) throws IOException {
    long nanos = System.nanoTime();
    Optional<CleanupTarget> found = target(plan, item);
    if (found.isEmpty()) {
      return Judgement.rejected(item, "its target " + item.target() + " is not in the plan");
    }
    CleanupTarget target = found.get();
    if (rules.clock().instant().isBefore(plan.createdAt())) {
      return Judgement.rejected(
          item, "the clock was set back after the plan was made at " + plan.createdAt());
    }
    Optional<Path> predecessor = run.findExistingPredecessor(item);
    if (predecessor.isPresent()) {
      return Judgement.rejected(
          item, Printable.of(predecessor.get()) + " must be removed first, but still exists");
    }
    checkedRoots.get(target);
    Optional<String> lockRefusal = run.hold(item);
    if (lockRefusal.isPresent()) {
      return Judgement.rejected(item, "lock: " + lockRefusal.get());
    }
    boolean isStore = target.kind() == CleanupTarget.Kind.STORE;
    Snapshot snapshot = isStore ? Snapshot.ofStore(item.path()) : probe.capture(item.path());
    Optional<String> objection =
        objection(target, item, snapshot.root())
            .or(
                () ->
                    Evidence.removedEvidence(item.candidate(), planned::contains)
                        .map(why -> "order: " + why));
    return objection.isPresent()
        ? Judgement.rejected(item, objection.get())
        : new Judgement(Optional.empty(), found, Optional.of(snapshot.root()), nanos);
  }

  private CleanupTarget checkRoot(CleanupTarget target) throws IOException {
    TargetRoots.check(target, rules.host());
    return target;
  }

  private Optional<String> objection(CleanupTarget target, PlanItem item, Entry subtree)
      throws IOException {
    if (item.candidate().deletes()) {
      String difference = item.identity().differenceIn(subtree);
      if (!difference.isEmpty()) {
        return Optional.of("it has changed since it was planned: " + difference);
      }
    }
    return guards
        .refusal(item.policy(), target, item.candidate(), subtree)
        .map(refusal -> refusal.guard() + ": " + refusal.reason());
  }

  /** The target of an item; empty if the plan was changed by hand so that it has none. */
  static Optional<CleanupTarget> target(CleanupPlan plan, PlanItem item) {
    return plan.targets().stream()
        .filter(target -> target.id().equals(item.target()))
        .filter(target -> item.path().startsWith(target.root()))
        .findFirst();
  }

  /** The outcome of an item that could not be judged or removed. */
  static Outcome failure(PlanItem item, Exception e) {
    if (e instanceof NoSuchFileException) {
      boolean isGone = Files.notExists(item.path(), LinkOption.NOFOLLOW_LINKS);
      return isGone ? Skipped.gone(item) : new Skipped(item, "no such file: " + e.getMessage());
    }
    return e instanceof RefusedTargetException || e instanceof QuarantineRefusedException
        ? new Skipped(item, String.valueOf(e.getMessage()))
        : new Failed(item, BoundedSize.ZERO, LiveRun.reasonOf(e), List.of());
  }
}
