package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The removal of one tree.
 *
 * <p>A directory is read in batches: its files are removed at once, its subdirectories become work
 * for a {@link Crew}, and the thread that finishes the last of them removes the directory itself.
 * Down to {@value #SHARED_LEVELS} levels, directories stay open until then. One thread removes a
 * tree that begins further down. It closes directories far above and opens them again on its way up
 * through {@code ..}; each must be the directory that it came through.
 */
final class Removal {
  /**
   * The number of levels in which the threads share the work; few trees have large subtrees below.
   */
  private static final int SHARED_LEVELS = 8;

  /** The number of directories below these levels that stay open for the way up. */
  private static final int MAX_OPEN_BELOW = 8;

  /** A thread works in what may be left of two branches, besides what lies below. */
  static final int MAX_OPEN_EACH = 2 * SHARED_LEVELS + MAX_OPEN_BELOW;

  private static final String MOVED_AWAY = "another program moved it away meanwhile";

  private final OpenDirectory parent;
  private final FileStatus parentFound;
  private final Path root;
  private final RemovedDirectory top;
  private final Set<Path> mounts;
  private final boolean settles;
  private final Set<OpenDirectory> open = ConcurrentHashMap.newKeySet();
  private final RemovalTally tally = new RemovalTally();

  /**
   * @param parent the directory that contains the tree, open until the removal ends
   * @param root the path of the tree, for messages and the mount table
   * @param found what was seen there; nothing else is removed
   * @param settles whether each directory is settled before it is emptied
   */
  Removal(OpenDirectory parent, Path root, FileStatus found, boolean settles) throws IOException {
    this.settles = settles;
    this.parent = parent;
    this.parentFound = parent.statSelf();
    this.root = root;
    this.top = new RemovedDirectory(null, requireNonNull(root.getFileName()));
    this.top.found = found;
    this.mounts =
        parent.tellsMounts()
            ? Set.of()
            : MountTable.read().atOrBelow(requireNonNull(root.getParent()));
  }

  TreeRemover.Result run() throws IOException {
    try {
      Crew.work(top, Worker::new);
    } catch (InterruptedIOException e) {
      throw new InterruptedIOException("Interrupted while removing " + root);
    } finally {
      for (OpenDirectory left : open) {
        left.close();
      }
    }
    return tally.result();
  }

  private final class Worker extends Crew.Member<RemovedDirectory> {
    Worker(Crew<RemovedDirectory> crew) {
      super(crew);
    }

    @Override
    void process(RemovedDirectory directory) {
      Removal.this.process(directory, this);
      share();
    }
  }

  /**
   * Removes a batch of names from a directory, or all of its contents if it is deep in the tree.
   */
  private void process(RemovedDirectory directory, Worker worker) {
    if (directory.depth >= SHARED_LEVELS) {
      descend(directory, worker);
      done(directory, worker);
      return;
    }
    List<RemovedDirectory> below = new ArrayList<>();
    if (directory.opened != null || enter(directory)) {
      if (removeBatch(directory, below)) {
        directory.pending.addAndGet(below.size());
        worker.add(directory); // before what lies in it, since the last piece comes first
        below.forEach(worker::add);
        return;
      }
      directory.pending.addAndGet(below.size());
      below.forEach(worker::add);
    }
    done(directory, worker);
  }

  /**
   * Records that a piece of work in a directory is done. After the last piece the directory is
   * removed, and then possibly its parent.
   */
  private void done(RemovedDirectory directory, Worker worker) {
    RemovedDirectory each = directory;
    while (each != null && each.pending.decrementAndGet() == 0) {
      RemovedDirectory again = leave(each);
      if (again != null) {
        worker.add(again);
        return;
      }
      each = each.above;
    }
  }

  /** Removes the files of a whole tree, and all its directories but the first, in one thread. */
  private void descend(RemovedDirectory first, Worker worker) {
    if (!enter(first)) {
      return;
    }
    List<Level> way = new ArrayList<>(List.of(new Level(first)));
    while (!worker.isOver()) {
      Level deepest = way.get(way.size() - 1);
      RemovedDirectory below = deepest.below.poll();
      if (below != null) {
        if (enter(below)) {
          way.add(new Level(below));
          closeFarAbove(way);
        } else {
          leave(below);
        }
      } else if (deepest.hasMore) {
        deepest.readOn();
      } else if (way.size() == 1) {
        return;
      } else {
        way.remove(way.size() - 1);
        Level above = way.get(way.size() - 1);
        if (!openAgain(above.directory, deepest.directory)) {
          first.stays = true;
          way.forEach(level -> level.directory.close(open));
          return;
        }
        RemovedDirectory again = leave(deepest.directory);
        if (again != null) {
          above.below.add(again);
        }
      }
    }
  }

  /** A directory on the way down. */
  private final class Level {
    final RemovedDirectory directory;
    final Deque<RemovedDirectory> below = new ArrayDeque<>();
    boolean hasMore = true;

    Level(RemovedDirectory directory) {
      this.directory = directory;
    }

    void readOn() {
      hasMore = removeBatch(directory, below);
    }
  }

  private void closeFarAbove(List<Level> way) {
    int far = way.size() - 1 - MAX_OPEN_BELOW;
    if (far >= 0) {
      Level level = way.get(far);
      while (level.hasMore) {
        level.readOn(); // it would begin anew when it is open again
      }
      level.directory.close(open);
    }
  }

  /**
   * Opens a closed directory again from a subdirectory; fails if the subdirectory was moved
   * elsewhere.
   */
  private boolean openAgain(RemovedDirectory directory, RemovedDirectory below) {
    if (directory.opened != null) {
      return true;
    }
    try {
      OpenDirectory above = requireNonNull(below.opened).openParent();
      open.add(above);
      directory.opened = above;
      if (above.statSelf().equals(directory.found)) {
        return true;
      }
      directory.close(open);
      failed(below, null, "remove", new IOException(MOVED_AWAY));
    } catch (IOException e) {
      failed(directory, null, "remove", e);
    }
    below.close(open);
    return false;
  }

  /** Opens a directory; false if there is nothing to remove in it. */
  private boolean enter(RemovedDirectory directory) {
    OpenDirectory above = above(directory);
    Path name = directory.name;
    try {
      FileStatus found = directory.found;
      if (found == null) {
        found = above.stat(name);
        directory.found = found;
      }
      if (found.kind() != FileKind.DIRECTORY) {
        above.deleteFile(name);
        removed(directory.above);
        return false;
      } else if (found.mount() || (!mounts.isEmpty() && mounts.contains(directory.path(root)))) {
        throw new IOException("something is mounted here");
      } else if (found.key().device() != requireNonNull(top.found).key().device()) {
        throw new IOException("it is on another file system");
      }
      OpenDirectory opened = OpenDirectory.openChecked(above, name, found);
      open.add(opened);
      directory.opened = opened;
      if (settles) {
        opened.settle();
        directory.found = opened.statSelf();
      }
      return true;
    } catch (NoSuchFileException e) {
      return false; // gone meanwhile, which is what was wanted
    } catch (AccessDeniedException e) {
      try {
        // It may be empty, and then it need not be read
        deleteDirectory(directory);
        removed(directory.above);
      } catch (IOException second) {
        failed(directory, null, "remove", e);
      }
      return false;
    } catch (IOException e) {
      failed(directory, null, "remove", e);
      return false;
    }
  }

  private void removed(@Nullable RemovedDirectory above) {
    tally.removed(1);
    if (above != null) {
      above.gone.incrementAndGet();
    }
  }

  /** Removes an empty directory. */
  private void deleteDirectory(RemovedDirectory directory) throws IOException {
    try {
      above(directory).deleteDirectory(directory.name);
    } catch (AccessDeniedException e) {
      if (directory.above == null || !directory.above.permitChanges()) {
        throw e;
      }
      above(directory).deleteDirectory(directory.name);
    }
  }

  private OpenDirectory above(RemovedDirectory directory) {
    return directory.above == null ? parent : requireNonNull(directory.above.opened);
  }

  /** Removes the next files of a directory; false if there are no more names. */
  private boolean removeBatch(RemovedDirectory directory, Collection<RemovedDirectory> below) {
    Batch batch = new Batch(directory, below);
    try {
      return isInPlace(directory) && requireNonNull(directory.opened).removeFiles(batch);
    } catch (NoSuchFileException e) {
      return false; // it, or a directory above, was removed while it was open
    } catch (IOException e) {
      failed(directory, null, "read", e);
      return false;
    } finally {
      tally.removed(batch.files);
      directory.gone.addAndGet(batch.files);
    }
  }

  private final class Batch implements OpenDirectory.Batch {
    private final RemovedDirectory directory;
    private final Collection<RemovedDirectory> below;
    long files;

    Batch(RemovedDirectory directory, Collection<RemovedDirectory> below) {
      this.directory = directory;
      this.below = below;
    }

    @Override
    public void removed() {
      files++;
    }

    @Override
    public void directory(Path name) {
      below.add(new RemovedDirectory(directory, name));
    }

    @Override
    public void failed(Path name, IOException cause) {
      IOException failure = cause;
      if (cause instanceof AccessDeniedException && directory.permitChanges()) {
        try {
          requireNonNull(directory.opened).deleteFile(name);
          files++;
          return;
        } catch (NoSuchFileException e) {
          return; // gone meanwhile
        } catch (IOException e) {
          failure = e;
        }
      }
      Removal.this.failed(directory, name, "remove", failure);
    }
  }

  /**
   * Whether neither the directory nor an open one above it was moved elsewhere: a directory that
   * someone has rescued must not be emptied.
   */
  private boolean isInPlace(RemovedDirectory directory) throws IOException {
    int levels = SHARED_LEVELS;
    for (RemovedDirectory each = directory;
        each != null && levels > 0;
        each = each.above, levels--) {
      OpenDirectory opened = each.opened;
      if (opened == null) {
        return true; // looked at when it is opened again
      }
      FileStatus above = each.above == null ? parentFound : each.above.found;
      if (!each.movedAway && !opened.statParent().equals(above)) {
        each.movedAway = true;
        failed(each, null, "remove", new IOException(MOVED_AWAY));
      }
      if (each.movedAway) {
        directory.stays = true;
        return false;
      }
    }
    return true;
  }

  /**
   * Removes a directory whose entries were removed.
   *
   * @return the directory, to be read again, if new entries were added to it
   */
  private @Nullable RemovedDirectory leave(RemovedDirectory directory) {
    boolean wasOpen = directory.opened != null;
    if (directory.stays) {
      directory.restorePermissions();
    }
    directory.close(open);
    if (wasOpen && !directory.stays) {
      try {
        deleteDirectory(directory);
        removed(directory.above);
      } catch (NoSuchFileException e) {
        // gone meanwhile
      } catch (DirectoryNotEmptyException e) {
        Optional<RemovedDirectory> again = directory.again();
        if (again.isPresent()) {
          return again.get();
        }
        failed(directory, null, "remove", e);
      } catch (IOException e) {
        failed(directory, null, "remove", e);
      }
    }
    if (directory.stays && directory.above != null) {
      directory.above.stays = true; // which needs no message of its own
    }
    return null;
  }

  /**
   * Records that something in the directory, or the directory itself if there is no name, could not
   * be removed.
   */
  private void failed(
      RemovedDirectory directory, @Nullable Path name, String operation, IOException e) {
    directory.stays = true;
    Path path = directory.path(root);
    tally.failed(name == null ? path : path.resolve(name), operation, e);
  }
}
