package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The input of a policy in addition to the snapshot. Immutable except for the shared analyses, and
 * safe for use by many threads.
 */
public final class PolicyContext {
  private final CleanupTarget target;
  private final Instant now;
  private final HostEnvironment host;
  private final Retention retention;
  private final boolean forGoal;
  private final Map<CleanupTarget, Snapshot> planned;
  private final Analyses analyses;

  private PolicyContext(
      CleanupTarget target,
      Instant now,
      HostEnvironment host,
      Retention retention,
      boolean forGoal,
      Map<CleanupTarget, Snapshot> planned,
      Analyses analyses) {
    this.target = target;
    this.now = now;
    this.host = host;
    this.retention = retention;
    this.forGoal = forGoal;
    this.planned = planned;
    this.analyses = analyses;
  }

  /**
   * Makes the contexts of all targets that are planned together, in the order of planning. They
   * share their {@linkplain #derived analyses}.
   *
   * @param forGoal whether only as much is removed as a space goal needs
   * @param planned the targets that exist, with their snapshots
   */
  public static Map<CleanupTarget, PolicyContext> forAll(
      Instant now,
      HostEnvironment host,
      Retention retention,
      boolean forGoal,
      Map<CleanupTarget, Snapshot> planned) {
    Map<CleanupTarget, Snapshot> all = Collections.unmodifiableMap(new LinkedHashMap<>(planned));
    Analyses analyses = new Analyses();
    Map<CleanupTarget, PolicyContext> contexts = new LinkedHashMap<>();
    for (CleanupTarget target : all.keySet()) {
      contexts.put(target, new PolicyContext(target, now, host, retention, forGoal, all, analyses));
    }
    return contexts;
  }

  /** The target for which the policy is asked. */
  public CleanupTarget target() {
    return target;
  }

  /** The time of planning. */
  public Instant now() {
    return now;
  }

  /** The machine. */
  public HostEnvironment host() {
    return host;
  }

  /**
   * The limits of what is kept. The planner applies them; a policy only needs them to decide
   * whether to propose single entries of a cache instead of the whole cache.
   */
  public Retention retention() {
    return retention;
  }

  /** Whether only as much is removed as a space goal needs. */
  public boolean forGoal() {
    return forGoal;
  }

  /**
   * All existing targets that are planned together, including this one, in the order of planning:
   * an entry of one target may refer to an entry of another.
   */
  public Map<CleanupTarget, Snapshot> planned() {
    return planned;
  }

  /**
   * Whether limits or a goal may keep some of the candidates, so that each entry must be proposed
   * by itself instead of the directory that contains them all.
   */
  public boolean proposesSingly() {
    return forGoal || !retention.isNone();
  }

  /**
   * The result of an analysis of all targets that are {@linkplain #planned planned} together. It is
   * made when the first policy requests it, and shared with all later ones.
   *
   * @param type the type of the result; there is one result of a type for each plan
   * @param analysis must not depend on the {@linkplain #target target}
   */
  public <T> T derived(Class<T> type, Function<PolicyContext, T> analysis) {
    return analyses.get(type, () -> analysis.apply(this));
  }
}
