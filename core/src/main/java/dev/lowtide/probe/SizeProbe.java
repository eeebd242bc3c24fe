package dev.lowtide.probe;

import dev.lowtide.Problem;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.concurrent.atomic.LongAdder;
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
  default Incremental incremental(
      Path memory, Supplier<? extends Collection<Path>> contentAddressed, Clock clock) {
    return (root, problems) -> new Incremental.Measured(measure(root, problems), false);
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

  /**
   * As {@link #best()}, and counts what it visits for those who show it meanwhile: it is no result,
   * since a file with several names counts each time.
   *
   * @param entries counts the names that all walks have visited
   * @param allocatedBytes adds up what these take on the disk
   */
  static SizeProbe best(LongAdder entries, LongAdder allocatedBytes) {
    WalkMeter meter = new WalkMeter(entries, allocatedBytes);
    return new WalkingProbe(meter.counting(TreeWalker.best()));
  }

  /** The probe that works everywhere; its allocated bytes are estimates. */
  static SizeProbe portable() {
    return new WalkingProbe(TreeWalker.portable());
  }

  /**
   * Tells what a tree takes that was measured before: where contents are addressed by their names,
   * it looks only at directories, and at names in those that have changed since it was there last.
   * The first time, and after a week, it looks at everything.
   *
   * <p>What is added, removed or renamed is seen. What is not: a file that is written again in its
   * place, and a file system that is mounted over a single file. {@link DiskUsage#sharedBytes} may
   * be as they were, since a name that a file gets or loses elsewhere changes no directory of the
   * tree.
   *
   * <p>So the numbers are for people to look at. It is no {@link SizeProbe} on purpose: nothing
   * that plans, removes, verifies or tells what came free takes it. See docs/adr/0017.
   *
   * <p>Implementations are safe for use by many threads.
   */
  interface Incremental {

    /**
     * What came of it.
     *
     * @param incremental whether a directory was left out since it had not changed; otherwise all
     *     of the tree was looked at
     */
    record Measured(DiskUsage usage, boolean incremental) {}

    /**
     * Adds up a tree, as {@link SizeProbe#measure(Path, Consumer)} but for what is left out.
     *
     * @param problems hears of each that could not be read, from several threads but one at a time
     * @throws java.nio.file.NoSuchFileException if there is nothing at the root
     * @throws java.io.InterruptedIOException if the thread is interrupted
     * @throws IOException if the root cannot be read
     */
    Measured measure(Path root, Consumer<Problem> problems) throws IOException;

    /** Adds up a tree; problems are only counted. */
    default Measured measure(Path root) throws IOException {
      return measure(root, problem -> {});
    }
  }
}
