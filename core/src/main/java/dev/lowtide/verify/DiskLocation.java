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
 * A place on a disk and what is expected of it. Immutable.
 *
 * @param name a short name for reports, such as {@code workspace} or {@code uv-cache}
 * @param root the place, absolute; it need not be there
 * @param expectation what is a failure
 * @param tolerance how much more it may take
 * @param exceptions {@link Globs} relative to the root of what does not count at all, with
 *     everything below it, and with the directories that came or went with it
 */
public record DiskLocation(
    String name, Path root, Expectation expectation, Tolerance tolerance, Set<String> exceptions) {

  private static final Pattern SPECIAL_IN_GLOBS = Pattern.compile("[\\\\*?\\[\\]{}]");

  /** What is a failure in a place. */
  public enum Expectation {
    /**
     * What was there is still there and as it was, and what is new takes no more than is tolerated;
     * where nothing is tolerated, nothing may be new. For a workspace, and all that is a person's.
     *
     * <p>Something is as it was if it has the same kind, inode, size and times of modification and
     * of the last status change, directories excepted, of which only the name counts. So a file
     * that was given other permissions or another hard link is not as it was: a program can set the
     * time of modification back, and then only the status tells that the content was replaced.
     */
    UNCHANGED,
    /**
     * It takes no more than before and what is tolerated, whatever comes and goes in it. For a
     * cache, in which a mere hit touches files, and for directories that programs share.
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

  /** A place in which everything stays as it is. */
  public static DiskLocation unchanged(String name, Path root) {
    return new DiskLocation(name, root, Expectation.UNCHANGED, Tolerance.NONE, Set.of());
  }

  /** A place that only may not grow. */
  public static DiskLocation bounded(String name, Path root) {
    return new DiskLocation(name, root, Expectation.BOUNDED, Tolerance.NONE, Set.of());
  }

  /** This place, which may take so much more. */
  public DiskLocation tolerating(Tolerance more) {
    return new DiskLocation(name, root, expectation, more, exceptions);
  }

  /** This place, which may take so many bytes more. */
  public DiskLocation tolerating(ByteSize more) {
    return tolerating(Tolerance.of(more));
  }

  /** This place with another expectation. */
  public DiskLocation expecting(Expectation other) {
    return new DiskLocation(name, root, other, tolerance, exceptions);
  }

  /** This place, in which further things do not count. */
  public DiskLocation excepting(String... globs) {
    Set<String> all = new LinkedHashSet<>(exceptions);
    all.addAll(Arrays.asList(globs));
    return new DiskLocation(name, root, expectation, tolerance, all);
  }

  /**
   * This place, in which a path and everything below it does not count: for one that is meant to
   * grow, such as the directory for a build's results. The same place if the path lies elsewhere.
   *
   * @param path absolute, spelled as the root is
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

  /** The same expectations of another directory. */
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
   * How much more a place may take than before: a number of bytes, or a part of what it took.
   * Immutable.
   *
   * @param bytes so many bytes
   * @param percent so much of what the place took; if both are given, the larger counts
   */
  public record Tolerance(ByteSize bytes, double percent) {
    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)\\s*%");

    /** Nothing more at all. */
    public static final Tolerance NONE = new Tolerance(ByteSize.ZERO, 0);

    public Tolerance {
      if (bytes.bytes() < 0 || !(percent >= 0)) {
        throw new IllegalArgumentException("A tolerance is not negative");
      }
    }

    /** So many bytes. */
    public static Tolerance of(ByteSize bytes) {
      return new Tolerance(bytes, 0);
    }

    /** So much of what the place took: 5 is a twentieth. */
    public static Tolerance percent(double percent) {
      return new Tolerance(ByteSize.ZERO, percent);
    }

    /**
     * Reads a size as {@link ByteSize#parse} does, or {@code 5%}.
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

    /** How many more bytes a place may take that took so many. */
    public long above(long before) {
      return Math.max(bytes.bytes(), (long) (before * (percent / 100)));
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
      return percent > 0
          ? String.format(Locale.ROOT, "%s%%", percent).replace(".0%", "%")
          : bytes.toString();
    }
  }
}
