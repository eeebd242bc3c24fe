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
 * A directory in which policies may propose what to remove. Nothing outside {@link #root} is ever
 * removed for it, and neither is the root itself.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @param id a short name for reports, such as {@code workspace} or {@code pip-cache}
 * @param kind what the directory is for; this decides how long a file must have been unused before
 *     it may be removed
 * @param root the directory, absolute, exactly as the caller named it: never normalised, because
 *     {@code link/..} means another directory if {@code link} is a symbolic link
 * @param keep {@link Globs}, relative to the root, of what must be kept; a directory that matches
 *     keeps everything below it
 */
public record CleanupTarget(String id, Kind kind, Path root, Set<String> keep) {

  /**
   * What a target is for. The order matters: if several targets contain a path, the last of their
   * kinds decides how carefully it is treated.
   */
  public enum Kind {
    /**
     * A directory that the user names: a checkout, a build's working directory. No grace period.
     */
    WORKSPACE(Duration.ZERO),
    /**
     * A cache that several programs share. What was changed within the last hour may be in use and
     * is kept.
     */
    CACHE(Duration.ofHours(1)),
    /**
     * A temporary directory that all users share. What was changed within the last hour is kept.
     */
    TEMPORARY(Duration.ofHours(1)),
    /**
     * A store that only its own tool can read and measure, such as the images of a Docker engine.
     * Lowtide reads and deletes nothing in it, and only runs commands of the tool. The root and the
     * paths below it are names that the tool gives; they need not exist on this machine.
     */
    STORE(Duration.ZERO);

    private final Duration gracePeriod;

    Kind(Duration gracePeriod) {
      this.gracePeriod = gracePeriod;
    }

    /**
     * How long something must have been unused before it may be removed, unless the caller sets
     * another time.
     */
    public Duration gracePeriod() {
      return gracePeriod;
    }

    /** Whether anybody may have made the contents, such as the author of a cloned project. */
    public boolean isForeign() {
      return this == WORKSPACE || this == TEMPORARY;
    }
  }

  private static final Pattern UNEXPANDED = Pattern.compile("~|\\$\\w+|\\$\\{.*}|%\\w+%");

  /**
   * @throws IllegalArgumentException if the root is not a valid root, or a keep pattern cannot be
   *     parsed
   */
  public CleanupTarget {
    requireNonNull(kind);
    if (id.isBlank()) {
      throw new IllegalArgumentException("A target needs an id");
    }
    root = checkedRoot(root);
    keep = ImmutableSet.copyOf(keep);
    Globs.of(root.getFileSystem(), keep).matchers(); // only to report invalid patterns
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

  /** A store that only its own tool can read. */
  public static CleanupTarget store(String id, Path root) {
    return new CleanupTarget(id, Kind.STORE, root, Set.of());
  }

  /** This target with further keep patterns. */
  public CleanupTarget keeping(String... globs) {
    Set<String> all = new LinkedHashSet<>(keep);
    all.addAll(Arrays.asList(globs));
    return new CleanupTarget(id, kind, root, all);
  }

  /**
   * The matchers of {@link #keep}. Callers test paths relative to the root, and each of their
   * parents.
   */
  public List<PathMatcher> keepMatchers() {
    return Globs.of(root.getFileSystem(), keep).matchers();
  }

  /**
   * Checks that a path is safe as a root: it is absolute, and its spelling cannot mean another
   * directory than the caller expects.
   *
   * @throws IllegalArgumentException if it is not; the message names the path and what to write
   *     instead
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
        "'" + Printable.of(path) + "' is not accepted as a path: " + problem);
  }
}
