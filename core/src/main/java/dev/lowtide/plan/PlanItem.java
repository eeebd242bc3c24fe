package dev.lowtide.plan;

import dev.lowtide.BoundedSize;
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
 * @param allocated what it takes on the disk
 * @param reclaimable what comes free if it alone goes: files that also have a name elsewhere do
 *     not, and neither do blocks that are shared with a file elsewhere
 * @param identity what must be found when it is to go
 */
public record PlanItem(
    String id,
    String policy,
    String target,
    Candidate candidate,
    long apparentBytes,
    BoundedSize allocated,
    BoundedSize reclaimable,
    SubtreeIdentity identity) {

  /** What it takes on the disk, without its bound. */
  public long allocatedBytes() {
    return allocated.bytes();
  }

  /** What comes free if it alone goes, without its bound. */
  public long reclaimableBytes() {
    return reclaimable.bytes();
  }

  /** The one path that it is about, absolute. */
  public Path path() {
    return candidate.path();
  }
}
