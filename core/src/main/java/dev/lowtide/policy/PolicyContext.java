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
 * What a policy may know beside the snapshot.
 *
 * @param target where it is asked to propose
 * @param now the time of planning
 * @param host the machine
 * @param retention what the caller wants to keep; applied by the planner, and here so that a policy
 *     can propose single entries of a cache instead of all of it
 * @param forGoal whether only as much goes as a goal of space needs
 * @param planned everything that is planned together and is there, this target included, in the
 *     order of planning: what something in one place refers to may lie in another
 * @param analyses what policies find out once for the whole plan
 */
public record PolicyContext(
    CleanupTarget target,
    Instant now,
    HostEnvironment host,
    Retention retention,
    boolean forGoal,
    Map<CleanupTarget, Snapshot> planned,
    Analyses analyses) {

  public PolicyContext {
    planned = Collections.unmodifiableMap(new LinkedHashMap<>(planned));
  }

  /** A context without a goal, whose analyses nobody shares. */
  public PolicyContext(
      CleanupTarget target,
      Instant now,
      HostEnvironment host,
      Retention retention,
      Map<CleanupTarget, Snapshot> planned) {
    this(target, now, host, retention, false, planned, new Analyses());
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
