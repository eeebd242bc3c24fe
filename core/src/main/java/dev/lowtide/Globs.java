package dev.lowtide;

import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Globs for paths relative to a root, in the syntax of {@link FileSystem#getPathMatcher}, in which
 * {@code **} between slashes also stands for no directory at all, as in a {@code .gitignore}:
 * <code>**&#47;*.pyc</code> is also {@code a.pyc}, and {@code dist/**} is also {@code dist}. A
 * directory that matches covers everything below it.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class Globs {
  private static final Pattern NEVER_MATCHES =
      Pattern.compile("|/.*|.*/|(.*/)?\\.\\.?(/.*)?", Pattern.DOTALL);

  private final List<PathMatcher> matchers;

  private Globs(List<PathMatcher> matchers) {
    this.matchers = List.copyOf(matchers);
  }

  /**
   * Reads globs for paths of a file system.
   *
   * @throws IllegalArgumentException if one of them is no glob or could never match, with a
   *     sentence for the user
   */
  public static Globs of(FileSystem fileSystem, Collection<String> globs) {
    List<PathMatcher> matchers = new ArrayList<>();
    for (String glob : globs) {
      requireMatchable(glob);
      for (String each : alternatives(glob)) {
        matchers.add(matcher(fileSystem, each, glob));
      }
    }
    return new Globs(matchers);
  }

  /** A pattern that could never match would leave unprotected what somebody wants to keep. */
  private static void requireMatchable(String glob) {
    if (NEVER_MATCHES.matcher(glob).matches()) {
      throw new IllegalArgumentException(
          "The pattern '"
              + Printable.of(glob)
              + "' can match nothing; write it relative to the root and without a slash at the end,"
              + " for example dist or dist/**");
    }
  }

  /** The glob, and what it is where {@code **} stands for no directory. */
  private static Set<String> alternatives(String glob) {
    Set<String> all = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(glob));
    while (!open.isEmpty()) {
      String each = open.removeFirst();
      if (!all.add(each)) {
        continue;
      }
      if (each.startsWith("**/")) {
        open.add(each.substring("**/".length()));
      }
      int between = each.indexOf("/**/");
      if (between > 0) {
        open.add(each.substring(0, between) + each.substring(between + "/**".length()));
      }
      if (each.endsWith("/**")) {
        open.add(each.substring(0, each.length() - "/**".length()));
      }
    }
    return all;
  }

  private static PathMatcher matcher(FileSystem fileSystem, String glob, String written) {
    try {
      return fileSystem.getPathMatcher("glob:" + glob);
    } catch (IllegalArgumentException e) {
      // The message of a PatternSyntaxException draws a picture of several lines
      String problem =
          e instanceof PatternSyntaxException syntax ? syntax.getDescription() : e.getMessage();
      throw new IllegalArgumentException(
          "The pattern '" + Printable.of(written) + "' is not a glob: " + problem, e);
    }
  }

  /** The matchers behind this, to be asked about a path and about each of its parents. */
  public List<PathMatcher> matchers() {
    return matchers;
  }

  /** Whether one of them matches this very path. */
  public boolean names(Path relative) {
    return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
  }

  /** Whether one of them matches the path or a directory above it. */
  public boolean covers(Path relative) {
    for (Path path = relative; path != null; path = path.getParent()) {
      if (names(path)) {
        return true;
      }
    }
    return false;
  }
}
