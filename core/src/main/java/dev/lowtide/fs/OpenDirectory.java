package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An open directory. Operations on its names apply to this directory, even if another one has taken
 * its path.
 *
 * <p>Names are single names, never dots; symbolic links are never followed. Exceptions may contain
 * only the file name; callers that know the full path add it.
 *
 * <p>Not thread-safe, except for {@link #stat}, {@link #open} and the methods that delete and move.
 */
interface OpenDirectory extends Closeable {
  /**
   * The number of names in a batch: large enough that the cost for each batch hardly matters, small
   * enough that a removal soon notices an interrupt.
   */
  int BATCH_NAMES = 500;

  /** Receives the results for a batch of names. */
  interface Batch {
    /** A file was removed. */
    void removed();

    /** A name that is a directory, as far as is known without opening it; it was not removed. */
    void directory(Path name);

    /** A file could not be removed. */
    void failed(Path name, IOException cause);
  }

  /** The names in the directory, unsorted; always the same iterator. */
  Iterator<Path> names();

  /**
   * Reads some of the names and removes those that are not directories; names that no longer exist
   * are skipped.
   *
   * @return whether there may be more names
   * @throws IOException if the names cannot be read
   */
  default boolean removeFiles(Batch batch) throws IOException {
    Iterator<Path> names = names();
    try {
      for (int i = 0; i < BATCH_NAMES; i++) {
        if (!names.hasNext()) {
          return false;
        }
        removeFile(names.next().getFileName(), batch);
      }
      return true;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void removeFile(Path name, Batch batch) {
    try {
      if (stat(name).kind() == FileKind.DIRECTORY) {
        batch.directory(name);
      } else {
        deleteFile(name);
        batch.removed();
      }
    } catch (NoSuchFileException e) {
      // gone meanwhile
    } catch (IOException e) {
      batch.failed(name, e);
    }
  }

  /** Whether {@link FileStatus#isMountPoint} can be trusted here. */
  default boolean reportsMounts() {
    return false;
  }

  FileStatus stat(Path name) throws IOException;

  FileStatus statSelf() throws IOException;

  /** The status of the directory that contains this one now. */
  FileStatus statParent() throws IOException;

  /** The modification time of an entry of this directory, in nanoseconds since 1970. */
  long modifiedNanos(Path name) throws IOException;

  /** The owner and the permissions of this directory. */
  Access access() throws IOException;

  /**
   * Changes the permissions of this directory.
   *
   * @param permissions the nine permission bits, as in chmod(1)
   */
  void setPermissions(int permissions) throws IOException;

  /**
   * Gives this user permission to change the directory, if it belongs to this user and only its
   * permissions forbid changes.
   *
   * @return the permissions that it had; empty if nothing was changed
   */
  default OptionalInt permitChanges() throws IOException {
    Access access = access();
    int user = Stat.currentUser();
    int requiredPermissions = access.permissions() | Access.OWNER_ALL;
    if (access.permissions() == Access.UNKNOWN_PERMISSIONS
        || access.permissions() == requiredPermissions
        || user == Stat.UNKNOWN_OWNER
        || access.owner() != user) {
      return OptionalInt.empty();
    }
    setPermissions(requiredPermissions);
    return OptionalInt.of(access.permissions());
  }

  /**
   * Makes an overlay file system, such as fuse-overlayfs, copy this directory up to its upper layer
   * now. The copy has another inode, and the inode must not change while the directory is being
   * emptied.
   */
  default void copyUp() throws IOException {
    try {
      setPermissions(access().permissions());
    } catch (AccessDeniedException e) {
      // the directory belongs to another user, and is not copied up
    }
  }

  /** Opens a directory in it. */
  OpenDirectory open(Path name) throws IOException;

  /** Opens the directory that contains this one now. */
  OpenDirectory openParent() throws IOException;

  void deleteFile(Path name) throws IOException;

  void deleteDirectory(Path name) throws IOException;

  /** Moves an entry of this directory to another directory of the same implementation. */
  void move(Path name, OpenDirectory target, Path newName) throws IOException;

  /**
   * Moves an entry of this directory to another directory of the same implementation and file
   * system, where no entry has the new name.
   *
   * <p>The native layer makes the kernel ensure that nothing is replaced: renameat2(2) with {@code
   * RENAME_NOREPLACE}, Linux 3.15. The portable layer has no such call and checks first: a file or
   * an empty directory that someone creates under the new name between the check and the move is
   * replaced.
   *
   * @throws FileAlreadyExistsException if something has the new name; nothing was moved
   */
  default void renameNoReplace(Path name, OpenDirectory target, Path newName) throws IOException {
    try {
      target.stat(newName);
    } catch (NoSuchFileException e) {
      move(name, target, newName);
      return;
    }
    throw new FileAlreadyExistsException(newName.toString());
  }

  /**
   * Like {@link #renameNoReplace}, for an entry whose status is known. To move a directory to
   * another parent, the kernel requires write permission for the directory itself, since its entry
   * {@code ..} changes: rename(2). If this user owns the directory but may not write to it, the
   * permission is granted for the duration of the move.
   */
  default void renameWithPermission(
      Path name, FileStatus expected, OpenDirectory target, Path newName) throws IOException {
    try {
      renameNoReplace(name, target, newName);
    } catch (AccessDeniedException e) {
      if (expected.kind() != FileKind.DIRECTORY) {
        throw e;
      }
      try (OpenDirectory moving = openChecked(this, name, expected)) {
        OptionalInt before = moving.permitChanges();
        if (before.isEmpty()) {
          throw e;
        }
        try {
          renameNoReplace(name, target, newName);
        } finally {
          moving.setPermissions(before.getAsInt());
        }
      }
    }
  }

  /** Opens or creates a file in this directory. */
  FileChannel openFile(Path name, OpenOption... options) throws IOException;

  /**
   * Writes the changes to the names of this directory to the disk, so that they survive a loss of
   * power; does nothing if the operating system has no such call.
   */
  void sync() throws IOException;

  /**
   * Opens a directory by its path, in the safest way that is available.
   *
   * @param directory absolute
   * @param insecureAllowed whether paths may be used if the file system has no operations relative
   *     to open directories
   * @throws ReplacedException if a part of the path is a symbolic link or not a directory
   * @throws InsecureFileSystemException if the file system only has operations by path
   */
  static OpenDirectory openAt(Path directory, boolean insecureAllowed) throws IOException {
    Path root = requireAbsolute(directory);
    Optional<OpenDirectory> direct = NativeLayer.openDirectory(directory);
    if (direct.isPresent()) {
      return direct.get();
    }
    Optional<OpenDirectory> opened = NativeLayer.openDirectory(root);
    return openBelow(
        opened.isPresent() ? opened.get() : openRoot(root, insecureAllowed), directory);
  }

  /** Like {@link #openAt}, but uses only {@link java.nio.file}. */
  static OpenDirectory openPortably(Path directory, boolean insecureAllowed) throws IOException {
    return openBelow(openRoot(requireAbsolute(directory), insecureAllowed), directory);
  }

  private static Path requireAbsolute(Path directory) throws IOException {
    requireNoDots(directory);
    Path root = directory.getRoot();
    if (root == null) {
      throw new IOException(directory + " is not an absolute path");
    }
    return root;
  }

  /** Opens a directory name by name, from the root. */
  private static OpenDirectory openBelow(OpenDirectory root, Path directory) throws IOException {
    OpenDirectory current = root;
    Path reached = requireNonNull(directory.getRoot());
    for (Path component : directory) {
      OpenDirectory parent = current;
      reached = reached.resolve(component);
      try (parent) {
        current = openChecked(parent, component, parent.stat(component), reached);
      } catch (NoSuchFileException e) {
        throw new NoSuchFileException(reached.toString());
      }
    }
    return current;
  }

  /** The same exception with the full path in place of the file name. */
  private static IOException withFullPath(Path path, IOException e) {
    String text = path.toString();
    if (e instanceof ReplacedException) {
      return new ReplacedException(path);
    } else if (e instanceof NoSuchFileException) {
      return new NoSuchFileException(text);
    } else if (e instanceof AccessDeniedException) {
      return new AccessDeniedException(text);
    } else if (e instanceof FileSystemException file) {
      return new FileSystemException(text, null, file.getReason());
    }
    return e;
  }

  /**
   * Requires a single name, since an absolute path or {@code ..} would lead out of the directory.
   */
  static void requireSingleName(Path name) throws IOException {
    requireNoDots(name);
    if (name.isAbsolute() || name.getNameCount() != 1 || name.toString().isEmpty()) {
      throw new IOException(name + " is not the name of a single file");
    }
  }

  /** Requires that no name is {@code .} or {@code ..}, since the kernel would follow {@code ..}. */
  static void requireNoDots(Path path) throws IOException {
    for (Path name : path) {
      if (name.toString().equals(".") || name.toString().equals("..")) {
        throw new IOException(path + " contains the name '" + name + "'; use a path without it");
      }
    }
  }

  /**
   * Like {@link #openChecked(OpenDirectory, Path, FileStatus)}, but exceptions contain the full
   * path.
   */
  static OpenDirectory openChecked(OpenDirectory parent, Path name, FileStatus expected, Path path)
      throws IOException {
    try {
      return openChecked(parent, name, expected);
    } catch (IOException e) {
      throw withFullPath(path, e);
    }
  }

  /** Opens a directory whose status was read before, and checks that the opened one is the same. */
  static OpenDirectory openChecked(OpenDirectory parent, Path name, FileStatus expected)
      throws IOException {
    if (expected.kind() != FileKind.DIRECTORY) {
      throw new ReplacedException(name);
    }
    OpenDirectory opened;
    try {
      opened = parent.open(name);
    } catch (NotDirectoryException e) {
      throw new ReplacedException(name);
    }
    try {
      if (!opened.statSelf().equals(expected)) {
        throw new ReplacedException(name);
      }
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  @SuppressWarnings("StreamResourceLeak") // the returned directory closes it
  private static OpenDirectory openRoot(Path root, boolean insecureAllowed) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(root);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return new SecureDirectory(secure, root.getFileSystem().getPath(".."));
    }
    stream.close();
    if (!insecureAllowed) {
      throw new InsecureFileSystemException(root);
    }
    return new PathDirectory(root);
  }
}
