package dev.lowtide.execute;

import dev.lowtide.FileIdentity;
import dev.lowtide.Problem;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Removes trees. Nothing else in Lowtide removes the trees of a plan, and only a {@link
 * PlanExecutor} gets a deleter.
 *
 * <p>Implementations are safe for use by many threads.
 */
@FunctionalInterface
interface Deleter {

  /**
   * Removes a file, a symbolic link or a directory with everything in it, if it is still the
   * expected one. It is not a failure if it no longer exists. Symbolic links are never followed,
   * neither in the path nor inside the tree.
   *
   * @param path absolute
   * @throws IOException if nothing was removed, for instance because another file is now at the
   *     path
   * @throws java.io.InterruptedIOException if the thread is interrupted; then a part may have been
   *     removed
   */
  Deletion delete(Path path, FileIdentity expected) throws IOException;

  /** Like {@link #delete}, for a tree in an open quarantine. */
  default Deletion delete(
      QuarantineDirectory quarantine, QuarantineName tree, FileIdentity expected)
      throws IOException {
    return delete(quarantine.path(tree), expected);
  }

  /**
   * Like {@link #delete}, for a tree that could not be moved to a quarantine first. If the root
   * cannot be removed, nothing is removed. The entries in {@code last} are removed last, so that
   * they still identify what an interrupted removal has left.
   *
   * @param last names of entries in the tree's root
   */
  default Deletion deleteInPlace(Path path, FileIdentity expected, Set<String> last)
      throws IOException {
    return delete(path, expected);
  }

  /**
   * Whether removing by path is allowed if the file system has no operations relative to open
   * directories. This applies to the callers of this deleter too.
   */
  default boolean mayRemoveByPath() {
    return false;
  }

  /**
   * The result of a removal.
   *
   * @param removed the number of removed directory entries
   * @param failures the number of entries that could not be removed
   * @param problems details of the first failures
   */
  record Deletion(long removed, long failures, List<Problem> problems) {
    public Deletion {
      problems = List.copyOf(problems);
    }
  }

  /**
   * A deleter that works relative to open directories, so that nobody can redirect it by replacing
   * a directory with a link. It refuses to work where that is not possible.
   */
  static Deleter secure() {
    return new TreeDeleter(new TreeRemover(false), false);
  }

  /**
   * Like {@link #secure}, but uses only {@link java.nio.file}. On Linux with JDK 22 or newer and
   * with native access enabled, {@link #secure} is faster; elsewhere, both are the same.
   */
  static Deleter portable() {
    return new TreeDeleter(TreeRemover.portable(), false);
  }

  /**
   * Like {@link #secure}, but removes by path where the file system has no operations relative to
   * open directories, as on Windows. Use it only in directories where no other user can replace a
   * directory with a link during the removal.
   */
  static Deleter insecureAllowed() {
    return new TreeDeleter(new TreeRemover(true), true);
  }
}
