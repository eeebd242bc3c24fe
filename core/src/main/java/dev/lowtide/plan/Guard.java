package dev.lowtide.plan;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;

/**
 * Has a say in whether a candidate may go; one objection is enough to keep it.
 *
 * <p>Guards are asked when planning and again right before a deletion, and see everything that
 * would go. They have no side effects. Implementations must be safe for use by many threads.
 */
public interface Guard {

  /** A short name for reports, such as {@code keep}. */
  String id();

  /**
   * Looks at a candidate.
   *
   * @param policy the id of the policy that proposed it
   * @param subtree what is at the candidate's path now, with everything below it
   * @throws IOException if something could not be looked at; the candidate is kept then
   */
  Verdict check(String policy, CleanupTarget target, Candidate candidate, Entry subtree)
      throws IOException;
}
