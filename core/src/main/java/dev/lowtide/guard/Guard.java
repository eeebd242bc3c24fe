package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.util.Optional;

/**
 * Checks one reason for which a candidate must be kept.
 *
 * <p>Guards are called when planning and again right before a deletion, and see everything that
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
   * @param subtree the entry that is at the candidate's path now, with everything below it
   * @return why the candidate must be kept and what a person can do, as a sentence that names the
   *     path concerned; empty if this guard allows the removal
   * @throws IOException if something could not be checked; then the candidate is kept
   */
  Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException;

  /**
   * Whether the guard reads the files on the disk. Such a guard is not called for a {@link
   * CleanupTarget.Kind#STORE}, which only its tool reads.
   */
  default boolean readsTree() {
    return true;
  }
}
