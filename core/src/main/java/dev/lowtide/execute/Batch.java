package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.ParallelWork;
import dev.lowtide.guard.Recent;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Items that were moved into quarantines, each within a moment of its judgement. After the last
 * move, the processes of the machine are scanned once. Then each tree is checked again and removed,
 * or moved back if it has changed or is in use; several threads do this, each with one tree at a
 * time.
 *
 * <p>The methods are for one thread, which also receives the outcomes.
 */
final class Batch {
  /**
   * Limits how many items an interrupted run moves back, and how many a killed run leaves for the
   * next one.
   */
  static final int MAX_ITEMS = 1000;

  private final RemovalTools tools;
  private final FinalCheck finalCheck;
  private final Recovery recovery;
  private final FreedSpaceMeter freed;
  private final Reclaimable removed = Reclaimable.whileRemoving();
  private final Object oneByOne = new Object();
  private final Set<Path> indexed = new HashSet<>();

  /**
   * The items that can still be moved back, by the ids of their trees in the quarantines. An item
   * leaves when it is moved back or its removal begins.
   */
  private final Map<String, Moved> items = Collections.synchronizedMap(new LinkedHashMap<>());

  private long startNanos;

  Batch(RemovalTools tools, FinalCheck finalCheck, Recovery recovery, FreedSpaceMeter freed) {
    this.tools = tools;
    this.finalCheck = finalCheck;
    this.recovery = recovery;
    this.freed = freed;
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  boolean isFull() {
    return items.size() >= MAX_ITEMS || System.nanoTime() - startNanos >= Recent.MAX_AGE.toNanos();
  }

  void add(Moved moved) {
    if (items.isEmpty()) {
      startNanos = System.nanoTime();
    }
    items.put(moved.tree().id(), moved);
  }

  /** Whether an item of the batch is at, above or below a path. */
  boolean overlaps(Path path) {
    return items.values().stream()
        .map(moved -> moved.item().path())
        .anyMatch(each -> each.startsWith(path) || path.startsWith(each));
  }

  /**
   * Checks and removes all items.
   *
   * @throws InterruptedIOException if the thread is interrupted; the items whose removal has not
   *     begun stay in the batch
   */
  void finish(Outcomes outcomes) throws InterruptedIOException {
    if (items.isEmpty()) {
      return;
    }
    List<Moved> all = List.copyOf(items.values());
    Map<Quarantine, IOException> unsynced = sync(all);
    addToIndex(all);
    Optional<OpenFiles> open = FinalCheck.scan(all.get(0).item().path());
    Queue<Outcome> known = new ConcurrentLinkedQueue<>();
    Thread caller = Thread.currentThread();
    try {
      ParallelWork.forEach(
          all,
          moved -> {
            try {
              known.add(finish(moved, open, Optional.ofNullable(unsynced.get(moved.quarantine()))));
            } catch (InterruptedIOException e) {
              Thread.currentThread().interrupt(); // ends the work of all threads
            }
            if (caller.equals(Thread.currentThread())) {
              addAll(known, outcomes);
            }
          });
    } catch (ListenerException e) {
      known.forEach(outcomes::addSilently); // what other threads have done
      known.clear();
      throw e;
    } finally {
      addAll(known, outcomes);
    }
  }

  private static void addAll(Queue<Outcome> known, Outcomes outcomes) {
    for (Outcome next = known.poll(); next != null; next = known.poll()) {
      outcomes.add(next);
    }
  }

  /**
   * Forces the moves of the trees that are kept for an undo out to the disk; returns the failures.
   */
  private static Map<Quarantine, IOException> sync(List<Moved> all) throws InterruptedIOException {
    Map<Quarantine, IOException> failures = new LinkedHashMap<>();
    Set<Quarantine> synced = new HashSet<>();
    for (Moved moved : all) {
      if (moved.until().isPresent() && synced.add(moved.quarantine())) {
        try {
          moved.quarantine().sync();
        } catch (InterruptedIOException e) {
          throw e;
        } catch (IOException e) {
          failures.put(moved.quarantine(), e);
        }
      }
    }
    return failures;
  }

  /** Records the places of the quarantines in which trees are kept, or are left to be removed. */
  private void addToIndex(List<Moved> all) {
    for (Moved moved : all) {
      boolean isKept = moved.until().isPresent();
      if ((isKept || tools.freeLater()) && indexed.add(moved.quarantine().path())) {
        if (isKept) {
          recovery.addToIndex(moved.quarantine());
        } else {
          recovery.tryAddToIndex(moved.quarantine());
        }
      }
    }
  }

  private Outcome finish(Moved moved, Optional<OpenFiles> open, Optional<IOException> unsynced)
      throws InterruptedIOException {
    try {
      if (unsynced.isPresent()) {
        putBack(moved);
        throw unsynced.get();
      }
      return finish(moved, open);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      leave(moved);
      return new Failed(moved.item(), BoundedSize.ZERO, LiveRun.reasonOf(e), List.of());
    }
  }

  private void leave(Moved moved) {
    items.remove(moved.tree().id());
  }

  private Outcome finish(Moved moved, Optional<OpenFiles> open) throws IOException {
    Entry subtree = capture(moved);
    if (!removed.dependsOnOthers(subtree)) {
      return finish(moved, subtree, open);
    }
    // Captured again and one after another, since the removal of one tree changes what the next
    // one frees
    synchronized (oneByOne) {
      return finish(moved, capture(moved), open);
    }
  }

  private Entry capture(Moved moved) throws IOException {
    try {
      return tools.probe().capture(moved.path()).root();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw putBack(moved, e);
    }
  }

  private Outcome finish(Moved moved, Entry subtree, Optional<OpenFiles> open) throws IOException {
    PlanItem item = moved.item();
    Optional<String> objection;
    try {
      String difference = item.identity().differenceAfterRename(subtree);
      objection = finalCheck.objection(item, moved.target(), subtree, difference, open);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw putBack(moved, e);
    }
    if (objection.isPresent()) {
      putBack(moved);
      return new Skipped(item, objection.get());
    }
    leave(moved);
    BoundedSize size;
    synchronized (removed) {
      size = removed.remove(subtree);
    }
    Path path = moved.path();
    if (moved.until().isPresent()) {
      return Removed.kept(
          item, new Outcome.Kept(moved.tree().id(), path, moved.until().get(), size));
    }
    Deleter.Deletion deletion;
    try {
      if (tools.freeLater()) {
        moved.quarantine().markRemovalBegun(moved.tree());
        return Removed.movedAway(item, size);
      }
      deletion = moved.quarantine().delete(moved.tree());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = LiveRun.reasonOf(e) + "; the rest is in " + Printable.of(path);
      return new Failed(item, freed.ofPartialRemoval(size, path), reason, List.of());
    }
    return freed.outcome(item, size, "", deletion, path);
  }

  /**
   * Moves back an item that could not be checked, if it still exists.
   *
   * @return the exception that says why
   */
  private IOException putBack(Moved moved, Exception cause) throws IOException {
    Path path = moved.path();
    if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
      // Not the name in the quarantine, so that a report can group all items with this reason
      return new IOException(
          "another program removed it from " + Printable.of(moved.quarantine().path()));
    }
    putBack(moved);
    return cause instanceof IOException e ? e : new IOException(LiveRun.reasonOf(cause), cause);
  }

  private void putBack(Moved moved) throws IOException {
    leave(moved);
    Path originalPath = moved.item().path();
    try {
      moved.quarantine().putBack(moved.tree(), originalPath);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(originalPath, "put back", e)
              + "; it is kept in "
              + Printable.of(moved.quarantine().path())
              + " as "
              + moved.tree().id(),
          e);
    }
  }

  /** Moves the remaining items back, the last one first. */
  void putAllBack(Outcomes outcomes) {
    List<Moved> remaining = new ArrayList<>(items.values());
    Collections.reverse(remaining);
    for (Moved moved : remaining) {
      try {
        putBack(moved);
      } catch (IOException | RuntimeException e) {
        outcomes.addSilently(
            new Failed(moved.item(), BoundedSize.ZERO, LiveRun.reasonOf(e), List.of()));
      }
    }
  }
}
