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

/** The outcomes of the items of one plan, each told to a listener as soon as it is known. */
final class Outcomes {
  private final CleanupPlan plan;
  private final CleanupListener listener;
  private final IdentityHashMap<PlanItem, Outcome> byItem = new IdentityHashMap<>();

  private final List<Problem> stuck = new ArrayList<>();

  Outcomes(CleanupPlan plan, CleanupListener listener) {
    this.plan = plan;
    this.listener = listener;
  }

  /** Adds an outcome, in the place of an earlier one of the same item, and tells it. */
  void add(Outcome outcome) {
    addSilently(outcome);
    PlanItem item = outcome.item();
    String reason = outcome.reason().isEmpty() ? item.candidate().reason() : outcome.reason();
    listener.on(
        new CleanupListener.Event(
            outcome.kind(), item.path(), item.policy(), reason, outcome.freed()));
  }

  /** Adds something in a quarantine that needs a person. */
  void addStuck(Problem problem) {
    stuck.add(problem);
  }

  void addSilently(Outcome outcome) {
    byItem.put(outcome.item(), outcome);
  }

  /** Those that are known, in the order of the plan. */
  List<Outcome> inOrder() {
    return plan.items().stream()
        .flatMap(item -> Optional.ofNullable(byItem.get(item)).stream())
        .toList();
  }

  /** Fails the last item that needed a server stopped, since that is left stopped. */
  void failLast(Stopped server, String why) {
    List<Outcome> known = inOrder();
    for (int i = known.size() - 1; i >= 0; i--) {
      Outcome outcome = known.get(i);
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
