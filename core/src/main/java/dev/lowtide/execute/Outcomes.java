package dev.lowtide.execute;

import dev.lowtide.CleanupListener;
import dev.lowtide.Problem;
import dev.lowtide.execute.CleanupReport.SpaceChange;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Requirement.Stopped;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Collects the outcomes of the items of one plan, and sends each to a listener as soon as it is
 * known.
 */
final class Outcomes {
  private final CleanupPlan plan;
  private final CleanupListener listener;
  private final IdentityHashMap<PlanItem, Outcome> byItem = new IdentityHashMap<>();

  private final List<Problem> stuck = new ArrayList<>();

  Outcomes(CleanupPlan plan, CleanupListener listener) {
    this.plan = plan;
    this.listener = listener;
  }

  /**
   * Adds an outcome, which replaces an earlier one of the same item, and sends it to the listener.
   */
  void add(Outcome outcome) {
    addSilently(outcome);
    PlanItem item = outcome.item();
    String reason = outcome.reason().isEmpty() ? item.candidate().reason() : outcome.reason();
    listener.on(
        new CleanupListener.Event(
            outcome.kind(), item.path(), item.policy(), reason, outcome.freed()));
  }

  /** Adds a problem in a quarantine that a person must solve. */
  void addStuck(Problem problem) {
    stuck.add(problem);
  }

  void addSilently(Outcome outcome) {
    byItem.put(outcome.item(), outcome);
  }

  /** The known outcomes, in the order of the plan. */
  List<Outcome> inOrder() {
    return plan.items().stream()
        .flatMap(item -> Optional.ofNullable(byItem.get(item)).stream())
        .toList();
  }

  /**
   * Replaces the outcome of the last item that required a server to be stopped with a failure,
   * since the server is still stopped.
   */
  void failLast(Stopped server, String why) {
    List<Outcome> outcomes = inOrder();
    for (int i = outcomes.size() - 1; i >= 0; i--) {
      Outcome outcome = outcomes.get(i);
      if (outcome.item().candidate().requires().contains(server)) {
        String reason = "a server was stopped for it and did not start again: " + why;
        add(new Failed(outcome.item(), outcome.freed(), reason, List.of()));
        return;
      }
    }
  }

  CleanupReport report(boolean dryRun, List<SpaceChange> space) {
    return new CleanupReport(dryRun, inOrder(), plan.refused(), space, stuck);
  }
}
