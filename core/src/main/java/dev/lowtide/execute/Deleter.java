package dev.lowtide.execute;

import dev.lowtide.FileIdentity;
import dev.lowtide.Problem;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Removes trees. This is the only thing in Lowtide that can, and only a {@link PlanExecutor} is
 * given one.
 *
 * <p>Implementations are safe for use by many threads.
 */
@FunctionalInterface
interface Deleter {

  /**
   * Removes a file, a symbolic link or a directory with everything in it, if it is the one that is
   * expected; what is gone already is no failure. Symbolic links are never followed, neither on the
   * way nor below.
   *
   * @param path absolute
   * @throws IOException if nothing was removed, for instance because something else has taken the
   *     path
   * @throws java.io.InterruptedIOException if the thread is interrupted; a part may be gone then
   */
  Deletion delete(Path path, FileIdentity expected) throws IOException;

  /**
   * As {@link #delete}, for a tree that could not be moved away first. Nothing of it is removed if
   * the tree itself cannot be; what is named last is removed last, so that what is left of a tree
   * after an interruption can still be told by it.
   *
   * @param last names in the tree's root
   */
  default Deletion deleteInPlace(Path path, FileIdentity expected, Set<String> last)
      throws IOException {
    return delete(path, expected);
  }

  /**
   * Whether it goes by paths where nothing better is to be had; what is done around it then does,
   * too.
   */
  default boolean mayGoByPaths() {
    return false;
  }

  /**
   * What was done.
   *
   * @param removed how many names are gone
   * @param failures how many could not be removed
   * @param problems the first of the failures
   */
  record Deletion(long removed, long failures, List<Problem> problems) {
    public Deletion {
      problems = List.copyOf(problems);
    }
  }

  /**
   * Works relative to open directories, so that nobody can lead it astray; refuses where that is
   * not possible.
   */
  static Deleter secure() {
    return new TreeDeleter(new TreeRemover(false), false);
  }

  /**
   * As {@link #secure}, by {@link java.nio.file} alone. {@link #secure} is faster where the JDK is
   * 22 or newer, the system is Linux and native access is enabled, and otherwise the same.
   */
  static Deleter portable() {
    return new TreeDeleter(TreeRemover.portable(), false);
  }

  /**
   * As {@link #secure}, but goes by paths where the file system offers nothing better, as on
   * Windows. For places where no other user can swap a directory for a link meanwhile.
   */
  static Deleter insecureAllowed() {
    return new TreeDeleter(new TreeRemover(true), true);
  }
}
