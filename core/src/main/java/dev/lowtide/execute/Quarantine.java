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
 * Moves trees to a quarantine before they are removed, so that at each path there is the whole tree
 * or nothing, however the process ends.
 *
 * <p>The steps are: write the {@link Intent}; move the tree with one rename into the quarantine,
 * under a name that states what the tree is and until when it is kept; compare the moved tree with
 * the planned one; only then remove the tree and its intent. The names alone show what a process
 * that was killed has left. Only trees that are kept for an undo are synced to the disk: file
 * systems with a journal preserve the order of renames.
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
        directory = QuarantineDirectory.claim(path, deleter.mayRemoveByPath());
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
   * @param until when the tree may be removed for good; empty if immediately
   * @throws NotMovedException if the tree cannot be moved; it is still at its path
   * @throws QuarantineRefusedException as for {@link #claimIfPresent}
   */
  QuarantineName moveIn(Intent intent, FileIdentity expected, Optional<Instant> until)
      throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("Interrupted before removing " + intent.path());
    }
    byte[] random = new byte[ID_BYTES];
    RANDOM.nextBytes(random);
    String id = BaseEncoding.base16().lowerCase().encode(random);
    try {
      writeIntent(id, intent, until.isPresent());
    } catch (NoSuchFileException e) {
      // The quarantine was removed, for example by git clean -x
      closeDirectory();
      writeIntent(id, intent, until.isPresent());
    }
    QuarantineName tree;
    try {
      tree =
          claimed().moveIn(intent.path(), expected, id, until.map(Quarantine::second).orElse(0L));
    } catch (IOException e) {
      deleteRecord(id);
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
    return Math.min(Math.max(second, 1), QuarantineName.KEPT_UNTIL_DECIDED);
  }

  /**
   * Writes an intent into the quarantine, which is created if needed.
   *
   * @throws NoSuchFileException if the quarantine was removed
   */
  private void writeIntent(String id, Intent intent, boolean isDurable) throws IOException {
    if (directory == null) {
      directory = QuarantineDirectory.openOrCreate(path, deleter.mayRemoveByPath());
    }
    claimed().writeRecord(id, intent.toJson(), isDurable);
  }

  private void closeDirectory() throws IOException {
    QuarantineDirectory open = claimed();
    directory = null;
    open.close();
  }

  private void deleteRecord(String id) {
    try {
      claimed().deleteRecord(id);
    } catch (IOException e) {
      // an intent without a tree has no effect, and is removed with the quarantine
    }
  }

  /** The intent of a tree, if it can be read. */
  Optional<Intent> intent(QuarantineName tree) throws IOException {
    return claimed().readRecord(tree.id()).flatMap(Intent::parse);
  }

  /**
   * Moves a tree to a path where nothing exists.
   *
   * @throws java.nio.file.FileAlreadyExistsException if something is at the path
   */
  void restore(QuarantineName tree, Path destination) throws IOException {
    claimed().moveOut(tree, destination);
    deleteRecord(tree.id());
  }

  /** Like {@link #restore}, but a tree that cannot be moved back is kept until a person decides. */
  void putBack(QuarantineName tree, Path destination) throws IOException {
    try {
      restore(tree, destination);
    } catch (IOException e) {
      claimed().rename(tree, QuarantineName.KEPT_UNTIL_DECIDED);
      throw e;
    }
  }

  /** Removes a tree for good. */
  Deleter.Deletion delete(QuarantineName tree) throws IOException {
    FileIdentity identity = requireIdentity(tree);
    Deleter.Deletion deletion = deleter.delete(claimed().path(markRemovalBegun(tree)), identity);
    if (deletion.failures() == 0) {
      deleteRecord(tree.id());
    }
    return deletion;
  }

  /**
   * A tree whose removal has begun.
   *
   * @param path where it is
   */
  record BegunRemoval(String id, Path path, FileIdentity identity) {}

  /**
   * Begins to remove a tree, and allows other processes to use the quarantine until {@link
   * #finish}.
   */
  BegunRemoval beginAndRelease(QuarantineName tree) throws IOException {
    FileIdentity identity = requireIdentity(tree);
    BegunRemoval removal =
        new BegunRemoval(tree.id(), claimed().path(markRemovalBegun(tree)), identity);
    closeDirectory();
    return removal;
  }

  /**
   * Completes a removal that has begun; other processes may safely complete it at the same time.
   */
  Deleter.Deletion finish(BegunRemoval removal) throws IOException {
    Deleter.Deletion deletion = deleter.delete(removal.path(), removal.identity());
    try {
      if (deletion.failures() == 0 && claimIfPresent()) {
        deleteRecord(removal.id());
      }
    } catch (QuarantineRefusedException e) {
      // the process that uses the quarantine now removes the record when it releases the quarantine
    }
    return deletion;
  }

  private FileIdentity requireIdentity(QuarantineName tree) throws IOException {
    return identity(tree).orElseThrow(() -> new ReplacedException(claimed().path(tree)));
  }

  /** Records that the removal of a tree begins, so that nobody restores it. */
  QuarantineName markRemovalBegun(QuarantineName tree) throws IOException {
    return claimed().markRemovalBegun(tree);
  }

  /**
   * Removes the quarantine if it is empty, and releases it for other processes.
   *
   * @return whether it no longer exists
   */
  boolean release() throws IOException {
    if (directory == null) {
      return false;
    }
    try (QuarantineDirectory releasedDirectory = directory) {
      directory = null;
      return releasedDirectory.removeIfEmpty();
    }
  }

  @Override
  public void close() throws IOException {
    release();
  }
}
