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
  static Set<String> rebased(Set<String> globs, Path from, Path to) {
    Set<String> rebased = new LinkedHashSet<>();
    if (from.startsWith(to)) {
      String prefix = from.equals(to) ? "" : escaped(to.relativize(from)) + "/";
      globs.forEach(glob -> rebased.add(prefix + glob));
    } else if (to.startsWith(from)) {
      Path relativePath = from.relativize(to);
      globs.forEach(glob -> rebased.addAll(remainders(glob, relativePath)));
    }
    return rebased;
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
  private static Set<String> remainders(String glob, Path relativePath) {
    if (glob.contains("{")) {
      return Set.of(ALL); // braces may contain a slash, so the glob cannot be split into names
    }
    Set<String> remainders = new LinkedHashSet<>();
    addRemainders(Splitter.on('/').splitToList(glob), relativePath, 0, remainders);
    return remainders;
  }

  /**
   * Collects what remains of a glob below a relative path.
   *
   * @param globs the parts of the glob, one for each name
   * @param matchedNames the number of names of the path that are matched already
   */
  private static void addRemainders(
      List<String> globs, Path relativePath, int matchedNames, Set<String> remainders) {
    String first = globs.isEmpty() ? ALL : globs.get(0);
    if (globs.isEmpty() || (first.contains(ALL) && !(first.equals(ALL) && globs.size() > 1))) {
      remainders.add(ALL);
    } else if (matchedNames == relativePath.getNameCount()) {
      remainders.add(String.join("/", globs));
    } else if (first.equals(ALL)) { // matches zero directories, or at least one
      addRemainders(globs.subList(1, globs.size()), relativePath, matchedNames, remainders);
      addRemainders(globs, relativePath, matchedNames + 1, remainders);
    } else if (Globs.of(relativePath.getFileSystem(), List.of(first)).matchers().stream()
        .anyMatch(matcher -> matcher.matches(relativePath.getName(matchedNames)))) {
      addRemainders(globs.subList(1, globs.size()), relativePath, matchedNames + 1, remainders);
    }
  }
}
