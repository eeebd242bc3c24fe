package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes one tree, and nothing else, even while others rename and replace things around it.
 *
 * <p>From the root of the file system on, every directory is opened relative to the one above it,
 * without following links, and must turn out to be the one that was seen just before; nothing is
 * ever addressed by a path again. What has another identity than planned, lies on another device or
 * is a mount stays. The work is iterative; it holds {@value #MOST_OPEN} descriptors at the most
 * however deep the tree, and keeps nothing per entry however wide.
 *
 * <p>Between looking at a name and unlinking it, another file may still take that name within the
 * same directory: no POSIX call closes this gap.
 */
public final class TreeRemover {
  /** Deeper directories are moved up to the top of the tree and removed from there. */
  static final int MOST_OPEN = 48;

  /** How often a directory is read again to which somebody keeps adding. */
  private static final int PASSES = 3;

  /** How many problems are kept in full; the others are counted. */
  public static final int MOST_PROBLEMS = 64;

  private final boolean insecureAllowed;

  /**
   * @param insecureAllowed whether to go by paths where the file system offers nothing better,
   *     trusting that nobody swaps directories meanwhile
   */
  public TreeRemover(boolean insecureAllowed) {
    this.insecureAllowed = insecureAllowed;
  }

  /**
   * What was done.
   *
   * @param removed how many names are gone
   * @param failures how many could not be removed
   * @param problems the first {@value #MOST_PROBLEMS} of the failures
   */
  public record Result(long removed, long failures, List<Problem> problems) {
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
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      OpenDirectory.Found found;
      try {
        found = parent.look(name);
      } catch (NoSuchFileException e) {
        return new Result(0, 0, List.of());
      }
      if (!isExpected(found, expected)) {
        throw new ReplacedException(path);
      }
      return new Removal(parentPath, name, found.key().device()).run(parent, found);
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
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      OpenDirectory.Found found = parent.look(name);
      if (found.kind() != FileKind.DIRECTORY || !isExpected(found, expected)) {
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

  private static boolean isExpected(OpenDirectory.Found found, FileIdentity expected) {
    FileIdentity identity =
        new FileIdentity(found.kind(), found.key().device(), found.key().inode(), 0);
    return identity.isSameFile(expected);
  }

  /** The removal of one tree. */
  private static final class Removal {
    private final Path parent;
    private final Path name;
    private final Path root;
    private final long device;
    private Set<Path> mounts;
    private final Deque<Frame> stack = new ArrayDeque<>();
    private final Deque<Path> movedUp = new ArrayDeque<>();
    private int moves;
    private long removed;
    private long failures;
    private final List<Problem> problems = new ArrayList<>();

    Removal(Path parent, Path name, long device) throws IOException {
      this.parent = parent;
      this.name = name;
      this.root = parent.resolve(name);
      this.device = device;
      this.mounts = mountsAtOrBelowRoot();
    }

    /** Asked of the parent, since the root itself may be no directory. */
    private Set<Path> mountsAtOrBelowRoot() throws IOException {
      Set<Path> found = new HashSet<>(MountTable.read().atOrBelow(parent));
      found.removeIf(mount -> !mount.startsWith(root));
      return found;
    }

    /** A directory whose names are being removed. */
    private static final class Frame {
      final OpenDirectory parent;
      final OpenDirectory directory;
      final Path name;
      final Path path;
      final int pass;
      final long failuresBefore;
      private final Iterator<Path> names;

      Frame(
          OpenDirectory parent,
          OpenDirectory directory,
          Path name,
          Path path,
          int pass,
          long failures) {
        this.parent = parent;
        this.directory = directory;
        this.name = name;
        this.path = path;
        this.pass = pass;
        this.failuresBefore = failures;
        this.names = directory.names();
      }

      @Nullable Path next() throws IOException {
        try {
          return names.hasNext() ? names.next().getFileName() : null;
        } catch (DirectoryIteratorException e) {
          throw e.getCause();
        }
      }
    }

    Result run(OpenDirectory openParent, OpenDirectory.Found found) throws IOException {
      try {
        try {
          remove(openParent, name, root, found, 1);
        } catch (IOException e) {
          failed(root, "remove", e);
        }
        while (!stack.isEmpty()) {
          if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("Interrupted while removing " + root);
          }
          step();
        }
      } finally {
        for (Frame frame : stack) {
          frame.directory.close();
        }
      }
      return new Result(removed, failures, problems);
    }

    private void step() throws IOException {
      Frame frame = stack.getLast();
      Path name;
      try {
        name = frame.next();
      } catch (IOException e) {
        failed(frame.path, "read", e);
        name = null;
      }
      if (name == null && stack.size() == 1) {
        name = movedUp.poll();
      }
      if (name == null) {
        leave(frame);
        return;
      }
      Path path = frame.path.resolve(name);
      try {
        remove(frame.directory, name, path, frame.directory.look(name), 1);
      } catch (NoSuchFileException e) {
        // gone meanwhile, which is what was wanted
      } catch (IOException e) {
        failed(path, "remove", e);
      }
    }

    /** Removes a file, or begins with a directory. */
    private void remove(
        OpenDirectory parent, Path name, Path path, OpenDirectory.Found found, int pass)
        throws IOException {
      if (mounts.contains(path)) {
        failed(path, "remove", new IOException("something is mounted here"));
      } else if (found.kind() != FileKind.DIRECTORY) {
        parent.deleteFile(name);
        removed++;
      } else if (found.key().device() != device) {
        failed(path, "remove", new IOException("it belongs to another file system"));
      } else if (stack.size() >= MOST_OPEN) {
        moveUp(parent, name);
      } else {
        enter(parent, name, path, found, pass);
      }
    }

    private void enter(
        OpenDirectory parent, Path name, Path path, OpenDirectory.Found found, int pass)
        throws IOException {
      try {
        OpenDirectory directory = OpenDirectory.openChecked(parent, name, found, path);
        stack.addLast(new Frame(parent, directory, name, path, pass, failures));
      } catch (AccessDeniedException e) {
        try {
          // It may be empty, and then it need not be read
          parent.deleteDirectory(name);
          removed++;
        } catch (IOException second) {
          throw e;
        }
      }
    }

    private void moveUp(OpenDirectory parent, Path name) throws IOException {
      Frame top = stack.getFirst();
      Path newName = name.getFileSystem().getPath(".lowtide-deep-" + moves++);
      parent.move(name, top.directory, newName);
      movedUp.add(newName);
      if (!mounts.isEmpty()) {
        mounts = mountsAtOrBelowRoot(); // a mount in it has moved along
      }
    }

    private void leave(Frame frame) throws IOException {
      stack.removeLast();
      frame.directory.close();
      if (failures > frame.failuresBefore) {
        return; // what could not be removed is below; the directory itself needs no message of its
        // own
      }
      try {
        frame.parent.deleteDirectory(frame.name);
        removed++;
      } catch (NoSuchFileException e) {
        // gone meanwhile
      } catch (DirectoryNotEmptyException e) {
        again(frame, e);
      } catch (IOException e) {
        failed(frame.path, "remove", e);
      }
    }

    private void again(Frame frame, IOException cause) throws IOException {
      try {
        if (frame.pass == PASSES) {
          throw cause;
        }
        remove(frame.parent, frame.name, frame.path, frame.parent.look(frame.name), frame.pass + 1);
      } catch (IOException e) {
        failed(frame.path, "remove", e);
      }
    }

    private void failed(Path path, String operation, IOException cause) {
      failures++;
      if (problems.size() < MOST_PROBLEMS) {
        problems.add(Problem.of(path, operation, cause));
      }
    }
  }
}
