package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The removal of one tree.
 *
 * <p>A directory is read in batches: its files are removed at once, its subdirectories become work
 * for a {@link WorkerPool}, and the thread that finishes the last of these removes the directory
 * itself. Down to {@value #SHARED_LEVELS} levels, directories stay open until then. Each tree that
 * begins further down is a {@link DeepRemoval}.
 */
final class Removal {
  /**
   * The number of levels down to which the threads share the work; few trees have large subtrees
   * further down.
   */
  private static final int SHARED_LEVELS = 8;

  /**
   * The maximum number of directories that one thread holds open: those of two branches that may be
   * unfinished, and those below the shared levels.
   */
  static final int MAX_OPEN_EACH = 2 * SHARED_LEVELS + DeepRemoval.MAX_OPEN;

  static final String MOVED_AWAY = "another program moved it away meanwhile";

  private final OpenDirectory parent;
  private final FileStatus parentStatus;
  private final Path root;
  private final RemovedDirectory rootDirectory;
  private final Set<Path> mounts;
  private final boolean copiesUp;

  /** The directories that are open, so that they are closed however the removal ends. */
  final Set<OpenDirectory> open = ConcurrentHashMap.newKeySet();

  private final RemovalTally tally = new RemovalTally();

  /**
   * @param parent the directory that contains the tree, open until the removal ends
   * @param root the path of the tree, for messages and the mount table
   * @param status the status of the tree's root; nothing else is removed
   * @param copiesUp whether each directory is {@linkplain OpenDirectory#copyUp copied up} before it
   *     is emptied
   */
  Removal(OpenDirectory parent, Path root, FileStatus status, boolean copiesUp) throws IOException {
    this.copiesUp = copiesUp;
    this.parent = parent;
    this.parentStatus = parent.statSelf();
    this.root = root;
    this.rootDirectory = new RemovedDirectory(null, requireNonNull(root.getFileName()));
    this.rootDirectory.status = status;
    this.mounts =
        parent.reportsMounts()
            ? Set.of()
            : MountTable.read().atOrBelow(requireNonNull(root.getParent()));
  }

  TreeRemover.Result run() throws IOException {
    try {
      WorkerPool.work(rootDirectory, RemovalWorker::new);
    } catch (InterruptedIOException e) {
      throw new InterruptedIOException("Interrupted while removing " + root);
    } finally {
      for (OpenDirectory directory : open) {
        directory.close();
      }
    }
    return tally.result();
  }

  private final class RemovalWorker extends WorkerPool.Worker<RemovedDirectory> {
    RemovalWorker(WorkerPool<RemovedDirectory> pool) {
      super(pool);
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
  private void process(RemovedDirectory directory, RemovalWorker worker) {
    if (directory.depth >= SHARED_LEVELS) {
      new DeepRemoval(this, directory).run(worker);
      taskDone(directory, worker);
      return;
    }
    List<RemovedDirectory> subdirectories = new ArrayList<>();
    if (directory.opened != null || enter(directory)) {
      if (removeBatch(directory, subdirectories)) {
        directory.pending.addAndGet(subdirectories.size());
        // Before its subdirectories, since the piece that is added last is processed first
        worker.add(directory);
        subdirectories.forEach(worker::add);
        return;
      }
      directory.pending.addAndGet(subdirectories.size());
      subdirectories.forEach(worker::add);
    }
    taskDone(directory, worker);
  }

  /**
   * Records that a piece of work in a directory is done. After the last piece, the directory is
   * removed, and then its parent if that has no other work left.
   */
  private void taskDone(RemovedDirectory directory, RemovalWorker worker) {
    RemovedDirectory each = directory;
    while (each != null && each.pending.decrementAndGet() == 0) {
      RemovedDirectory nextPass = finish(each);
      if (nextPass != null) {
        worker.add(nextPass);
        return;
      }
      each = each.parent;
    }
  }

  /** Opens a directory; false if there is nothing to remove in it or it cannot be opened. */
  boolean enter(RemovedDirectory directory) {
    OpenDirectory parentDirectory = parentOf(directory);
    Path name = directory.name;
    try {
      FileStatus status = directory.status;
      if (status == null) {
        status = parentDirectory.stat(name);
        directory.status = status;
      }
      if (status.kind() != FileKind.DIRECTORY) {
        parentDirectory.deleteFile(name);
        removed(directory.parent);
        return false;
      } else if (status.isMountPoint()
          || (!mounts.isEmpty() && mounts.contains(directory.path(root)))) {
        throw new IOException("something is mounted here");
      } else if (status.key().device() != requireNonNull(rootDirectory.status).key().device()) {
        throw new IOException("it is on another file system");
      }
      OpenDirectory opened = OpenDirectory.openChecked(parentDirectory, name, status);
      open.add(opened);
      directory.opened = opened;
      if (copiesUp) {
        opened.copyUp();
        directory.status = opened.statSelf();
      }
      return true;
    } catch (NoSuchFileException e) {
      return false; // another process has removed it
    } catch (AccessDeniedException e) {
      try {
        // An empty directory can be removed without reading it
        deleteDirectory(directory);
        removed(directory.parent);
      } catch (IOException second) {
        failed(directory, null, "remove", e);
      }
      return false;
    } catch (IOException e) {
      failed(directory, null, "remove", e);
      return false;
    }
  }

  private void removed(@Nullable RemovedDirectory parentDirectory) {
    tally.removed(1);
    if (parentDirectory != null) {
      parentDirectory.removedNames.incrementAndGet();
    }
  }

  /** Removes an empty directory. */
  private void deleteDirectory(RemovedDirectory directory) throws IOException {
    try {
      parentOf(directory).deleteDirectory(directory.name);
    } catch (AccessDeniedException e) {
      if (directory.parent == null || !directory.parent.permitChanges()) {
        throw e;
      }
      parentOf(directory).deleteDirectory(directory.name);
    }
  }

  private OpenDirectory parentOf(RemovedDirectory directory) {
    return directory.parent == null ? parent : requireNonNull(directory.parent.opened);
  }

  /** Removes the next files of a directory; false if there are no more names. */
  boolean removeBatch(RemovedDirectory directory, Collection<RemovedDirectory> subdirectories) {
    Batch batch = new Batch(directory, subdirectories);
    try {
      return isInPlace(directory) && requireNonNull(directory.opened).removeFiles(batch);
    } catch (NoSuchFileException e) {
      return false; // it, or a directory above, was removed while it was open
    } catch (IOException e) {
      failed(directory, null, "read", e);
      return false;
    } finally {
      tally.removed(batch.files);
      directory.removedNames.addAndGet(batch.files);
    }
  }

  private final class Batch implements OpenDirectory.Batch {
    private final RemovedDirectory directory;
    private final Collection<RemovedDirectory> subdirectories;
    long files;

    Batch(RemovedDirectory directory, Collection<RemovedDirectory> subdirectories) {
      this.directory = directory;
      this.subdirectories = subdirectories;
    }

    @Override
    public void removed() {
      files++;
    }

    @Override
    public void directory(Path name) {
      subdirectories.add(new RemovedDirectory(directory, name));
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
   * Whether neither the directory nor an open ancestor was moved elsewhere. Its new place may be
   * where it is to be kept, so it must not be emptied.
   */
  private boolean isInPlace(RemovedDirectory directory) throws IOException {
    int remainingLevels = SHARED_LEVELS;
    for (RemovedDirectory each = directory;
        each != null && remainingLevels > 0;
        each = each.parent, remainingLevels--) {
      OpenDirectory opened = each.opened;
      if (opened == null) {
        return true; // checked when it is reopened
      }
      FileStatus expectedParent = each.parent == null ? parentStatus : each.parent.status;
      if (!each.isMovedAway && !opened.statParent().equals(expectedParent)) {
        each.isMovedAway = true;
        failed(each, null, "remove", new IOException(MOVED_AWAY));
      }
      if (each.isMovedAway) {
        directory.isKept = true;
        return false;
      }
    }
    return true;
  }

  /**
   * Removes a directory whose entries were removed.
   *
   * @return the next pass over the directory, if entries were added to it; otherwise null
   */
  @Nullable RemovedDirectory finish(RemovedDirectory directory) {
    boolean wasOpen = directory.opened != null;
    if (directory.isKept) {
      directory.restorePermissions();
    }
    directory.close(open);
    if (wasOpen && !directory.isKept) {
      try {
        deleteDirectory(directory);
        removed(directory.parent);
      } catch (NoSuchFileException e) {
        // another process has removed it
      } catch (DirectoryNotEmptyException e) {
        Optional<RemovedDirectory> nextPass = directory.nextPass();
        if (nextPass.isPresent()) {
          return nextPass.get();
        }
        failed(directory, null, "remove", e);
      } catch (IOException e) {
        failed(directory, null, "remove", e);
      }
    }
    if (directory.isKept && directory.parent != null) {
      directory.parent.isKept = true; // the cause was reported already
    }
    return null;
  }

  /**
   * Records that something in the directory, or the directory itself if there is no name, could not
   * be removed.
   */
  void failed(RemovedDirectory directory, @Nullable Path name, String operation, IOException e) {
    directory.isKept = true;
    Path path = directory.path(root);
    tally.failed(name == null ? path : path.resolve(name), operation, e);
  }
}
