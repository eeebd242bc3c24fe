package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** A policy that is made from its parts, see {@link Policy#of}. */
record PolicyRow(
    String id,
    String description,
    RebuildCost cost,
    Predicate<CleanupTarget> where,
    BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
    Optional<Account> account,
    List<CommandShape> commands,
    ToLongFunction<PolicyContext> inStore)
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
  public long storeBytes(PolicyContext context) {
    return inStore.applyAsLong(context);
  }

  @Override
  public String toString() {
    return id;
  }
}
