package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.util.Optional;

/**
 * One reason for which a candidate may have to stay.
 *
 * <p>Guards are asked when planning and again right before a deletion, and see everything that
 * would be removed. They have no side effects. Implementations must be safe for use by many
 * threads.
 */
interface Guard {

  /** A short name for reports, such as {@code keep}. */
  String id();

  /**
   * Judges a candidate.
   *
   * @param policy the id of the policy that proposed it
   * @param subtree what is at the candidate's path now, with everything below it
   * @return why the candidate must stay and what a person can do, as a sentence that names the path
   *     at fault; empty if this guard allows the removal
   * @throws IOException if something could not be checked; the candidate is kept then
   */
  Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException;

  /**
   * Whether the guard looks at what is on the disk. Such a guard is not asked about a {@link
   * CleanupTarget.Kind#STORE}, which only its tool reads.
   */
  default boolean readsTree() {
    return true;
  }
}
