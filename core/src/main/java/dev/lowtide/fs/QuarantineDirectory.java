package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileIdentity;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this user alone, into which trees are moved before they are removed: one rename
 * takes a tree from its place as a whole. Whatever happens after that, the former path is empty,
 * and the rest of the tree is here under a {@link QuarantineName}.
 *
 * <p>In addition to the trees it contains {@linkplain QuarantineFiles some files}. All operations
 * are relative to the open directory. A process that changes something holds the {@link
 * QuarantineLock}. Not thread-safe.
 */
public final class QuarantineDirectory implements Closeable {
  /** The number of attempts, since another process may remove the empty directory each time. */
  private static final int MAX_ATTEMPTS = 5;

  private final Path path;
  private final boolean insecureAllowed;
  private final OpenDirectory directory;
  private final QuarantineFiles files;
  private final @Nullable QuarantineLock lock;

  private QuarantineDirectory(
      Path path, boolean insecureAllowed, OpenDirectory directory, @Nullable QuarantineLock lock) {
    this.path = path;
    this.insecureAllowed = insecureAllowed;
    this.directory = directory;
    this.files = new QuarantineFiles(path, directory);
    this.lock = lock;
  }

  /** The contents of a quarantine. */
  public record Contents(List<QuarantineName> trees, Set<String> records, List<Path> unknown) {
    public Contents {
      trees = List.copyOf(trees);
      records = Set.copyOf(records);
      unknown = List.copyOf(unknown);
    }
  }

  /**
   * Opens an existing quarantine for reading.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not this user's alone
   */
  public static QuarantineDirectory open(Path path, boolean insecureAllowed) throws IOException {
    return new QuarantineDirectory(
        path, insecureAllowed, QuarantinePlace.open(path, insecureAllowed), null);
  }

  /**
   * Opens an existing quarantine and locks it, so that other processes cannot change it.
   *
   * @throws NoSuchFileException if there is none
   * @throws QuarantineRefusedException if it is not this user's alone, or another process or thread
   *     has claimed it
   */
  public static QuarantineDirectory claim(Path path, boolean insecureAllowed) throws IOException {
    return claim(path, insecureAllowed, false);
  }

  /**
   * Opens a quarantine, creates it if needed, and locks it, so that other processes cannot change
   * it.
   *
   * @throws NotMovedException if it cannot be made or locked
   * @throws QuarantineRefusedException as for {@link #claim}
   */
  public static QuarantineDirectory make(Path path, boolean insecureAllowed) throws IOException {
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

  private static QuarantineDirectory claim(Path path, boolean insecureAllowed, boolean make)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      boolean made = make && QuarantinePlace.make(path);
      try {
        return claimPresent(path, insecureAllowed, made);
      } catch (NoSuchFileException e) {
        // another process has removed it, empty
        if (!make || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static QuarantineDirectory claimPresent(Path path, boolean insecureAllowed, boolean made)
      throws IOException {
    TreeRemover remover = new TreeRemover(insecureAllowed);
    OpenDirectory directory;
    try {
      directory = QuarantinePlace.open(path, insecureAllowed);
    } catch (QuarantineRefusedException e) {
      if (made) {
        // FAT and its like give every file the owner and the permissions of the mount
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
      // On a full disk nothing is left that was half made
      Closeable closing = claimed == null ? directory : claimed;
      try (closing) {
        boolean gone = claimed != null && claimed.removeIfEmpty();
        if (!gone && made && identity != null) {
          remover.removeIfEmpty(path, identity);
        }
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Where a tree is. */
  public Path path(QuarantineName tree) {
    return path.resolve(tree.toString());
  }

  /** What lies in it now, in the order of the names. */
  public Contents contents() throws IOException {
    List<QuarantineName> trees = new ArrayList<>();
    Set<String> records = new TreeSet<>();
    List<Path> unknown = new ArrayList<>();
    for (Path name : names()) {
      Optional<QuarantineName> tree = QuarantineName.parse(name);
      String text = name.toString();
      Optional<String> record = QuarantineFiles.idOfRecord(text);
      if (tree.isPresent()) {
        trees.add(tree.get());
      } else if (record.isPresent()) {
        records.add(record.get());
      } else if (!QuarantineFiles.isFixed(text)) {
        unknown.add(path.resolve(name));
      }
    }
    return new Contents(trees, records, unknown);
  }

  private Set<Path> names() throws IOException {
    Set<Path> names = new TreeSet<>();
    // A stream of names is read once, so it needs a directory opened anew
    try (OpenDirectory again = QuarantinePlace.open(path, insecureAllowed)) {
      if (!again.statSelf().equals(directory.statSelf())) {
        throw new ReplacedException(path);
      }
      for (Iterator<Path> each = again.names(); each.hasNext(); ) {
        names.add(each.next().getFileName());
      }
      return names;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /**
   * The present identity of a tree's root, if it matches the name of the tree; empty if something
   * else has the name.
   *
   * @throws NoSuchFileException if nothing has the name
   */
  public Optional<FileIdentity> identity(QuarantineName tree) throws IOException {
    FileStatus found = directory.stat(name(tree));
    long modified = tree.tellsModified() ? directory.modifiedNanos(name(tree)) : 0;
    return tree.isNameOf(found, modified)
        ? Optional.of(QuarantineName.identity(found))
        : Optional.empty();
  }

  /**
   * Moves a tree in with one rename, and checks that it was the expected one; if not, the tree is
   * put back.
   *
   * @param tree absolute
   * @param id new
   * @param untilSecond as for {@link QuarantineName}
   * @throws NoSuchFileException if there is nothing
   * @throws ReplacedException if something else is there
   * @throws NotMovedException if it cannot be moved
   * @throws IOException if it cannot be determined what was moved, or if something else was moved
   *     and cannot be put back; the message says where it is
   */
  public QuarantineName moveIn(Path tree, FileIdentity expected, String id, long untilSecond)
      throws IOException {
    Path parentPath = tree.getParent();
    Path treeName = tree.getFileName();
    if (parentPath == null || treeName == null) {
      throw new IOException("The root of a file system is never removed: " + tree);
    }
    OpenDirectory.requireNames(tree);
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      FileStatus found = parent.stat(treeName);
      if (!found.isSameFile(expected)) {
        throw new ReplacedException(tree);
      }
      QuarantineName moved =
          FileSystemTraits.of(path).keepsInodes()
              ? QuarantineName.of(id, found, untilSecond)
              : QuarantineName.of(id, found, parent.modifiedNanos(treeName), untilSecond);
      try {
        parent.renamePermitted(treeName, found, directory, name(moved));
      } catch (NoSuchFileException e) {
        throw e;
      } catch (AtomicMoveNotSupportedException e) {
        throw new NotMovedException(
            Printable.of(path) + " is on another file system, mount or layer", e, path);
      } catch (IOException e) {
        throw new NotMovedException(
            Problem.of(tree, "move", e) + ", to " + Printable.of(path), e, path);
      }
      if (!directory.stat(name(moved)).equals(found)) {
        // Between the look and the rename; the name in here does not fit, so it is never removed
        putBack(moved, parent, tree);
        throw new ReplacedException(tree);
      }
      return moved;
    }
  }

  private void putBack(QuarantineName moved, OpenDirectory parent, Path place) throws IOException {
    Path name = requireNonNull(place.getFileName());
    try {
      directory.renamePermitted(name(moved), directory.stat(name(moved)), parent, name);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(place, "put back", e) + "; it is in " + Printable.of(path(moved)), e);
    }
  }

  /**
   * Moves a tree with one rename to a path where nothing exists.
   *
   * @param place absolute
   * @throws FileAlreadyExistsException if there is something
   * @throws NoSuchFileException if the directory is not there in which it should be
   * @throws ReplacedException if the tree is not what its name says, or a symbolic link leads to
   *     the place
   */
  public void moveOut(QuarantineName tree, Path place) throws IOException {
    Path parentPath = place.getParent();
    Path placeName = place.getFileName();
    if (parentPath == null || placeName == null) {
      throw new FileAlreadyExistsException(place.toString());
    }
    if (identity(tree).isEmpty()) {
      throw new ReplacedException(path(tree));
    }
    try (OpenDirectory parent = OpenDirectory.at(parentPath, insecureAllowed)) {
      directory.renamePermitted(name(tree), directory.stat(name(tree)), parent, placeName);
    }
  }

  /** Changes the time until which a tree is kept. */
  public QuarantineName rename(QuarantineName tree, long untilSecond) throws IOException {
    return rename(tree, tree.until(untilSecond));
  }

  /** Marks a tree whose removal begins; only for a tree whose {@link #identity} was checked. */
  public QuarantineName begin(QuarantineName tree) throws IOException {
    return rename(tree, tree.going());
  }

  private QuarantineName rename(QuarantineName tree, QuarantineName renamed) throws IOException {
    if (!renamed.equals(tree)) {
      directory.renameNoReplace(name(tree), directory, name(renamed));
    }
    return renamed;
  }

  /**
   * Writes the record of a tree.
   *
   * @param durable whether it must be written, and outlast a loss of power
   * @throws NoSuchFileException if the quarantine was removed
   * @throws NotMovedException if it cannot be written and must be
   */
  public void record(String id, byte[] record, boolean durable) throws IOException {
    try {
      files.writeRecord(id, record, durable);
    } catch (InterruptedIOException | NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      try {
        forget(id);
      } catch (IOException second) {
        e.addSuppressed(second); // a record without a tree means nothing, and goes with all of it
      }
      if (durable) {
        throw new NotMovedException(
            "nothing can be written in " + Printable.of(path) + ": " + e.getMessage(), e, path);
      }
    }
  }

  /** Writes all moves in and out to the disk, so that they survive a loss of power. */
  public void sync() throws IOException {
    directory.sync();
  }

  /** The record of a tree, if there is one. */
  public Optional<byte[]> record(String id) throws IOException {
    return files.readRecord(id);
  }

  /** Removes the record of a tree, if there is one. */
  public void forget(String id) throws IOException {
    files.deleteRecord(id);
  }

  /**
   * Removes the directory if nothing is kept in it; only for one that is claimed, which is then to
   * be closed.
   *
   * @return whether it is gone
   */
  public boolean removeIfEmpty() throws IOException {
    Contents contents = contents();
    if (!contents.trees().isEmpty() || !contents.unknown().isEmpty()) {
      return false;
    }
    for (String id : contents.records()) {
      forget(id);
    }
    files.deleteMarkers();
    FileIdentity identity = QuarantineName.identity(directory.statSelf());
    files.delete(
        QuarantineFiles.LOCK); // last: who waits for it sees that it is gone and begins anew
    TreeRemover remover = new TreeRemover(insecureAllowed);
    if (!remover.removeIfEmpty(path, identity)) {
      // Windows keeps the name of a file until it is closed; elsewhere another process has begun
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
