package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The removal of a tree that begins far below the root of a {@link Removal}. It empties the tree's
 * first directory, but does not remove that directory itself.
 *
 * <p>The tree may be deeper than the number of directories that a process can hold open. Therefore
 * it closes distant ancestors, and reopens them on its way up through {@code ..}; each must be the
 * directory through which it came. It runs on one thread.
 */
final class DeepRemoval {
  /** The maximum number of directories that stay open for the way up. */
  static final int MAX_OPEN = 8;

  private final Removal removal;
  private final RemovedDirectory first;

  DeepRemoval(Removal removal, RemovedDirectory first) {
    this.removal = removal;
    this.first = first;
  }

  /** Removes everything in the first directory, or stops when the worker does. */
  void run(WorkerPool.Worker<RemovedDirectory> worker) {
    if (!removal.enter(first)) {
      return;
    }
    List<Level> levels = new ArrayList<>(List.of(new Level(first)));
    while (!worker.isStopped()) {
      Level deepest = levels.get(levels.size() - 1);
      RemovedDirectory child = deepest.subdirectories.poll();
      if (child != null) {
        if (removal.enter(child)) {
          levels.add(new Level(child));
          closeDistantAncestor(levels);
        } else {
          removal.finish(child);
        }
      } else if (deepest.hasMore) {
        deepest.removeNextBatch();
      } else if (levels.size() == 1) {
        return;
      } else {
        levels.remove(levels.size() - 1);
        Level parent = levels.get(levels.size() - 1);
        if (!reopen(parent.directory, deepest.directory)) {
          first.isKept = true;
          levels.forEach(level -> level.directory.close(removal.open));
          return;
        }
        RemovedDirectory nextPass = removal.finish(deepest.directory);
        if (nextPass != null) {
          parent.subdirectories.add(nextPass);
        }
      }
    }
  }

  /** A directory between the first one and the present one. */
  private final class Level {
    final RemovedDirectory directory;
    final Deque<RemovedDirectory> subdirectories = new ArrayDeque<>();
    boolean hasMore = true;

    Level(RemovedDirectory directory) {
      this.directory = directory;
    }

    void removeNextBatch() {
      hasMore = removal.removeBatch(directory, subdirectories);
    }
  }

  private void closeDistantAncestor(List<Level> levels) {
    int distant = levels.size() - 1 - MAX_OPEN;
    if (distant >= 0) {
      Level level = levels.get(distant);
      while (level.hasMore) {
        level.removeNextBatch(); // a reopened directory would be read from its beginning
      }
      level.directory.close(removal.open);
    }
  }

  /**
   * Reopens a closed directory from a subdirectory; fails if the subdirectory was moved elsewhere.
   */
  private boolean reopen(RemovedDirectory directory, RemovedDirectory child) {
    if (directory.opened != null) {
      return true;
    }
    try {
      OpenDirectory reopened = requireNonNull(child.opened).openParent();
      removal.open.add(reopened);
      directory.opened = reopened;
      if (reopened.statSelf().equals(directory.status)) {
        return true;
      }
      directory.close(removal.open);
      removal.failed(child, null, "remove", new IOException(Removal.MOVED_AWAY));
    } catch (IOException e) {
      removal.failed(directory, null, "remove", e);
    }
    child.close(removal.open);
    return false;
  }
}
