package dev.lowtide.policies.python.files;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Paths as build systems record them, compared as texts with slashes. */
public final class RecordedPath {
  private RecordedPath() {}

  /** A path as CMake, Meson and ninja write it, with slashes also on Windows. */
  public static String withSlashes(Path path) {
    return path.toString().replace(path.getFileSystem().getSeparator(), "/");
  }

  /** Whether a path has a name among its elements. */
  public static boolean hasName(Path path, String name) {
    return StreamSupport.stream(path.spliterator(), false)
        .anyMatch(each -> each.toString().equals(name));
  }

  /**
   * A recorded path relative to a tree; empty if it is the tree itself, outside the tree, or no
   * path at all.
   *
   * @param tree absolute
   * @param from the directory to which relative paths refer, relative to the tree
   */
  public static Optional<String> relativeToTree(String tree, String from, String recorded) {
    String path = recorded;
    if (path.indexOf('\0') >= 0) {
      return Optional.empty();
    } else if (path.startsWith(tree + "/")) {
      path = path.substring(tree.length() + 1);
    } else if (path.startsWith("/") || path.startsWith(":", 1)) {
      return Optional.empty();
    } else if (!from.isEmpty()) {
      path = from + "/" + path;
    }
    Deque<String> names = new ArrayDeque<>();
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        if (names.pollLast() == null) {
          return Optional.empty();
        }
      } else if (!name.isEmpty() && !name.equals(".")) {
        names.addLast(name);
      }
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(String.join("/", names));
  }
}
