package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import java.time.Instant;

/**
 * What a policy may know beside the snapshot.
 *
 * @param target where it is asked to propose
 * @param now the time of planning
 * @param host the machine
 * @param retention what the caller wants to keep; applied by the planner, and here so that a policy
 *     can propose single entries of a cache instead of all of it
 */
public record PolicyContext(
    CleanupTarget target, Instant now, HostEnvironment host, Retention retention) {}
