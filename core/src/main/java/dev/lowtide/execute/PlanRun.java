package dev.lowtide.execute;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run that performs the actions of one plan, after its items have been judged: a {@link LiveRun}
 * removes them, a {@link DryRun} only reports them. Outcomes are added to the {@link Outcomes}
 * given at construction, in the order in which they become known. Not thread-safe.
 */
interface PlanRun extends AutoCloseable {

  /**
   * Completes the removals that must be finished before an item can be removed. Called once for
   * each item, in the order of the plan.
   */
  void prepareFor(PlanItem item) throws InterruptedIOException;

  /** Finds a path that must be removed before an item but still exists. */
  Optional<Path> findExistingPredecessor(PlanItem item);

  /**
   * Takes the locks of an item, and holds them until the item is removed.
   *
   * @return why the locks cannot be taken; empty if they are held
   */
  Optional<String> hold(PlanItem item) throws InterruptedIOException;

  /**
   * Performs the action of an item, or starts it.
   *
   * @param subtree the tree of the item as it was judged
   * @return whether the judgement was recent enough; if not, nothing has happened and the item must
   *     be judged again
   * @throws IOException if the action fails; other items are not affected
   */
  boolean perform(PlanItem item, CleanupTarget target, Entry subtree) throws IOException;

  /** Finishes everything that was begun. */
  void finish() throws InterruptedIOException;

  /** Restores what was begun but not finished, and releases all locks. */
  @Override
  void close();
}
