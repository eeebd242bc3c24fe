package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileIdentity;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A directory that only this user may enter, into which trees are moved before they are removed.
 * One rename moves a tree as a whole. Whatever happens after that, nothing is at the former path,
 * and what remains of the tree is here under a {@link QuarantineName}.
 *
 * <p>In addition to the trees it contains {@linkplain QuarantineFiles some files}. All operations
 * are relative to the open directory. A process that changes something holds the {@link
 * QuarantineLock}. Not thread-safe.
 */
public final class QuarantineDirectory implements Closeable {
  /**
   * The number of attempts to open or create the directory; another process may remove the empty
   * directory before each.
   */
  private static final int MAX_ATTEMPTS = 5;

  private final Path path;
  private final boolean insecureAllowed;
  private final OpenDirectory directory;
  private final QuarantineFiles files;
  private final @Nullable QuarantineLock lock;
  private @Nullable FileSystemTraits traits;

  private QuarantineDirectory(
      Path path, boolean insecureAllowed, OpenDirectory directory, @Nullable QuarantineLock lock) {
    this.path = path;
    this.insecureAllowed = insecureAllowed;
    this.directory = directory;
    this.files = new QuarantineFiles(path, directory);
    this.lock = lock;
  }

  /** The maximum size of a record, but for its last line. */
  public static final int MAX_RECORD_BYTES = QuarantineFiles.MAX_RECORD_BYTES;

  /**
   * Opens an existing quarantine for reading.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not a directory that only this user may enter
   */
  public static QuarantineDirectory open(Path path, boolean insecureAllowed) throws IOException {
    return new QuarantineDirectory(
        path, insecureAllowed, QuarantinePlace.open(path, insecureAllowed), null);
  }

  /**
   * Opens an existing quarantine and locks it, so that other processes cannot change it.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not a directory that only this user may enter, or
   *     another process or thread has claimed it
   */
  public static QuarantineDirectory claim(Path path, boolean insecureAllowed) throws IOException {
    return claim(path, insecureAllowed, false);
  }

  /**
   * Opens a quarantine, creates it if needed, and locks it, so that other processes cannot change
   * it.
   *
   * @throws NotMovedException if it cannot be created or locked
   * @throws QuarantineRefusedException as for {@link #claim}
   */
  public static QuarantineDirectory openOrCreate(Path path, boolean insecureAllowed)
      throws IOException {
    try {
      return claim(path, insecureAllowed, true);
    } catch (QuarantineRefusedException | InsecureFileSystemException | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new NotMovedException(
          Problem.of(path, "make a quarantine at", e).toString(),
          e,
          requireNonNull(path.getParent()));
    }
  }

  private Path name(QuarantineName name) {
    return path.getFileSystem().getPath(name.toString());
  }

  private static QuarantineDirectory claim(Path path, boolean insecureAllowed, boolean create)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      boolean isCreated = create && QuarantinePlace.create(path);
      try {
        return claimExisting(path, insecureAllowed, isCreated);
      } catch (NoSuchFileException e) {
        // another process has removed the empty directory
        if (!create || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static QuarantineDirectory claimExisting(
      Path path, boolean insecureAllowed, boolean isCreated) throws IOException {
    TreeRemover remover = new TreeRemover(insecureAllowed);
    OpenDirectory directory;
    try {
      directory = QuarantinePlace.open(path, insecureAllowed);
    } catch (QuarantineRefusedException e) {
      if (isCreated) {
        // FAT and similar file systems give every file the owner and the permissions of the mount
        remover.removeIfEmpty(path, Stat.of(path).identity());
        throw new IOException("the file system cannot protect it from other users");
      }
      throw e;
    }
    QuarantineDirectory claimed = null;
    FileIdentity identity = null;
    try {
      identity = QuarantineName.identity(directory.statSelf());
      claimed =
          new QuarantineDirectory(
              path, insecureAllowed, directory, QuarantineLock.take(path, directory));
      claimed.files.writeMarkers();
      return claimed;
    } catch (IOException e) {
      // Removes what was created, so that nothing remains if, for example, the disk is full
      Closeable closing = claimed == null ? directory : claimed;
      try (closing) {
        boolean isRemoved = claimed != null && claimed.removeIfEmpty();
        if (!isRemoved && isCreated && identity != null) {
          remover.removeIfEmpty(path, identity);
        }
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** The path of the quarantine. */
  public Path path() {
    return path;
  }

  /** The path of a tree in it. */
  public Path path(QuarantineName tree) {
    return path.resolve(tree.toString());
  }

  /** The present contents, sorted by name. */
  public QuarantineContents contents() throws IOException {
    return QuarantineContents.read(path, directory, insecureAllowed);
  }

  /**
   * The present identity of a tree's root, if it matches the name of the tree; empty if something
   * else has the name.
   *
   * @throws NoSuchFileException if nothing has the name
   */
  public Optional<FileIdentity> identity(QuarantineName tree) throws IOException {
    FileStatus status = directory.stat(name(tree));
    long modified = tree.hasModificationTime() ? directory.modifiedNanos(name(tree)) : 0;
    return tree.isNameOf(status, modified)
        ? Optional.of(QuarantineName.identity(status))
        : Optional.empty();
  }

  /**
   * Moves a tree into the quarantine with one rename, and checks that it was the expected one; if
   * not, the tree is moved back.
   *
   * @param tree absolute
   * @param id a new id
   * @param untilSecond as for {@link QuarantineName}
   * @throws NoSuchFileException if nothing is at the path
   * @throws ReplacedException if something else is at the path
   * @throws NotMovedException if it cannot be moved
   * @throws IOException if it cannot be determined what was moved, or if something else was moved
   *     and cannot be moved back; the message says where it is
   */
  public QuarantineName moveIn(Path tree, FileIdentity expected, String id, long untilSecond)
      throws IOException {
    Path parentPath = tree.getParent();
    Path treeName = tree.getFileName();
    if (parentPath == null || treeName == null) {
      throw new IOException("The root of a file system is never removed: " + tree);
    }
    OpenDirectory.requireNoDots(tree);
    try (OpenDirectory parent = OpenDirectory.openAt(parentPath, insecureAllowed)) {
      FileStatus status = parent.stat(treeName);
      if (!status.isSameFile(expected)) {
        throw new ReplacedException(tree);
      }
      QuarantineName moved =
          traits().keepsInodes()
              ? QuarantineName.of(id, status, untilSecond)
              : QuarantineName.of(id, status, parent.modifiedNanos(treeName), untilSecond);
      try {
        parent.renameWithPermission(treeName, status, directory, name(moved));
      } catch (NoSuchFileException e) {
        throw e;
      } catch (AtomicMoveNotSupportedException e) {
        throw new NotMovedException(
            Printable.of(path) + " is on another file system, mount or layer", e, path);
      } catch (IOException e) {
        throw new NotMovedException(
            Problem.of(tree, "move", e) + ", to " + Printable.of(path), e, path);
      }
      if (!directory.stat(name(moved)).equals(status)) {
        // Replaced between stat and rename. What was moved does not match its name here, so it is
        // never removed
        moveBack(moved, parent, tree);
        throw new ReplacedException(tree);
      }
      return moved;
    }
  }

  private FileSystemTraits traits() throws IOException {
    FileSystemTraits known = traits;
    if (known == null) {
      known = FileSystemTraits.of(path);
      traits = known;
    }
    return known;
  }

  private void moveBack(QuarantineName moved, OpenDirectory parent, Path destination)
      throws IOException {
    Path name = requireNonNull(destination.getFileName());
    try {
      directory.renameWithPermission(name(moved), directory.stat(name(moved)), parent, name);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(destination, "put back", e) + "; it is in " + Printable.of(path(moved)), e);
    }
  }

  /**
   * Moves a tree with one rename to a path where nothing exists.
   *
   * @param destination absolute
   * @throws FileAlreadyExistsException if something is at the path
   * @throws NoSuchFileException if the parent directory does not exist
   * @throws ReplacedException if the tree does not match its name, or the path contains a symbolic
   *     link
   */
  public void moveOut(QuarantineName tree, Path destination) throws IOException {
    Path parentPath = destination.getParent();
    Path destinationName = destination.getFileName();
    if (parentPath == null || destinationName == null) {
      throw new FileAlreadyExistsException(destination.toString());
    }
    if (identity(tree).isEmpty()) {
      throw new ReplacedException(path(tree));
    }
    try (OpenDirectory parent = OpenDirectory.openAt(parentPath, insecureAllowed)) {
      directory.renameWithPermission(
          name(tree), directory.stat(name(tree)), parent, destinationName);
    }
  }

  /**
   * Removes a tree for good.
   *
   * @param expected its identity
   */
  public TreeRemover.Result remove(QuarantineName tree, FileIdentity expected, TreeRemover remover)
      throws IOException {
    return remover.removeFrom(directory, path(tree), expected);
  }

  /** Changes the time until which a tree is kept. */
  public QuarantineName rename(QuarantineName tree, long untilSecond) throws IOException {
    return rename(tree, tree.keptUntil(untilSecond));
  }

  /**
   * Records in the name of a tree that its removal begins; only for a tree whose {@link #identity}
   * was checked.
   */
  public QuarantineName markRemovalBegun(QuarantineName tree) throws IOException {
    return rename(tree, tree.removalBegun());
  }

  private QuarantineName rename(QuarantineName tree, QuarantineName renamed) throws IOException {
    if (!renamed.equals(tree)) {
      directory.renameNoReplace(name(tree), directory, name(renamed));
    }
    return renamed;
  }

  /**
   * Writes a record, which tells where the trees were whose ids end with its id.
   *
   * @param durable whether it must be written, and must survive a loss of power
   * @throws NoSuchFileException if the quarantine was removed
   * @throws NotMovedException if it must be written and cannot be
   */
  public void writeRecord(String id, byte[] record, boolean durable) throws IOException {
    try {
      files.writeRecord(id, record, durable);
    } catch (InterruptedIOException | NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      try {
        deleteRecord(id);
      } catch (IOException second) {
        // A record without a tree has no effect, and removeIfEmpty removes it
        e.addSuppressed(second);
      }
      if (durable) {
        throw new NotMovedException(
            "cannot write to " + Printable.of(path) + ": " + e.getMessage(), e, path);
      }
    }
  }

  /** Writes all moves in and out to the disk, so that they survive a loss of power. */
  public void sync() throws IOException {
    directory.sync();
  }

  /** A record, if it is there. */
  public Optional<byte[]> readRecord(String id) throws IOException {
    return files.readRecord(id);
  }

  /** Removes a record, if it is there. */
  public void deleteRecord(String id) throws IOException {
    files.deleteRecord(id);
  }

  /**
   * Removes the records whose trees are gone, and the directory if no tree and nothing unknown is
   * in it; only for a claimed directory, which must be closed afterwards.
   *
   * @return whether it is gone
   */
  public boolean removeIfEmpty() throws IOException {
    QuarantineContents contents = contents();
    Set<String> needed =
        contents.trees().stream().map(QuarantineName::record).collect(Collectors.toSet());
    for (String id : contents.records()) {
      if (!needed.contains(id)) {
        deleteRecord(id);
      }
    }
    if (!contents.trees().isEmpty() || !contents.unknown().isEmpty()) {
      return false;
    }
    files.deleteMarkers();
    FileIdentity identity = QuarantineName.identity(directory.statSelf());
    // Last, so that a process which takes the lock now notices the removal, and starts over
    files.delete(QuarantineFiles.LOCK);
    TreeRemover remover = new TreeRemover(insecureAllowed);
    if (!remover.removeIfEmpty(path, identity)) {
      // Windows keeps the name of a deleted file until it is closed; on other systems, another
      // process uses the directory again
      requireNonNull(lock).release();
      return remover.removeIfEmpty(path, identity);
    }
    return true;
  }

  /** Releases the quarantine for other processes. */
  @Override
  public void close() throws IOException {
    QuarantineLock held = lock;
    try (directory;
        held) {
      // both are closed, the lock first
    }
  }
}
