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
 * What a policy may know beside the snapshot. Immutable but for the analyses, and safe for use by
 * many threads.
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
   * The contexts of everything that is planned together, in the order of planning. They share their
   * {@linkplain #derived analyses}.
   *
   * @param forGoal whether only as much goes as a goal of space needs
   * @param planned what is there
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

  /** Where the policy is asked to propose. */
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
   * What the caller wants to keep; applied by the planner, and here so that a policy can propose
   * single entries of a cache instead of all of it.
   */
  public Retention retention() {
    return retention;
  }

  /** Whether only as much goes as a goal of space needs. */
  public boolean forGoal() {
    return forGoal;
  }

  /**
   * Everything that is planned together and is there, this target included, in the order of
   * planning: what something in one place refers to may lie in another.
   */
  public Map<CleanupTarget, Snapshot> planned() {
    return planned;
  }

  /**
   * Whether some of what could go may stay, so that each entry is proposed by itself instead of the
   * directory that holds them all.
   */
  public boolean proposesSingly() {
    return forGoal || !retention.isNone();
  }

  /**
   * The result of an analysis of everything that is {@linkplain #planned planned} together, made
   * when the first policy asks for it and the same for all that ask later.
   *
   * @param type of the result, of which there is one for each plan
   * @param analysis must not depend on the {@linkplain #target target}
   */
  public <T> T derived(Class<T> type, Function<PolicyContext, T> analysis) {
    return analyses.get(type, () -> analysis.apply(this));
  }
}
