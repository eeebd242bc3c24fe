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

/** A directory of a tree that is being removed, or what has its name by now. */
final class RemovedDirectory {
  /** How often a directory is read that is not empty in the end, as when others add to it. */
  private static final int MAX_PASSES = 3;

  /**
   * A pass that removes as many names does not count: where positions in a directory shift while
   * names go, as on some network file systems, each pass misses a part of them.
   */
  private static final long MUCH = OpenDirectory.BATCH_NAMES;

  /** How often a directory is read however much each pass removes. */
  private static final int MAX_PASSES_IN_ALL = 1000;

  final @Nullable RemovedDirectory above;
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

  /** Set by the thread that works on it, before there is work below. */
  volatile @Nullable FileStatus found;

  volatile @Nullable OpenDirectory opened;

  /** Whether something in it, or it itself, has to stay. */
  volatile boolean stays;

  /** Whether it was moved to another place. */
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

  /** Permits changes to it if that is all that forbids them; whether they are permitted now. */
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
