package dev.lowtide.execute;

import static java.util.Objects.requireNonNull;

import com.google.common.io.BaseEncoding;
import dev.lowtide.CleanupTarget;
import dev.lowtide.FileIdentity;
import dev.lowtide.fs.NotMovedException;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.fs.QuarantineRefusedException;
import dev.lowtide.fs.ReplacedException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Moves trees away before they are removed, so that each path has its whole tree or nothing,
 * however the process ends.
 *
 * <p>The steps are: write the {@link Intent}; move the tree with one rename into the quarantine,
 * under a name that states what the tree is and until when it is kept; compare what has arrived
 * with what was planned; only then remove the tree and its intent. The names alone show what a dead
 * process has left. Only what is kept for an undo is forced to the disk: file systems with a
 * journal preserve the order of renames.
 *
 * <p>The quarantine is created when first needed, and removed when it is empty. Not thread-safe;
 * other processes cannot use the quarantine until it is closed.
 */
final class Quarantine implements Closeable {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ID_BYTES = 8;

  private final Path path;
  private final Deleter deleter;
  private @Nullable QuarantineDirectory directory;

  Quarantine(Path path, Deleter deleter) {
    this.path = path;
    this.deleter = deleter;
  }

  /**
   * The path of the quarantine of a target: inside a workspace or a temporary directory, but beside
   * a cache, since the tool of a cache may evict unknown files, or fail because of them.
   */
  static Path of(CleanupTarget target) {
    return target.kind() == CleanupTarget.Kind.CACHE
        ? QuarantinePlace.beside(target.root())
        : QuarantinePlace.in(target.root());
  }

  Path path() {
    return path;
  }

  /**
   * Claims the quarantine if it exists.
   *
   * @return whether it exists
   * @throws QuarantineRefusedException if other users have access to it, or another process is
   *     using it
   */
  boolean claimIfPresent() throws IOException {
    if (directory == null) {
      try {
        directory = QuarantineDirectory.claim(path, deleter.mayGoByPaths());
      } catch (NoSuchFileException e) {
        return false;
      }
    }
    return true;
  }

  private QuarantineDirectory claimed() {
    return requireNonNull(directory, "not claimed");
  }

  QuarantineDirectory.Contents contents() throws IOException {
    return claimed().contents();
  }

  /** The path of a tree. */
  Path path(QuarantineName tree) {
    return claimed().path(tree);
  }

  /** The identity of a tree, if it is the one that was moved here. */
  Optional<FileIdentity> identity(QuarantineName tree) throws IOException {
    return claimed().identity(tree);
  }

  /**
   * Moves a tree into the quarantine.
   *
   * @param until when it may be removed for good; empty if at once
   * @throws NotMovedException if the tree cannot be moved; it is still at its path
   * @throws QuarantineRefusedException as for {@link #claimIfPresent}
   */
  QuarantineName take(Intent intent, FileIdentity expected, Optional<Instant> until)
      throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("Interrupted before removing " + intent.path());
    }
    byte[] random = new byte[ID_BYTES];
    RANDOM.nextBytes(random);
    String id = BaseEncoding.base16().lowerCase().encode(random);
    try {
      record(id, intent, until.isPresent());
    } catch (NoSuchFileException e) {
      letGo(); // the open directory no longer has this name, for example after git clean -x
      record(id, intent, until.isPresent());
    }
    QuarantineName tree;
    try {
      tree =
          claimed().moveIn(intent.path(), expected, id, until.map(Quarantine::second).orElse(0L));
    } catch (IOException e) {
      forget(id);
      throw e;
    }
    if (until.isPresent()) {
      claimed().sync();
    }
    return tree;
  }

  /** The time in seconds, rounded up, and limited to the largest value that a name can have. */
  private static long second(Instant until) {
    long second = until.getEpochSecond() + (until.getNano() == 0 ? 0 : 1);
    return Math.min(Math.max(second, 1), QuarantineName.UNTIL_DECIDED);
  }

  /**
   * Writes an intent into the quarantine, which is created if needed.
   *
   * @throws NoSuchFileException if the quarantine was removed
   */
  private void record(String id, Intent intent, boolean mustLast) throws IOException {
    if (directory == null) {
      directory = QuarantineDirectory.make(path, deleter.mayGoByPaths());
    }
    claimed().record(id, intent.toJson(), mustLast);
  }

  private void letGo() throws IOException {
    QuarantineDirectory open = claimed();
    directory = null;
    open.close();
  }

  private void forget(String id) {
    try {
      claimed().forget(id);
    } catch (IOException e) {
      // an intent without a tree has no effect, and is removed with the quarantine
    }
  }

  /** The intent of a tree, if it can be read. */
  Optional<Intent> intent(QuarantineName tree) throws IOException {
    return claimed().record(tree.id()).flatMap(Intent::parse);
  }

  /**
   * Moves a tree to a path where nothing exists.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is something
   */
  void restore(QuarantineName tree, Path place) throws IOException {
    claimed().moveOut(tree, place);
    forget(tree.id());
  }

  /** Like {@link #restore}, but a tree that cannot be put back is kept until a person decides. */
  void putBack(QuarantineName tree, Path place) throws IOException {
    try {
      restore(tree, place);
    } catch (IOException e) {
      claimed().rename(tree, QuarantineName.UNTIL_DECIDED);
      throw e;
    }
  }

  /** Removes a tree for good. */
  Deleter.Deletion delete(QuarantineName tree) throws IOException {
    FileIdentity identity = known(tree);
    Deleter.Deletion deletion = deleter.delete(claimed().path(begin(tree)), identity);
    if (deletion.failures() == 0) {
      forget(tree.id());
    }
    return deletion;
  }

  /**
   * A tree whose removal has begun.
   *
   * @param path where it is
   */
  record Going(String id, Path path, FileIdentity identity) {}

  /**
   * Begins to remove a tree, and allows other processes to use the quarantine until {@link
   * #finish}.
   */
  Going beginUnclaimed(QuarantineName tree) throws IOException {
    FileIdentity identity = known(tree);
    Going going = new Going(tree.id(), claimed().path(begin(tree)), identity);
    letGo();
    return going;
  }

  /**
   * Completes a removal that has begun; another process may safely do the same at the same time.
   */
  Deleter.Deletion finish(Going going) throws IOException {
    Deleter.Deletion deletion = deleter.delete(going.path(), going.identity());
    try {
      if (deletion.failures() == 0 && claimIfPresent()) {
        forget(going.id());
      }
    } catch (QuarantineRefusedException e) {
      // the process that uses the quarantine now removes the record when it leaves
    }
    return deletion;
  }

  private FileIdentity known(QuarantineName tree) throws IOException {
    return identity(tree).orElseThrow(() -> new ReplacedException(claimed().path(tree)));
  }

  /** Marks a tree whose removal begins, so that nobody restores it. */
  QuarantineName begin(QuarantineName tree) throws IOException {
    return claimed().begin(tree);
  }

  /**
   * Removes the quarantine if it is empty, and releases it for other processes.
   *
   * @return whether it no longer exists
   */
  boolean leave() throws IOException {
    if (directory == null) {
      return false;
    }
    try (QuarantineDirectory leaving = directory) {
      directory = null;
      return leaving.removeIfEmpty();
    }
  }

  @Override
  public void close() throws IOException {
    leave();
  }
}
