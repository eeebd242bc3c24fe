package dev.lowtide.execute;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is done with the items of one plan after they have been judged: nothing in a {@link DryRun},
 * removal in a {@link LiveRun}. Outcomes are added to the {@link Outcomes} given at construction,
 * in the order in which they become known. Not thread-safe.
 */
interface Effects extends AutoCloseable {

  /** Completes the removals that must end before an item can be judged. */
  void prepareFor(PlanItem item) throws InterruptedIOException;

  /** A path that must be removed before an item and still exists. */
  Optional<Path> stillThere(PlanItem item);

  /**
   * Takes the locks of an item, and holds them until the item is removed.
   *
   * @return why the locks cannot be taken; empty if they are held
   */
  Optional<String> hold(PlanItem item) throws InterruptedIOException;

  /**
   * Performs the action of an item, or starts it.
   *
   * @param subtree as it was judged
   * @return whether the judgement was recent enough; if not, nothing has happened and the item must
   *     be judged again
   * @throws IOException if the action fails; other items are not affected
   */
  boolean carryOut(PlanItem item, CleanupTarget target, Entry subtree) throws IOException;

  /** Finishes everything that was begun. */
  void finish() throws InterruptedIOException;

  /** Restores what was begun but not finished, and releases all locks. */
  @Override
  void close();
}
