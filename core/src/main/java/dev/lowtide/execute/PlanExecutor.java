package dev.lowtide.execute;

import dev.lowtide.CleanupListener;
import dev.lowtide.execute.Judge.Judgement;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

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
    Judge judge = new Judge(probe, rules, plan);
    judge.prepare();
    try (PlanRun run = startRun(plan, outcomes)) {
      List<PlanItem> items;
      for (int first = 0; first < plan.items().size(); first += items.size()) {
        items = judge.together(first);
        IdentityHashMap<PlanItem, Judgement> judgements = judge.judgeTogether(items, run);
        for (PlanItem item : items) {
          run.prepareFor(item);
          executeItem(item, Optional.ofNullable(judgements.get(item)), judge, run, outcomes);
        }
      }
      run.finish();
    }
  }

  /** Performs the action of an item, if it was, or is now, judged so. */
  private static void executeItem(
      PlanItem item, Optional<Judgement> earlier, Judge judge, PlanRun run, Outcomes outcomes)
      throws InterruptedIOException {
    Optional<Judgement> judgement = earlier;
    boolean done = false;
    while (!done) {
      Judgement now =
          judgement.isPresent() && judgement.get().isRecent()
              ? judgement.get()
              : judge.judge(item, run);
      judgement = Optional.empty();
      if (now.rejection().isPresent()) {
        outcomes.add(now.rejection().get());
        return;
      }
      try {
        done = run.perform(item, now.target().orElseThrow(), now.subtree().orElseThrow());
      } catch (InterruptedIOException | ListenerException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        outcomes.add(Judge.failure(item, e));
        return;
      }
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
}
