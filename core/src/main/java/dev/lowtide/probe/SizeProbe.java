package dev.lowtide.probe;

import dev.lowtide.Problem;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Tells what a tree takes on the disk.
 *
 * <p>Symbolic links are not followed and mounts are not entered. What cannot be read is left out,
 * counted, and reported; what vanishes meanwhile is left out as if it had gone before.
 * Implementations are safe for use by many threads; one call uses several threads itself.
 */
public interface SizeProbe {

  /**
   * Adds up a tree. Memory is needed for directories that wait to be read and for files with
   * several names, not for each entry.
   *
   * @param problems hears what could not be read, from several threads but one at a time
   * @throws java.nio.file.NoSuchFileException if there is nothing at the root
   * @throws java.io.InterruptedIOException if the thread is interrupted
   * @throws IOException if the root cannot be read
   */
  DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException;

  /** Adds up a tree; problems are only counted. */
  default DiskUsage measure(Path root) throws IOException {
    return measure(root, problem -> {});
  }

  /**
   * Keeps every entry of a tree, in a hundred bytes of heap each or less.
   *
   * @throws java.nio.file.NoSuchFileException if there is nothing at the root
   * @throws java.io.InterruptedIOException if the thread is interrupted
   * @throws IOException if the root cannot be read
   */
  Snapshot capture(Path root) throws IOException;

  /**
   * Measures what was measured before without looking at everything, where contents are addressed
   * by their names. Unless overridden, it looks at everything all the same; so it does for what
   * lies elsewhere, and for file systems that do not tell inodes.
   *
   * @param memory a directory of this user's for files of what was seen; made when needed. What is
   *     torn, foreign or of another version there is not used.
   * @param contentAddressed directories in which files are written once, under a name of their own;
   *     asked at most once, when a directory is measured
   */
  default IncrementalProbe incremental(
      Path memory, Supplier<? extends Collection<Path>> contentAddressed, Clock clock) {
    return (root, problems) -> new IncrementalProbe.Measured(measure(root, problems), false);
  }

  /** A short name for reports: {@code linux} or {@code portable}. */
  String name();

  /**
   * The Linux-native probe where the JDK is 22 or newer and native access is enabled, else the
   * portable one.
   */
  static SizeProbe best() {
    return new WalkingProbe(TreeWalker.best());
  }

  /** As {@link #best()}, and counts in a meter what it visits. */
  static SizeProbe best(WalkMeter meter) {
    return new WalkingProbe(meter.counting(TreeWalker.best()));
  }

  /** The probe that works everywhere; its allocated bytes are estimates. */
  static SizeProbe portable() {
    return new WalkingProbe(TreeWalker.portable());
  }
}
