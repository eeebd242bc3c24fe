package dev.lowtide.execute;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What happens to the items of one plan once they have been judged: nothing in a {@link DryRun},
 * removal in a {@link LiveRun}. Outcomes go to the {@link Outcomes} that it was made with, in
 * whatever order they become known. For one thread.
 */
interface Effects extends AutoCloseable {

  /** Finishes what must be over before an item can be judged. */
  void prepareFor(PlanItem item) throws InterruptedIOException;

  /** Something that must be removed before an item and is still there. */
  Optional<Path> stillThere(PlanItem item);

  /**
   * Takes the locks of an item, and holds them until it is removed.
   *
   * @return why that is not possible
   */
  Optional<String> hold(PlanItem item) throws InterruptedIOException;

  /**
   * Carries out an item, or begins to.
   *
   * @param subtree as it was judged
   * @return whether the judgement was recent enough; if not, nothing has happened and the item must
   *     be judged again
   * @throws IOException if the item cannot be carried out; others can
   */
  boolean carryOut(PlanItem item, CleanupTarget target, Entry subtree) throws IOException;

  /** Finishes everything that was begun. */
  void finish() throws InterruptedIOException;

  /** Puts back what was begun and not finished, and lets others in. */
  @Override
  void close();
}
