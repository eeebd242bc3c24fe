package dev.lowtide.probe;

import dev.lowtide.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Tells what a tree takes that was measured before: where contents are addressed by their names, it
 * looks only at directories, and at names in those that have changed since it was there last. The
 * first time, and after a week, it looks at everything.
 *
 * <p>What is added, removed or renamed is seen. What is not: a file that is written again in its
 * place, and a file system that is mounted over a single file. {@link DiskUsage#sharedBytes} may be
 * as they were, since a name that a file gets or loses elsewhere changes no directory of the tree.
 *
 * <p>So the numbers are for people to look at. It is no {@link SizeProbe} on purpose: nothing that
 * plans, removes, verifies or tells what came free takes it. See docs/adr/0017.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface IncrementalProbe {

  /**
   * What came of it.
   *
   * @param incremental whether a directory was left out since it had not changed; otherwise all of
   *     the tree was looked at
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
