package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a policy may know beside the snapshot.
 *
 * @param target where it is asked to propose
 * @param now the time of planning
 * @param host the machine
 * @param retention what the caller wants to keep; applied by the planner, and here so that a policy
 *     can propose single entries of a cache instead of all of it
 * @param planned everything that is planned together and is there, this target included, in the
 *     order of planning: what something in one place refers to may lie in another
 */
public record PolicyContext(
    CleanupTarget target,
    Instant now,
    HostEnvironment host,
    Retention retention,
    Map<CleanupTarget, Snapshot> planned) {

  public PolicyContext {
    planned = Collections.unmodifiableMap(new LinkedHashMap<>(planned));
  }
}
