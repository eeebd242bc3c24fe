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
   * How often a directory is read if it is not empty at the end, for example because others add
   * entries.
   */
  private static final int MAX_PASSES = 3;

  /**
   * A pass that removes at least this many names does not count: on file systems where removing
   * names shifts the positions of others, such as some network file systems, each pass misses a
   * part of the names.
   */
  private static final long MUCH = OpenDirectory.BATCH_NAMES;

  /** How often a directory is read however much each pass removes. */
  private static final int MAX_PASSES_IN_ALL = 1000;

  final @Nullable RemovedDirectory above;
  final Path name;
  final int depth;

  /** The number of this pass, without passes that removed many names. */
  final int pass;

  /** The number of this pass. */
  final int passInAll;

  /** The number of names that were removed in this pass. */
  final AtomicLong gone = new AtomicLong();

  /** The pieces of work that are not done: reading the directory, and each subdirectory. */
  final AtomicInteger pending = new AtomicInteger(1);

  /** Set by the thread that works on it, before there is work below. */
  volatile @Nullable FileStatus found;

  volatile @Nullable OpenDirectory opened;

  /** Whether something in it, or the directory itself, cannot be removed. */
  volatile boolean stays;

  /** Whether it was moved elsewhere. */
  volatile boolean movedAway;

  // guarded by this
  boolean askedForPermission;
  OptionalInt permissionsBefore = OptionalInt.empty();

  RemovedDirectory(@Nullable RemovedDirectory above, Path name) {
    this(above, name, 1, 1);
  }

  private RemovedDirectory(@Nullable RemovedDirectory above, Path name, int pass, int passInAll) {
    this.above = above;
    this.name = name;
    this.depth = above == null ? 0 : above.depth + 1;
    this.pass = pass;
    this.passInAll = passInAll;
  }

  /** The same directory, to be read once more; empty if it was read often enough. */
  synchronized Optional<RemovedDirectory> again() {
    int next = gone.get() >= MUCH ? 1 : pass + 1;
    if (next > MAX_PASSES || passInAll == MAX_PASSES_IN_ALL) {
      return Optional.empty();
    }
    RemovedDirectory again = new RemovedDirectory(above, name, next, passInAll + 1);
    again.found = found;
    again.permissionsBefore = permissionsBefore;
    return Optional.of(again);
  }

  /**
   * Gives this user permission to change the directory if only permissions forbid it; returns
   * whether changes are permitted now.
   */
  synchronized boolean permitChanges() {
    OpenDirectory directory = opened;
    if (!askedForPermission && directory != null) {
      askedForPermission = true;
      try {
        permissionsBefore = directory.permitChanges();
      } catch (IOException e) {
        // what cannot be removed in it will say why
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
        // it stays, and that is told
      }
    }
  }

  /** Its path, where the tree is at {@code root}; without recursion, since trees may be deep. */
  Path path(Path root) {
    Deque<Path> names = new ArrayDeque<>();
    for (RemovedDirectory each = this; each.above != null; each = each.above) {
      names.addFirst(each.name);
    }
    Path path = root;
    for (Path each : names) {
      path = path.resolve(each);
    }
    return path;
  }

  /** Closes it if it is open, and takes it out of what is open. */
  void close(Set<OpenDirectory> open) {
    OpenDirectory closing = opened;
    if (closing != null) {
      opened = null;
      open.remove(closing);
      try {
        closing.close();
      } catch (IOException e) {
        // nothing was written to it
      }
    }
  }
}
