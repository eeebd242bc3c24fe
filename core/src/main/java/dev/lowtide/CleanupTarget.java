package dev.lowtide;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A place in which policies may propose what to remove: nothing outside {@link #root} is ever
 * touched on its behalf, and neither is the root itself.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @param id a short name for reports, such as {@code workspace} or {@code pip-cache}
 * @param kind what the place is for, which decides how fresh a file may be and still go
 * @param root the directory, absolute, exactly as the caller named it: never normalised, because
 *     {@code link/..} means something else once a symbolic link is involved
 * @param keep {@link Globs} relative to the root of what must stay; a directory that matches keeps
 *     everything below it
 */
public record CleanupTarget(String id, Kind kind, Path root, Set<String> keep) {

  /** What a target is for; each is kept at least as carefully as the one before. */
  public enum Kind {
    /**
     * A directory that the user names: a checkout, a build's working directory. No grace period.
     */
    WORKSPACE(Duration.ZERO),
    /**
     * A cache that several programs share. What was touched within the last hour may be in use and
     * stays.
     */
    CACHE(Duration.ofHours(1)),
    /** A temporary directory that all users share. What was touched within the last hour stays. */
    TEMPORARY(Duration.ofHours(1)),
    /**
     * What only its own tool can look into and measure, such as the images of a Docker engine:
     * nothing in it is read or deleted, and commands of the tool are all that can be done. The root
     * and the paths below it are names that the tool gives, and need not be seen from here.
     */
    STORE(Duration.ZERO);

    private final Duration gracePeriod;

    Kind(Duration gracePeriod) {
      this.gracePeriod = gracePeriod;
    }

    /**
     * How long something must have been left alone before it may go, unless the caller decides
     * otherwise.
     */
    public Duration gracePeriod() {
      return gracePeriod;
    }

    /** Whether what lies in it may come from anybody, such as the author of a cloned project. */
    public boolean isForeign() {
      return this == WORKSPACE || this == TEMPORARY;
    }
  }

  private static final Pattern UNEXPANDED = Pattern.compile("~|\\$\\w+|\\$\\{.*}|%\\w+%");

  /**
   * @throws IllegalArgumentException if the root cannot be meant, or a keep pattern cannot be
   *     parsed
   */
  public CleanupTarget {
    requireNonNull(kind);
    if (id.isBlank()) {
      throw new IllegalArgumentException("A target needs an id");
    }
    root = checkedRoot(root);
    keep = ImmutableSet.copyOf(keep);
    Globs.of(root.getFileSystem(), keep).matchers(); // for their errors
  }

  /** A directory that the user names, such as a checkout or a build's working directory. */
  public static CleanupTarget of(String id, Path root) {
    return new CleanupTarget(id, Kind.WORKSPACE, root, Set.of());
  }

  /** A cache that other programs may be using right now. */
  public static CleanupTarget cache(String id, Path root) {
    return new CleanupTarget(id, Kind.CACHE, root, Set.of());
  }

  /** A temporary directory that other programs and users share. */
  public static CleanupTarget temporary(String id, Path root) {
    return new CleanupTarget(id, Kind.TEMPORARY, root, Set.of());
  }

  /** Something that only its own tool can look into. */
  public static CleanupTarget store(String id, Path root) {
    return new CleanupTarget(id, Kind.STORE, root, Set.of());
  }

  /** This target with further things that must stay. */
  public CleanupTarget keeping(String... globs) {
    Set<String> all = new LinkedHashSet<>(keep);
    all.addAll(Arrays.asList(globs));
    return new CleanupTarget(id, kind, root, all);
  }

  /**
   * The matchers of {@link #keep}, to be asked about paths relative to the root and about each of
   * their parents.
   */
  public List<PathMatcher> keepMatchers() {
    return Globs.of(root.getFileSystem(), keep).matchers();
  }

  /**
   * Returns a path that is safe to take as a root: absolute, and spelled in a way that cannot mean
   * another place than the one that the caller sees.
   *
   * @throws IllegalArgumentException naming the path and what to write instead
   */
  public static Path checkedRoot(Path path) {
    if (path.toString().isEmpty()) {
      throw invalid(path, "the path is empty; was a variable not set?");
    }
    for (Path component : path) {
      String name = component.toString();
      if (name.equals(".") || name.equals("..")) {
        throw invalid(path, "it contains '" + name + "'; write the path without it");
      }
      if (UNEXPANDED.matcher(name).matches()) {
        throw invalid(path, "'" + name + "' was not expanded; write the full path");
      }
      if (name.chars().anyMatch(Character::isISOControl)) {
        throw invalid(path, "it contains a control character");
      }
    }
    return path.toAbsolutePath();
  }

  private static IllegalArgumentException invalid(Path path, String problem) {
    return new IllegalArgumentException(
        "'" + Printable.of(path) + "' is not taken as a path: " + problem);
  }
}
