package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** A row of the table of policies: what people are told, and where and how to look. */
record PythonPolicy(
    String id,
    String description,
    RebuildCost cost,
    Predicate<CleanupTarget> where,
    BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence)
    implements Policy {

  static PythonPolicy inWorkspaces(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence) {
    return new PythonPolicy(
        id, description, cost, target -> target.kind() == CleanupTarget.Kind.WORKSPACE, evidence);
  }

  @Override
  public boolean appliesTo(CleanupTarget target) {
    return where.test(target);
  }

  @Override
  public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return evidence.apply(snapshot, context);
  }

  @Override
  public String toString() {
    return id;
  }
}
