package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Removes one tree, and nothing else, even while other processes rename and replace files around
 * it.
 *
 * <p>The directory that contains the tree is opened without following a link. Every directory below
 * is opened relative to its parent, and must be the one whose status was just read. Paths are not
 * used after that. An entry is not removed if its identity is not the planned one, if it is on
 * another device or a mount point, or if it was moved elsewhere during the removal.
 *
 * <p>The work is iterative. However deep the tree is, each of the few threads holds at most {@value
 * Removal#MAX_OPEN_EACH} directories open; however wide it is, the removal needs memory for the
 * directories in one batch of names, and none for files.
 *
 * <p>Between looking at a name and unlinking it, another file may still take that name within the
 * same directory: no POSIX call closes this gap. Without the native layer, the removal does not
 * detect a bind mount of the same file system that is made in the tree after it has begun.
 */
public final class TreeRemover {
  /** The number of problems that are stored; the others are only counted. */
  public static final int MAX_PROBLEMS = 64;

  /** Opens a directory by its path. */
  private interface Opener {
    OpenDirectory open(Path directory) throws IOException;
  }

  private final Opener opener;
  private final boolean isPortable;

  /**
   * The best remover for this system.
   *
   * @param insecureAllowed whether paths may be used if the file system has no operations relative
   *     to open directories, trusting that no one replaces directories meanwhile
   */
  public TreeRemover(boolean insecureAllowed) {
    this(directory -> OpenDirectory.openAt(directory, insecureAllowed), false);
  }

  private TreeRemover(Opener opener, boolean isPortable) {
    this.opener = opener;
    this.isPortable = isPortable;
  }

  /** A remover that uses only {@link java.nio.file}. */
  public static TreeRemover portable() {
    return new TreeRemover(directory -> OpenDirectory.openPortably(directory, false), true);
  }

  /**
   * The result of a removal.
   *
   * @param removed the number of removed directory entries
   * @param failures the number of entries that could not be removed
   * @param problems the first {@value #MAX_PROBLEMS} of the failures
   */
  public record Result(long removed, long failures, List<Problem> problems) {
    static final Result NOTHING = new Result(0, 0, List.of());

    public Result {
      problems = List.copyOf(problems);
    }

    private Result and(Result next) {
      List<Problem> all = new ArrayList<>(problems);
      next.problems.stream().limit(MAX_PROBLEMS - all.size()).forEach(all::add);
      return new Result(removed + next.removed, failures + next.failures, all);
    }
  }

  /**
   * Removes a file, a symbolic link or a directory with everything in it. It is not a failure if
   * the path does not exist.
   *
   * @param path absolute; none of its parents may be a symbolic link
   * @param expected the identity that the entry at the path must have
   * @throws ReplacedException if the entry has another identity, or a parent is not a directory;
   *     nothing was removed then
   * @throws InsecureFileSystemException if the file system offers no safe way; nothing was removed
   *     then
   * @throws InterruptedIOException if the thread is interrupted; part of the tree may be gone then
   * @throws IOException if a parent cannot be opened; nothing was removed then
   */
  public Result remove(Path path, FileIdentity expected) throws IOException {
    Path parentPath = path.getParent();
    Path name = path.getFileName();
    if (parentPath == null || name == null) {
      throw new IOException("The root of a file system is never removed: " + path);
    }
    OpenDirectory.requireNoDots(path);
    try (OpenDirectory parent = opener.open(parentPath)) {
      return removeFrom(parent, path, name, expected);
    } catch (NoSuchFileException e) {
      return Result.NOTHING;
    }
  }

  /** Like {@link #remove}, from a directory that is already open. */
  Result removeFrom(OpenDirectory parent, Path path, FileIdentity expected) throws IOException {
    if (isPortable) {
      return remove(path, expected);
    }
    try {
      return removeFrom(parent, path, requireNonNull(path.getFileName()), expected);
    } catch (NoSuchFileException e) {
      return Result.NOTHING;
    }
  }

  private static Result removeFrom(
      OpenDirectory parent, Path path, Path name, FileIdentity expected) throws IOException {
    FileStatus status = parent.stat(name);
    if (!status.isSameFile(expected)) {
      throw new ReplacedException(path);
    }
    return new Removal(parent, path, status, false).run();
  }

  /**
   * Like {@link #remove}, for a tree that was not moved to a quarantine first. Deeper entries are
   * removed first, and the entries in {@code last} at the end: they identify what remains of the
   * tree if the removal stops early. The removal begins only if the root can be removed from its
   * parent.
   *
   * @param last names in the tree's root that are removed last
   */
  public Result removeInPlace(Path path, FileIdentity expected, Set<String> last)
      throws IOException {
    Path parentPath = path.getParent();
    Path name = path.getFileName();
    if (parentPath == null || name == null) {
      return remove(path, expected);
    }
    OpenDirectory.requireNoDots(path);
    try (OpenDirectory parent = opener.open(parentPath)) {
      FileStatus status = parent.stat(name);
      if (!status.isSameFile(expected)) {
        throw new ReplacedException(path);
      } else if (!Files.isWritable(parentPath)) {
        throw new FileSystemException(
            path.toString(),
            null,
            "its directory is not writable: the file system is read-only, or permission is denied");
      }
      if (status.kind() != FileKind.DIRECTORY || status.isMountPoint()) {
        return new Removal(parent, path, status, false).run();
      }
      boolean copiesUp = !FileSystemTraits.of(parentPath).keepsInodes();
      try (OpenDirectory root = OpenDirectory.openChecked(parent, name, status, path)) {
        if (copiesUp) {
          root.copyUp();
        }
        Result belowRoot = removeBelow(root, path, last, copiesUp);
        return belowRoot.failures() == 0
            ? belowRoot.and(new Removal(parent, path, root.statSelf(), copiesUp).run())
            : belowRoot;
      }
    } catch (NoSuchFileException e) {
      return Result.NOTHING;
    }
  }

  /** Removes the contents of a directory, and stops if something in it cannot be removed. */
  private static Result removeBelow(
      OpenDirectory root, Path path, Set<String> last, boolean copiesUp) throws IOException {
    OptionalInt permissions = root.permitChanges();
    List<Path> directories = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    List<Path> lastNames = new ArrayList<>();
    try {
      for (Iterator<Path> each = root.names(); each.hasNext(); ) {
        Path name = each.next().getFileName();
        boolean isDirectory = root.stat(name).kind() == FileKind.DIRECTORY;
        (last.contains(name.toString()) ? lastNames : isDirectory ? directories : files).add(name);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Result result = Result.NOTHING;
    for (List<Path> group : List.of(directories, files, lastNames)) {
      for (Path name : group) {
        result = result.and(removeIn(root, path, name, copiesUp));
      }
      if (result.failures() > 0) {
        if (permissions.isPresent()) {
          root.setPermissions(permissions.getAsInt());
        }
        break;
      }
    }
    return result;
  }

  private static Result removeIn(OpenDirectory root, Path path, Path name, boolean copiesUp)
      throws IOException {
    try {
      return new Removal(root, path.resolve(name), root.stat(name), copiesUp).run();
    } catch (NoSuchFileException e) {
      return Result.NOTHING;
    }
  }

  /**
   * Removes a directory if it is empty and the expected one, and nothing else.
   *
   * @return whether it was removed
   * @throws IOException if a parent cannot be opened, or the directory cannot be removed
   */
  public boolean removeIfEmpty(Path directory, FileIdentity expected) throws IOException {
    Path parentPath = directory.getParent();
    Path name = directory.getFileName();
    if (parentPath == null || name == null) {
      return false;
    }
    OpenDirectory.requireNoDots(directory);
    try (OpenDirectory parent = opener.open(parentPath)) {
      FileStatus status = parent.stat(name);
      if (status.kind() != FileKind.DIRECTORY || !status.isSameFile(expected)) {
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
