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
 * Resolves the symbolic links in paths that running processes use, one path component at a time. It
 * caches what it has read, and reads nothing on a file system that may hang. A path that does not
 * exist, for example in a tree that was just moved, is resolved as far as it exists. Not
 * thread-safe.
 */
final class SymlinkResolver {
  /** The kernel's {@code MAXSYMLINKS}. */
  private static final int MAX_LINKS = 40;

  /** The maximum number of characters in the cache; beyond it, the cache is cleared. */
  private static final long MAX_CACHED_CHARS = 16 << 20;

  private static final Path ROOT = Path.of("/");

  private final MountInfo mounts;
  private final Map<Path, Optional<Path>> links = new HashMap<>();
  private final Set<Path> missing = new HashSet<>();
  private long cachedChars;

  SymlinkResolver(MountInfo mounts) {
    this.mounts = mounts;
  }

  /**
   * The paths that are visited when a path is resolved: that of each symbolic link in it, and the
   * resolved path.
   *
   * @param path absolute; may contain the components {@code .} and {@code ..}
   */
  Set<Path> pathsThrough(Path path) {
    Set<Path> paths = new LinkedHashSet<>();
    Deque<Path> names = new ArrayDeque<>();
    path.forEach(names::add);
    Path current = ROOT;
    int followed = 0;
    while (!names.isEmpty()) {
      String name = names.getFirst().toString();
      if (name.isEmpty() || name.equals(".")) {
        names.removeFirst();
        continue;
      } else if (name.equals("..")) {
        names.removeFirst();
        Path parent = current.getParent();
        current = parent == null ? ROOT : parent;
        continue;
      }
      Path next = current.resolve(names.removeFirst());
      Optional<Path> link = link(next, current);
      if (link.isEmpty() || ++followed > MAX_LINKS) {
        current = next;
        continue;
      }
      paths.add(next);
      Path target = link.get();
      if (target.isAbsolute()) {
        current = ROOT;
      }
      Deque<Path> rest = names;
      names = new ArrayDeque<>();
      target.forEach(names::add);
      names.addAll(rest);
    }
    paths.add(current);
    return paths;
  }

  private Optional<Path> link(Path path, Path parent) {
    Optional<Path> cached = links.get(path);
    if (cached != null) {
      return cached;
    }
    cachedChars += path.toString().length();
    if (cachedChars > MAX_CACHED_CHARS) {
      links.clear();
      missing.clear();
      cachedChars = 0;
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
