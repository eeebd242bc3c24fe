package dev.lowtide.plan;

import dev.lowtide.policy.Candidate;
import java.nio.file.Path;

/**
 * One thing that is to go.
 *
 * @param id unique in its plan
 * @param policy the id of the policy that proposed it
 * @param target the id of the target in which it lies
 * @param candidate what is to be done, and why
 * @param apparentBytes the sizes of all files in it
 * @param allocatedBytes what it takes on the disk
 * @param reclaimableBytes what comes free if it alone goes: files that also have a name elsewhere
 *     do not
 * @param identity what must be found when it is to go
 */
public record PlanItem(
    String id,
    String policy,
    String target,
    Candidate candidate,
    long apparentBytes,
    long allocatedBytes,
    long reclaimableBytes,
    SubtreeIdentity identity) {

  /** The one path that it is about, absolute. */
  public Path path() {
    return candidate.path();
  }
}
