package dev.lowtide.verify;

import com.google.common.collect.ImmutableSet;
import dev.lowtide.ByteSize;
import dev.lowtide.Globs;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A directory or file to verify, and what is expected of it. Immutable.
 *
 * @param name a short name for reports, such as {@code workspace} or {@code uv-cache}
 * @param root the path, absolute; it need not exist
 * @param expectation which changes are a failure
 * @param tolerance how much it may grow
 * @param exceptions {@link Globs}, relative to the root, of what is ignored, with everything below
 *     it, and with the directories that were created or removed together with it
 */
public record DiskLocation(
    String name, Path root, Expectation expectation, Tolerance tolerance, Set<String> exceptions) {

  private static final Pattern SPECIAL_IN_GLOBS = Pattern.compile("[\\\\*?\\[\\]{}]");

  /** Which changes of a location are a failure. */
  public enum Expectation {
    /**
     * Everything that existed still exists and is unchanged, and new entries occupy no more than
     * the tolerance; without a tolerance, there may be no new entries. For workspaces and all files
     * of people.
     *
     * <p>A file is unchanged if it has the same kind, inode, size, modification time and
     * status-change time; for a directory, only the name is compared. So a file with new
     * permissions or a new hard link counts as changed: a program can set the modification time
     * back, and then only the status-change time shows that the content was replaced.
     */
    UNCHANGED,
    /**
     * The location grows by no more than the tolerance, whatever is created or removed in it. For
     * caches, in which even a hit changes files, and for directories that programs share.
     */
    BOUNDED
  }

  public DiskLocation {
    if (name.isBlank()) {
      throw new IllegalArgumentException("A location needs a name");
    }
    root = root.toAbsolutePath();
    exceptions = ImmutableSet.copyOf(exceptions);
    globs(root, exceptions);
  }

  /** A location in which nothing may change. */
  public static DiskLocation unchanged(String name, Path root) {
    return new DiskLocation(name, root, Expectation.UNCHANGED, Tolerance.NONE, Set.of());
  }

  /** A location that may change, but not grow. */
  public static DiskLocation bounded(String name, Path root) {
    return new DiskLocation(name, root, Expectation.BOUNDED, Tolerance.NONE, Set.of());
  }

  /** This location, with another tolerance. */
  public DiskLocation tolerating(Tolerance more) {
    return new DiskLocation(name, root, expectation, more, exceptions);
  }

  /** This location, with a tolerance in bytes. */
  public DiskLocation tolerating(ByteSize more) {
    return tolerating(Tolerance.of(more));
  }

  /** This location, with another expectation. */
  public DiskLocation expecting(Expectation other) {
    return new DiskLocation(name, root, other, tolerance, exceptions);
  }

  /** This location, with further exceptions. */
  public DiskLocation excepting(String... globs) {
    Set<String> all = new LinkedHashSet<>(exceptions);
    all.addAll(Arrays.asList(globs));
    return new DiskLocation(name, root, expectation, tolerance, all);
  }

  /**
   * This location, with a path and everything below it as a further exception: for a directory that
   * is expected to grow, such as the one for a build's results. Returns this location unchanged if
   * the path is not inside it.
   *
   * @param path absolute, spelled like the root
   */
  public DiskLocation excepting(Path path) {
    if (!path.startsWith(root)) {
      return this;
    }
    String relative =
        root.relativize(path).toString().replace(root.getFileSystem().getSeparator(), "/");
    return excepting(
        relative.isEmpty() ? "**" : SPECIAL_IN_GLOBS.matcher(relative).replaceAll("\\\\$0"));
  }

  /** A location with the same expectations and another path. */
  public DiskLocation at(Path otherRoot) {
    return new DiskLocation(name, otherRoot, expectation, tolerance, exceptions);
  }

  Globs globs() {
    return globs(root, exceptions);
  }

  private static Globs globs(Path root, Set<String> exceptions) {
    return Globs.of(root.getFileSystem(), exceptions);
  }

  /**
   * How much a location may grow: a number of bytes, or a percentage of its former size. Immutable.
   *
   * @param bytes the number of bytes
   * @param percent the percentage of its former size; if both are set, the larger one applies
   */
  public record Tolerance(ByteSize bytes, double percent) {
    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)\\s*%");

    /** No growth at all. */
    public static final Tolerance NONE = new Tolerance(ByteSize.ZERO, 0);

    public Tolerance {
      if (bytes.bytes() < 0 || !(percent >= 0)) {
        throw new IllegalArgumentException("A tolerance is not negative");
      }
    }

    /** A number of bytes. */
    public static Tolerance of(ByteSize bytes) {
      return new Tolerance(bytes, 0);
    }

    /** A percentage of the former size; 5 means 5 %. */
    public static Tolerance percent(double percent) {
      return new Tolerance(ByteSize.ZERO, percent);
    }

    /**
     * Parses a size like {@link ByteSize#parse}, or a percentage such as {@code 5%}.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static Tolerance parse(String text) {
      Matcher matcher = PERCENT.matcher(text.strip());
      if (matcher.matches()) {
        return percent(Double.parseDouble(matcher.group(1)));
      }
      return of(ByteSize.parse(text));
    }

    /** The number of bytes by which a location of the given size may grow. */
    public long above(long before) {
      return Math.max(bytes.bytes(), (long) (before * (percent / 100)));
    }

    /** The text that {@link #parse} accepts. */
    @Override
    public String toString() {
      return percent > 0
          ? String.format(Locale.ROOT, "%s%%", percent).replace(".0%", "%")
          : bytes.toString();
    }
  }
}
