package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;

/**
 * Knows one kind of thing that may go, and the evidence by which to recognise it.
 *
 * <p>A policy only proposes; guards decide, and something else deletes. It has no side effects,
 * depends on nothing but its arguments, and gives the same candidates for the same snapshot.
 * Implementations must be safe for use by many threads.
 */
public interface Policy {

  /**
   * The ecosystem and a name, such as {@code python.bytecode}; unique, and stable, since people
   * write it down.
   */
  String id();

  /** What it removes, as a phrase for a table: "bytecode caches". */
  String description();

  /** What it usually costs to get back what it removes. */
  RebuildCost cost();

  /**
   * Whether it is to be asked about a target; unless overridden, about directories that somebody
   * named.
   */
  default boolean appliesTo(CleanupTarget target) {
    return target.kind() == CleanupTarget.Kind.WORKSPACE;
  }

  /**
   * Proposes what may go, and names what looks like it but had better stay.
   *
   * @param snapshot the whole target
   */
  List<Candidate> propose(Snapshot snapshot, PolicyContext context);

  /**
   * The files by whose {@link Entry#lastAccess} it tells what is in use, if there are such: their
   * next reading is to be recorded, even where Linux would do so once a day only. None unless
   * overridden.
   *
   * @param snapshot the whole target
   */
  default List<Entry> watched(Snapshot snapshot) {
    return List.of();
  }
}
