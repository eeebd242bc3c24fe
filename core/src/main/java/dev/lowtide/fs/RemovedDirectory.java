package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A directory of a tree that is being removed, or whatever has taken its name. */
final class RemovedDirectory {
  /**
   * The maximum number of passes over a directory that is not empty afterwards, for example because
   * other processes add entries.
   */
  private static final int MAX_PASSES = 3;

  /**
   * A pass that removes at least this many names restarts the count of passes: on file systems
   * where a removal shifts the positions of other names, such as some network file systems, each
   * pass misses some names.
   */
  private static final long MANY_NAMES = OpenDirectory.BATCH_NAMES;

  /** The maximum number of passes over a directory, however many names each pass removes. */
  private static final int MAX_TOTAL_PASSES = 1000;

  final @Nullable RemovedDirectory parent;
  final Path name;
  final int depth;

  /** The number of this pass, counted from the last pass that removed many names. */
  final int pass;

  /** The number of this pass, counted from the first one. */
  final int totalPass;

  /** The number of names that were removed in this pass. */
  final AtomicLong removedNames = new AtomicLong();

  /**
   * The number of pieces of work that are not done: reading the directory, and each subdirectory.
   */
  final AtomicInteger pending = new AtomicInteger(1);

  /**
   * The status; set by the thread that opens the directory, before other threads work on
   * subdirectories.
   */
  volatile @Nullable FileStatus status;

  volatile @Nullable OpenDirectory opened;

  /** Whether something in it, or the directory itself, cannot be removed. */
  volatile boolean isKept;

  /** Whether it was moved elsewhere. */
  volatile boolean isMovedAway;

  // guarded by this
  boolean triedToPermit;
  OptionalInt permissionsBefore = OptionalInt.empty();

  RemovedDirectory(@Nullable RemovedDirectory parent, Path name) {
    this(parent, name, 1, 1);
  }

  private RemovedDirectory(@Nullable RemovedDirectory parent, Path name, int pass, int totalPass) {
    this.parent = parent;
    this.name = name;
    this.depth = parent == null ? 0 : parent.depth + 1;
    this.pass = pass;
    this.totalPass = totalPass;
  }

  /** The next pass over the same directory; empty if the maximum number is reached. */
  synchronized Optional<RemovedDirectory> nextPass() {
    int next = removedNames.get() >= MANY_NAMES ? 1 : pass + 1;
    if (next > MAX_PASSES || totalPass == MAX_TOTAL_PASSES) {
      return Optional.empty();
    }
    RemovedDirectory nextPass = new RemovedDirectory(parent, name, next, totalPass + 1);
    nextPass.status = status;
    nextPass.permissionsBefore = permissionsBefore;
    return Optional.of(nextPass);
  }

  /**
   * Gives this user permission to change the directory if only permissions forbid it; returns
   * whether changes are permitted now.
   */
  synchronized boolean permitChanges() {
    OpenDirectory directory = opened;
    if (!triedToPermit && directory != null) {
      triedToPermit = true;
      try {
        permissionsBefore = directory.permitChanges();
      } catch (IOException e) {
        // each file that then cannot be removed is reported
      }
    }
    return permissionsBefore.isPresent();
  }

  /** Restores the permissions of a directory that is not removed. */
  synchronized void restorePermissions() {
    OpenDirectory directory = opened;
    if (directory != null && permissionsBefore.isPresent()) {
      try {
        directory.setPermissions(permissionsBefore.getAsInt());
      } catch (IOException e) {
        // the permissions stay changed; that the directory was not removed is reported anyway
      }
    }
  }

  /**
   * The path of the directory in a tree at {@code root}; without recursion, since trees may be
   * deep.
   */
  Path path(Path root) {
    Deque<Path> names = new ArrayDeque<>();
    for (RemovedDirectory each = this; each.parent != null; each = each.parent) {
      names.addFirst(each.name);
    }
    Path path = root;
    for (Path each : names) {
      path = path.resolve(each);
    }
    return path;
  }

  /** Closes the directory if it is open, and removes it from the set of open directories. */
  void close(Set<OpenDirectory> open) {
    OpenDirectory directory = opened;
    if (directory != null) {
      opened = null;
      open.remove(directory);
      try {
        directory.close();
      } catch (IOException e) {
        // nothing was written to the directory
      }
    }
  }
}
