package dev.lowtide.plan;

import com.google.common.base.Splitter;
import dev.lowtide.Globs;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Translates the keep globs of one directory into globs relative to another directory, above or
 * below it.
 */
final class KeepGlobs {
  private static final String ALL = "**";

  private KeepGlobs() {}

  /**
   * The globs relative to {@code to} that keep what the given ones keep relative to {@code from}.
   */
  static Set<String> moved(Set<String> globs, Path from, Path to) {
    Set<String> moved = new LinkedHashSet<>();
    if (from.startsWith(to)) {
      String prefix = from.equals(to) ? "" : escaped(to.relativize(from)) + "/";
      globs.forEach(glob -> moved.add(prefix + glob));
    } else if (to.startsWith(from)) {
      Path way = from.relativize(to);
      globs.forEach(glob -> moved.addAll(below(glob, way)));
    }
    return moved;
  }

  private static String escaped(Path path) {
    StringBuilder glob = new StringBuilder();
    for (Path name : path) {
      glob.append(glob.isEmpty() ? "" : "/")
          .append(name.toString().replaceAll("[\\\\*?\\[\\]{},]", "\\\\$0"));
    }
    return glob.toString();
  }

  /**
   * What remains of a glob below a relative path; {@code **} if the glob matches that path itself
   * or a directory above it, or if that is not evaluated.
   */
  private static Set<String> below(String glob, Path way) {
    if (glob.contains("{")) {
      return Set.of(ALL); // braces may contain a slash, so the glob cannot be split into names
    }
    Set<String> left = new LinkedHashSet<>();
    below(Splitter.on('/').splitToList(glob), way, 0, left);
    return left;
  }

  /**
   * Collects what remains of a glob below a relative path.
   *
   * @param globs the parts of the glob, one for each name
   * @param at the number of names of the path that are matched already
   */
  private static void below(List<String> globs, Path way, int at, Set<String> left) {
    String first = globs.isEmpty() ? ALL : globs.get(0);
    if (globs.isEmpty() || (first.contains(ALL) && !(first.equals(ALL) && globs.size() > 1))) {
      left.add(ALL);
    } else if (at == way.getNameCount()) {
      left.add(String.join("/", globs));
    } else if (first.equals(ALL)) { // matches no directory, or at least one
      below(globs.subList(1, globs.size()), way, at, left);
      below(globs, way, at + 1, left);
    } else if (Globs.of(way.getFileSystem(), List.of(first)).matchers().stream()
        .anyMatch(matcher -> matcher.matches(way.getName(at)))) {
      below(globs.subList(1, globs.size()), way, at + 1, left);
    }
  }
}
