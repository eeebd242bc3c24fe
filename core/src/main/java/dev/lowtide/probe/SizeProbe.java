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
 * Measures the disk usage of trees.
 *
 * <p>Symbolic links are not followed and mounts are not entered. Entries that cannot be read are
 * skipped, counted and reported; entries that are removed during the measurement are skipped as if
 * they had never existed. Implementations are safe for use by many threads; one call uses several
 * threads itself.
 */
public interface SizeProbe {

  /**
   * Measures a tree. The memory needed depends on the number of pending directories and of files
   * with several names, not on the number of entries.
   *
   * @param problems receives what could not be read, from several threads but one call at a time
   * @throws java.nio.file.NoSuchFileException if the root does not exist
   * @throws java.io.InterruptedIOException if the thread is interrupted
   * @throws IOException if the root cannot be read
   */
  DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException;

  /** Measures a tree; problems are only counted. */
  default DiskUsage measure(Path root) throws IOException {
    return measure(root, problem -> {});
  }

  /**
   * Captures every entry of a tree, with at most about a hundred bytes of heap for each.
   *
   * @throws java.nio.file.NoSuchFileException if the root does not exist
   * @throws java.io.InterruptedIOException if the thread is interrupted
   * @throws IOException if the root cannot be read
   */
  Snapshot capture(Path root) throws IOException;

  /**
   * A measurement that is faster the second time: in directories whose files are content-addressed,
   * it skips what has not changed. It visits everything in all other directories, and on file
   * systems without inode numbers. The default implementation always visits everything.
   *
   * @param memory a directory of this user for the stored state; created when needed. Files in it
   *     that are truncated, belong to others or have another version are not used.
   * @param contentAddressed supplies the directories in which each file is written once, under its
   *     own name; called at most once, when a directory is measured
   */
  default Incremental incremental(
      Path memory, Supplier<? extends Collection<Path>> contentAddressed, Clock clock) {
    return (root, problems) -> new Incremental.Measured(measure(root, problems), false);
  }

  /** A short name for reports: {@code linux} or {@code portable}. */
  String name();

  /**
   * The native probe on Linux if the JDK is 22 or newer and native access is enabled, or else the
   * portable one.
   */
  static SizeProbe best() {
    return new WalkingProbe(TreeWalker.best());
  }

  /**
   * Like {@link #best()}, but also counts what it visits, to show progress. The counts are not a
   * result, since a file with several names counts each time.
   *
   * @param entries counts the visited names of all walks
   * @param allocatedBytes adds up the space that these occupy on the disk
   */
  static SizeProbe best(LongAdder entries, LongAdder allocatedBytes) {
    WalkMeter meter = new WalkMeter(entries, allocatedBytes);
    return new WalkingProbe(meter.counting(TreeWalker.best()));
  }

  /** The probe that works on every system; its allocated bytes are estimates. */
  static SizeProbe portable() {
    return new WalkingProbe(TreeWalker.portable());
  }

  /**
   * Measures again a tree that was measured before. In content-addressed directories, it visits
   * only directories, and other entries only in directories that have changed since the last
   * measurement. The first time, and after a week, it visits everything.
   *
   * <p>It notices what is added, removed or renamed. It does not notice a file that is rewritten in
   * place, or a file system that is mounted over a single file. {@link DiskUsage#sharedBytes} may
   * be outdated, since adding or removing another name of a file elsewhere changes no directory of
   * the tree.
   *
   * <p>So the numbers are only for display. It is deliberately not a {@link SizeProbe}: planning,
   * removal, verification and reports of freed space must not use it. See docs/adr/0017.
   *
   * <p>Implementations are safe for use by many threads.
   */
  interface Incremental {

    /**
     * The result of a measurement.
     *
     * @param incremental whether a directory was skipped because it had not changed; otherwise the
     *     whole tree was visited
     */
    record Measured(DiskUsage usage, boolean incremental) {}

    /**
     * Measures a tree like {@link SizeProbe#measure(Path, Consumer)}, but skips unchanged
     * directories.
     *
     * @param problems receives what could not be read, from several threads but one call at a time
     * @throws java.nio.file.NoSuchFileException if the root does not exist
     * @throws java.io.InterruptedIOException if the thread is interrupted
     * @throws IOException if the root cannot be read
     */
    Measured measure(Path root, Consumer<Problem> problems) throws IOException;

    /** Measures a tree; problems are only counted. */
    default Measured measure(Path root) throws IOException {
      return measure(root, problem -> {});
    }
  }
}
