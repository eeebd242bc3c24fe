package dev.lowtide.policy;

import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.Entry;

/**
 * Explains every entry of a candidate by what the tool that made it recorded: a list of installed
 * files, a build system's list of outputs, a signature. It does not decide and changes nothing.
 *
 * <p>It is asked when planning and again right before removal. An entry that it does not explain
 * keeps the candidate, so when in doubt an entry stays unexplained. Records are read once for each
 * call; contents are compared by size and time, not by hash.
 *
 * <p>Implementations must be safe for use by many threads.
 */
@FunctionalInterface
public interface Account {

  /**
   * Explains the entries of a subtree.
   *
   * @param subtree the candidate with everything below it, as it is now; its snapshot may hold
   *     nothing but the subtree
   * @param host the machine, for records that name other places
   */
  Explanation explain(Entry subtree, HostEnvironment host);
}
