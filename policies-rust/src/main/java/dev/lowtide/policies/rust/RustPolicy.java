package dev.lowtide.policies.rust;

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
record RustPolicy(
    String id,
    String description,
    RebuildCost cost,
    Predicate<CleanupTarget> where,
    BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence)
    implements Policy {

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
