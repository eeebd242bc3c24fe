package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Removes one tree, and nothing else, even while others rename and replace things around it.
 *
 * <p>The directory that holds the tree is opened without following a link; every directory below is
 * opened relative to the one above it, and must turn out to be the one that was seen just before.
 * Nothing is ever addressed by a path again. What has another identity than planned, lies on
 * another device, is a mount or was moved away meanwhile stays.
 *
 * <p>The work is iterative. However deep the tree, it holds {@value Removal#MOST_OPEN_EACH}
 * directories open for each of its few threads at the most; however wide, it keeps the directories
 * of one batch of names and nothing per file.
 *
 * <p>Between looking at a name and unlinking it, another file may still take that name within the
 * same directory: no POSIX call closes this gap. Without the native layer, a directory of the same
 * file system that somebody mounts in the tree after the removal has begun is not noticed.
 */
public final class TreeRemover {
  /** How many problems are kept in full; the others are counted. */
  public static final int MOST_PROBLEMS = 64;

  /** How directories are opened by their path. */
  private interface Opener {
    OpenDirectory open(Path directory) throws IOException;
  }

  private final Opener opener;

  /**
   * The one that works best here.
   *
   * @param insecureAllowed whether to go by paths where the file system offers nothing better,
   *     trusting that nobody swaps directories meanwhile
   */
  public TreeRemover(boolean insecureAllowed) {
    this(directory -> OpenDirectory.at(directory, insecureAllowed));
  }

  private TreeRemover(Opener opener) {
    this.opener = opener;
  }

  /** The one that needs nothing but {@link java.nio.file}. */
  public static TreeRemover portable() {
    return new TreeRemover(directory -> OpenDirectory.portably(directory, false));
  }

  /**
   * What was done.
   *
   * @param removed how many names are gone
   * @param failures how many could not be removed
   * @param problems the first {@value #MOST_PROBLEMS} of the failures
   */
  public record Result(long removed, long failures, List<Problem> problems) {
    static final Result NOTHING = new Result(0, 0, List.of());

    public Result {
      problems = List.copyOf(problems);
    }
  }

  /**
   * Removes a file, a symbolic link or a directory with everything in it. What is gone already is
   * no failure.
   *
   * @param path absolute; none of its parents may be a symbolic link
   * @param expected what must be found there
   * @throws ReplacedException if something else is found there, or a parent is no directory;
   *     nothing was removed then
   * @throws InsecureFileSystemException if the file system offers no way that is safe; nothing was
   *     removed then
   * @throws InterruptedIOException if the thread is interrupted; part of the tree may be gone then
   * @throws IOException if a parent cannot be opened; nothing was removed then
   */
  public Result remove(Path path, FileIdentity expected) throws IOException {
    Path parentPath = path.getParent();
    Path name = path.getFileName();
    if (parentPath == null || name == null) {
      throw new IOException("The root of a file system is never removed: " + path);
    }
    OpenDirectory.requireNames(path);
    try (OpenDirectory parent = opener.open(parentPath)) {
      OpenDirectory.Found found = parent.look(name);
      if (!found.isSameFile(expected)) {
        throw new ReplacedException(path);
      }
      return new Removal(parent, path, found).run();
    } catch (NoSuchFileException e) {
      return Result.NOTHING;
    }
  }

  /**
   * Removes a directory if it is empty and the expected one, and nothing else.
   *
   * @return whether it is gone
   * @throws IOException if a parent cannot be opened, or the directory cannot be removed
   */
  public boolean removeIfEmpty(Path directory, FileIdentity expected) throws IOException {
    Path parentPath = directory.getParent();
    Path name = directory.getFileName();
    if (parentPath == null || name == null) {
      return false;
    }
    OpenDirectory.requireNames(directory);
    try (OpenDirectory parent = opener.open(parentPath)) {
      OpenDirectory.Found found = parent.look(name);
      if (found.kind() != FileKind.DIRECTORY || !found.isSameFile(expected)) {
        return false;
      }
      parent.deleteDirectory(name);
      return true;
    } catch (NoSuchFileException e) {
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }
}
