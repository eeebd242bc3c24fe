package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.fs.QuarantineRefusedException;
import dev.lowtide.guard.Evidence;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.Guards;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Carries out a plan: it checks each item again, asks the guards again, and removes what is still
 * as it was planned. It has no policies, and so cannot remove more than the plan names.
 *
 * <p>A dry run is an executor without a {@link Deleter}: it has no object that could change a disk.
 * After an item has failed, the next one is still tried. Immutable; several plans may be carried
 * out at once if their targets do not overlap.
 */
final class PlanExecutor {
  private final SizeProbe probe;
  private final GuardRules rules;
  private final Optional<RemovalTools> tools;
  private final CleanupListener listener;

  private PlanExecutor(
      SizeProbe probe, GuardRules rules, Optional<RemovalTools> tools, CleanupListener listener) {
    this.probe = probe;
    this.rules = rules;
    this.tools = tools;
    this.listener = ListenerException.wrapExceptions(listener);
  }

  /** An executor that determines what would be done, and changes nothing. */
  static PlanExecutor dryRun(SizeProbe probe, GuardRules rules, CleanupListener listener) {
    return new PlanExecutor(probe, rules, Optional.empty(), listener);
  }

  /**
   * An executor that removes the items.
   *
   * @param tools the tools for removing
   */
  static PlanExecutor removing(GuardRules rules, RemovalTools tools, CleanupListener listener) {
    return new PlanExecutor(tools.probe(), rules, Optional.of(tools), listener);
  }

  /**
   * Carries out a plan. An exception of the listener or an {@link InterruptedIOException} ends it
   * early; the outcomes until then are in a {@link CleanupException}, which is suppressed in that
   * exception.
   *
   * @throws InterruptedIOException if the thread is interrupted: each item is either whole at its
   *     path, or no longer at its path, and then the next run removes the rest of it; later items
   *     are unchanged
   */
  CleanupReport execute(CleanupPlan plan) throws InterruptedIOException {
    Outcomes outcomes = new Outcomes(plan, listener);
    FreeSpace space = tools.isEmpty() ? FreeSpace.none() : FreeSpace.of(plan);
    try {
      executeItems(plan, outcomes);
    } catch (ListenerException e) {
      e.thrown()
          .addSuppressed(CleanupException.endedEarly(outcomes.report(tools.isEmpty(), List.of())));
      throw e.thrown();
    } catch (InterruptedIOException e) {
      e.addSuppressed(CleanupException.endedEarly(outcomes.report(tools.isEmpty(), List.of())));
      throw e;
    }
    return outcomes.report(tools.isEmpty(), space.changes(outcomes.inOrder()));
  }

  private void executeItems(CleanupPlan plan, Outcomes outcomes) throws InterruptedIOException {
    Guards guards = Guards.of(rules, plan.targets());
    plan.items().stream().findFirst().ifPresent(item -> guards.prepareFor(item.path()));
    try (PlanRun run = startRun(plan, outcomes)) {
      Set<Path> planned =
          plan.items().stream().map(PlanItem::path).collect(Collectors.toUnmodifiableSet());
      for (PlanItem item : plan.items()) {
        run.prepareFor(item);
        try {
          boolean done;
          do {
            done = executeItem(plan, guards, planned, item, run, outcomes);
          } while (!done);
        } catch (InterruptedIOException | ListenerException e) {
          throw e;
        } catch (NoSuchFileException e) {
          boolean isGone = Files.notExists(item.path(), LinkOption.NOFOLLOW_LINKS);
          outcomes.add(
              isGone ? Skipped.gone(item) : new Skipped(item, "no such file: " + e.getMessage()));
        } catch (RefusedTargetException | QuarantineRefusedException e) {
          outcomes.add(new Skipped(item, String.valueOf(e.getMessage())));
        } catch (IOException | RuntimeException e) {
          outcomes.add(new Failed(item, BoundedSize.ZERO, LiveRun.reasonOf(e), List.of()));
        }
      }
      run.finish();
    }
  }

  private PlanRun startRun(CleanupPlan plan, Outcomes outcomes) throws InterruptedIOException {
    if (tools.isEmpty()) {
      return new DryRun(outcomes);
    }
    LiveRun run = new LiveRun(tools.get(), rules, plan, outcomes, listener);
    try {
      run.recover();
      return run;
    } catch (InterruptedIOException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /** Judges an item and performs its action; returns false if it must be judged again. */
  private boolean executeItem(
      CleanupPlan plan,
      Guards guards,
      Set<Path> planned,
      PlanItem item,
      PlanRun run,
      Outcomes outcomes)
      throws IOException {
    Optional<CleanupTarget> target =
        plan.targets().stream()
            .filter(each -> each.id().equals(item.target()))
            .filter(each -> item.path().startsWith(each.root()))
            .findFirst();
    if (target.isEmpty()) {
      outcomes.add(new Skipped(item, "its target " + item.target() + " is not in the plan"));
      return true;
    }
    Optional<String> early = earlyObjection(plan, item, run);
    if (early.isPresent()) {
      outcomes.add(new Skipped(item, early.get()));
      return true;
    }
    // The plan may have been written by hand, or on another machine
    TargetRoots.check(target.get(), rules.host());
    Optional<String> lockRefusal = run.hold(item);
    if (lockRefusal.isPresent()) {
      outcomes.add(new Skipped(item, "lock: " + lockRefusal.get()));
      return true;
    }
    boolean isStore = target.get().kind() == CleanupTarget.Kind.STORE;
    Snapshot snapshot = isStore ? Snapshot.unread(item.path()) : probe.capture(item.path());
    Optional<String> objection =
        objection(target.get(), item, snapshot.root(), guards)
            .or(
                () ->
                    Evidence.removedEvidence(item.candidate(), planned::contains)
                        .map(why -> "order: " + why));
    if (objection.isPresent()) {
      outcomes.add(new Skipped(item, objection.get()));
      return true;
    }
    return run.perform(item, target.get(), snapshot.root());
  }

  private Optional<String> earlyObjection(CleanupPlan plan, PlanItem item, PlanRun run) {
    if (rules.clock().instant().isBefore(plan.createdAt())) {
      return Optional.of("the clock was set back after the plan was made at " + plan.createdAt());
    }
    return run.findExistingPredecessor(item)
        .map(first -> Printable.of(first) + " must be removed first, but still exists");
  }

  private static Optional<String> objection(
      CleanupTarget target, PlanItem item, Entry subtree, Guards guards) throws IOException {
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
}
