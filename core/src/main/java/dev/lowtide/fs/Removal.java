package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import dev.lowtide.Problem;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The removal of one tree.
 *
 * <p>A directory is read in batches: its files go at once, its directories become work for a {@link
 * Crew}, and whoever is done with the last of them removes the directory itself. Down to {@value
 * #SHARED_LEVELS} levels, directories stay open until then. A tree that begins further down is
 * removed by one thread, which closes what is far above it and opens that again on its way up, by
 * the entry for the directory above; it must be the one that the way down led through.
 */
final class Removal {
  /** How deep the threads share the work; few trees have more than twigs below. */
  private static final int SHARED_LEVELS = 8;

  /** How many directories below these levels stay open for the way up. */
  private static final int MOST_OPEN_BELOW = 8;

  /** A thread works in what may be left of two branches, besides what lies below. */
  static final int MOST_OPEN_EACH = 2 * SHARED_LEVELS + MOST_OPEN_BELOW;

  /** How often a directory is read that is not empty in the end, as when others add to it. */
  private static final int MAX_PASSES = 3;

  /**
   * A pass that removes as many names does not count: where positions in a directory shift while
   * names go, as on some network file systems, each pass misses a part of them.
   */
  private static final long MUCH = OpenDirectory.BATCH_NAMES;

  /** How often a directory is read however much each pass removes. */
  private static final int MAX_PASSES_IN_ALL = 1000;

  private static final String MOVED_AWAY = "somebody has moved it away meanwhile";

  private final OpenDirectory parent;
  private final OpenDirectory.Found parentFound;
  private final Path root;
  private final Directory top;
  private final Set<Path> mounts;
  private final boolean settles;
  private final Set<OpenDirectory> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong removed = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  // guarded by itself
  private final List<Problem> problems = new ArrayList<>();

  /**
   * @param parent the directory that holds the tree, open as long as the removal lasts
   * @param root the path of the tree, for messages and the mount table
   * @param found what was seen there; nothing else is removed
   */
  Removal(OpenDirectory parent, Path root, OpenDirectory.Found found) throws IOException {
    this(parent, root, found, false);
  }

  /**
   * @param settles whether each directory is settled before it is emptied
   */
  Removal(OpenDirectory parent, Path root, OpenDirectory.Found found, boolean settles)
      throws IOException {
    this.settles = settles;
    this.parent = parent;
    this.parentFound = parent.lookAtSelf();
    this.root = root;
    this.top = new Directory(null, requireNonNull(root.getFileName()));
    this.top.found = found;
    this.mounts =
        parent.tellsMounts()
            ? Set.of()
            : MountTable.read().atOrBelow(requireNonNull(root.getParent()));
  }

  /** A directory of the tree, or what has its name by now. */
  private static final class Directory {
    final @Nullable Directory above;
    final Path name;
    final int depth;

    /** How often it is being read, passes that removed much not counted. */
    final int pass;

    /** How often it is being read. */
    final int passInAll;

    /** How many names of it are gone in this pass. */
    final AtomicLong gone = new AtomicLong();

    /** Its own reading, and each directory in it, that is not done. */
    final AtomicInteger pending = new AtomicInteger(1);

    /** Set by whoever has it as work, before there is work below. */
    volatile OpenDirectory.@Nullable Found found;

    volatile @Nullable OpenDirectory opened;

    /** Whether something in it, or it itself, has to stay. */
    volatile boolean stays;

    /** Whether somebody has moved it to another place. */
    volatile boolean movedAway;

    // guarded by this
    boolean askedForPermission;
    OptionalInt permissionsBefore = OptionalInt.empty();

    Directory(@Nullable Directory above, Path name) {
      this(above, name, 1, 1);
    }

    private Directory(@Nullable Directory above, Path name, int pass, int passInAll) {
      this.above = above;
      this.name = name;
      this.depth = above == null ? 0 : above.depth + 1;
      this.pass = pass;
      this.passInAll = passInAll;
    }

    /** The same directory, to be read once more; empty if it was read often enough. */
    synchronized Optional<Directory> again() {
      int next = gone.get() >= MUCH ? 1 : pass + 1;
      if (next > MAX_PASSES || passInAll == MAX_PASSES_IN_ALL) {
        return Optional.empty();
      }
      Directory again = new Directory(above, name, next, passInAll + 1);
      again.found = found;
      again.permissionsBefore = permissionsBefore;
      return Optional.of(again);
    }

    /** Permits changes to it if that is all that forbids them; whether they are permitted now. */
    synchronized boolean permitChanges() {
      OpenDirectory directory = opened;
      if (!askedForPermission && directory != null) {
        askedForPermission = true;
        try {
          permissionsBefore = directory.permitChanges();
        } catch (IOException e) {
          // what is to be removed in it says why it cannot be
        }
      }
      return permissionsBefore.isPresent();
    }

    /** Gives a directory that stays the permissions that it had. */
    synchronized void restorePermissions() {
      OpenDirectory directory = opened;
      if (directory != null && permissionsBefore.isPresent()) {
        try {
          directory.setPermissions(permissionsBefore.getAsInt());
        } catch (IOException e) {
          // it stays, and that is told
        }
      }
    }
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
    return new TreeRemover.Result(removed.get(), failures.get(), problems);
  }

  private final class Worker extends Crew.Member<Directory> {
    Worker(Crew<Directory> crew) {
      super(crew);
    }

    @Override
    void process(Directory directory) {
      Removal.this.process(directory, this);
      share();
    }
  }

  /** Removes a batch of names from a directory, or all of it if it lies deep. */
  private void process(Directory directory, Worker worker) {
    if (directory.depth >= SHARED_LEVELS) {
      descend(directory, worker);
      done(directory, worker);
      return;
    }
    List<Directory> below = new ArrayList<>();
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

  /** One piece of work in a directory is done. With the last one the directory goes, and so on. */
  private void done(Directory directory, Worker worker) {
    Directory each = directory;
    while (each != null && each.pending.decrementAndGet() == 0) {
      Directory again = leave(each);
      if (again != null) {
        worker.add(again);
        return;
      }
      each = each.above;
    }
  }

  /** Removes the files of a whole tree, and all its directories but the first, in one thread. */
  private void descend(Directory first, Worker worker) {
    if (!enter(first)) {
      return;
    }
    List<Level> way = new ArrayList<>(List.of(new Level(first)));
    while (!worker.isOver()) {
      Level deepest = way.get(way.size() - 1);
      Directory below = deepest.below.poll();
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
          way.forEach(level -> close(level.directory));
          return;
        }
        Directory again = leave(deepest.directory);
        if (again != null) {
          above.below.add(again);
        }
      }
    }
  }

  /** A directory on the way down. */
  private final class Level {
    final Directory directory;
    final Deque<Directory> below = new ArrayDeque<>();
    boolean hasMore = true;

    Level(Directory directory) {
      this.directory = directory;
    }

    void readOn() {
      hasMore = removeBatch(directory, below);
    }
  }

  private void closeFarAbove(List<Level> way) {
    int far = way.size() - 1 - MOST_OPEN_BELOW;
    if (far >= 0) {
      Level level = way.get(far);
      while (level.hasMore) {
        level.readOn(); // it would begin anew when it is open again
      }
      close(level.directory);
    }
  }

  /** Opens a directory again from one in it, if it was closed; fails if that one is elsewhere. */
  private boolean openAgain(Directory directory, Directory below) {
    if (directory.opened != null) {
      return true;
    }
    try {
      OpenDirectory above = requireNonNull(below.opened).above();
      open.add(above);
      directory.opened = above;
      if (above.lookAtSelf().equals(directory.found)) {
        return true;
      }
      close(directory);
      failed(below, null, "remove", new IOException(MOVED_AWAY));
    } catch (IOException e) {
      failed(directory, null, "remove", e);
    }
    close(below);
    return false;
  }

  /** Opens a directory; false if there is nothing to remove in it. */
  private boolean enter(Directory directory) {
    OpenDirectory above = above(directory);
    Path name = directory.name;
    try {
      OpenDirectory.Found found = directory.found;
      if (found == null) {
        found = above.look(name);
        directory.found = found;
      }
      if (found.kind() != FileKind.DIRECTORY) {
        above.deleteFile(name);
        removed(directory.above);
        return false;
      } else if (found.mount() || (!mounts.isEmpty() && mounts.contains(path(directory)))) {
        throw new IOException("something is mounted here");
      } else if (found.key().device() != requireNonNull(top.found).key().device()) {
        throw new IOException("it belongs to another file system");
      }
      OpenDirectory opened = OpenDirectory.openChecked(above, name, found);
      open.add(opened);
      directory.opened = opened;
      if (settles) {
        opened.settle();
        directory.found = opened.lookAtSelf();
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

  private void removed(@Nullable Directory above) {
    removed.incrementAndGet();
    if (above != null) {
      above.gone.incrementAndGet();
    }
  }

  /** Removes an empty directory. */
  private void deleteDirectory(Directory directory) throws IOException {
    try {
      above(directory).deleteDirectory(directory.name);
    } catch (AccessDeniedException e) {
      if (directory.above == null || !directory.above.permitChanges()) {
        throw e;
      }
      above(directory).deleteDirectory(directory.name);
    }
  }

  private OpenDirectory above(Directory directory) {
    return directory.above == null ? parent : requireNonNull(directory.above.opened);
  }

  /** Removes the next files of a directory; false if there are no more names. */
  private boolean removeBatch(Directory directory, Collection<Directory> below) {
    Batch batch = new Batch(directory, below);
    try {
      return isInPlace(directory) && requireNonNull(directory.opened).removeFiles(batch);
    } catch (NoSuchFileException e) {
      return false; // somebody has removed it, or a directory above, while it was open
    } catch (IOException e) {
      failed(directory, null, "read", e);
      return false;
    } finally {
      removed.addAndGet(batch.files);
      directory.gone.addAndGet(batch.files);
    }
  }

  private final class Batch implements OpenDirectory.Batch {
    private final Directory directory;
    private final Collection<Directory> below;
    long files;

    Batch(Directory directory, Collection<Directory> below) {
      this.directory = directory;
      this.below = below;
    }

    @Override
    public void removed() {
      files++;
    }

    @Override
    public void directory(Path name) {
      below.add(new Directory(directory, name));
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
   * Whether somebody has moved neither the directory nor one of those that are open above it to
   * another place: what was rescued is not to be emptied.
   */
  private boolean isInPlace(Directory directory) throws IOException {
    int levels = SHARED_LEVELS;
    for (Directory each = directory; each != null && levels > 0; each = each.above, levels--) {
      OpenDirectory opened = each.opened;
      if (opened == null) {
        return true; // looked at when it is opened again
      }
      OpenDirectory.Found above = each.above == null ? parentFound : each.above.found;
      if (!each.movedAway && !opened.lookAbove().equals(above)) {
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
   * Removes a directory whose names are gone.
   *
   * @return the directory once more if somebody has added to it
   */
  private @Nullable Directory leave(Directory directory) {
    boolean wasOpen = directory.opened != null;
    if (directory.stays) {
      directory.restorePermissions();
    }
    close(directory);
    if (wasOpen && !directory.stays) {
      try {
        deleteDirectory(directory);
        removed(directory.above);
      } catch (NoSuchFileException e) {
        // gone meanwhile
      } catch (DirectoryNotEmptyException e) {
        Optional<Directory> again = directory.again();
        if (again.isPresent()) {
          return again.get();
        }
        failed(directory, null, "remove", e);
      } catch (IOException e) {
        failed(directory, null, "remove", e);
      }
    }
    if (directory.stays && directory.above != null) {
      // It needs no message of its own
      directory.above.stays = true;
    }
    return null;
  }

  private void close(Directory directory) {
    OpenDirectory opened = directory.opened;
    if (opened != null) {
      directory.opened = null;
      open.remove(opened);
      try {
        opened.close();
      } catch (IOException e) {
        // nothing was written to it
      }
    }
  }

  /** Something in the directory, or the directory itself where there is no name, stays. */
  private void failed(Directory directory, @Nullable Path name, String operation, IOException e) {
    directory.stays = true;
    failures.incrementAndGet();
    synchronized (problems) {
      if (problems.size() < TreeRemover.MOST_PROBLEMS) {
        Path path = path(directory);
        problems.add(Problem.of(name == null ? path : path.resolve(name), operation, e));
      }
    }
  }

  private Path path(Directory directory) {
    Deque<Path> names = new ArrayDeque<>();
    for (Directory each = directory; each.above != null; each = each.above) {
      names.addFirst(each.name);
    }
    Path path = root;
    for (Path name : names) {
      path = path.resolve(name);
    }
    return path;
  }
}
