package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Follows the symbolic links in paths that processes were given, name by name. Each name is read
 * once, and nothing is read on a file system that may hang. A path that does not exist, for example
 * in a tree that was just moved, is followed as far as it exists. Not thread-safe.
 */
final class LinkedPaths {
  /** The kernel's {@code MAXSYMLINKS}. */
  private static final int MAX_LINKS = 40;

  /** The maximum number of remembered characters; beyond it, everything remembered is dropped. */
  private static final long MAX_REMEMBERED = 16 << 20;

  private static final Path ROOT = Path.of("/");

  private final MountInfo mounts;
  private final Map<Path, Optional<Path>> links = new HashMap<>();
  private final Set<Path> missing = new HashSet<>();
  private long remembered;

  LinkedPaths(MountInfo mounts) {
    this.mounts = mounts;
  }

  /**
   * All paths that a path leads through: that of each symbolic link, and that of the file at the
   * end.
   *
   * @param path absolute; may contain dots
   */
  Set<Path> places(Path path) {
    Set<Path> places = new LinkedHashSet<>();
    Deque<Path> names = new ArrayDeque<>();
    path.forEach(names::add);
    Path at = ROOT;
    int followed = 0;
    while (!names.isEmpty()) {
      String name = names.getFirst().toString();
      if (name.isEmpty() || name.equals(".")) {
        names.removeFirst();
        continue;
      } else if (name.equals("..")) {
        names.removeFirst();
        Path parent = at.getParent();
        at = parent == null ? ROOT : parent;
        continue;
      }
      Path next = at.resolve(names.removeFirst());
      Optional<Path> link = link(next, at);
      if (link.isEmpty() || ++followed > MAX_LINKS) {
        at = next;
        continue;
      }
      places.add(next);
      Path target = link.get();
      if (target.isAbsolute()) {
        at = ROOT;
      }
      Deque<Path> rest = names;
      names = new ArrayDeque<>();
      target.forEach(names::add);
      names.addAll(rest);
    }
    places.add(at);
    return places;
  }

  private Optional<Path> link(Path path, Path parent) {
    Optional<Path> known = links.get(path);
    if (known != null) {
      return known;
    }
    remembered += path.toString().length();
    if (remembered > MAX_REMEMBERED) {
      links.clear();
      missing.clear();
      remembered = 0;
    }
    Optional<Path> link = Optional.empty();
    if (!missing.contains(parent) && !mounts.mayHangHere(path)) {
      try {
        link = Optional.of(Files.readSymbolicLink(path));
      } catch (NotLinkException e) {
        // a file or a directory
      } catch (IOException e) {
        missing.add(path);
      }
    } else if (missing.contains(parent)) {
      missing.add(path);
    }
    links.put(path, link);
    return link;
  }
}
