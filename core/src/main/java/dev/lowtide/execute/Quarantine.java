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
 * Takes trees from their places before they go, so that whatever ends the process, each place has
 * its whole tree or nothing.
 *
 * <p>In this order: the {@link Intent} is written, one rename moves the tree into the quarantine
 * under a name that tells what it is and until when it is kept, and what has arrived is compared
 * with what was planned; only then is it removed, and its intent with it. What a dead process has
 * left can be told from the names alone. Nothing is forced to the disk but what is kept for an
 * undo: file systems with a journal keep the order in which names change.
 *
 * <p>Made when first needed, removed when nothing is in it. For one thread; other processes are
 * kept out until it is closed.
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
   * Where the quarantine of a target is: in a workspace and in a temporary directory, but beside a
   * cache, since its tool may evict, or stumble over, what it does not know.
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
   * Claims it if it is there.
   *
   * @return whether it is
   * @throws QuarantineRefusedException if it is not this user's alone, or another process is at
   *     work in it
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

  /** Where a tree lies. */
  Path path(QuarantineName tree) {
    return claimed().path(tree);
  }

  /** What a tree is, if it is what was moved here. */
  Optional<FileIdentity> identity(QuarantineName tree) throws IOException {
    return claimed().identity(tree);
  }

  /**
   * Takes a tree from its place.
   *
   * @param until when it may be removed for good; empty if at once
   * @throws NotMovedException if that cannot be; the tree is where it was
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
      letGo(); // what is open is no longer what has its name, as after git clean -x
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

  /** Rounded up, and never beyond what a name can say. */
  private static long second(Instant until) {
    long second = until.getEpochSecond() + (until.getNano() == 0 ? 0 : 1);
    return Math.min(Math.max(second, 1), QuarantineName.UNTIL_DECIDED);
  }

  /**
   * Writes an intent into the quarantine, which is made if need be.
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
      // an intent without a tree means nothing, and goes with the quarantine
    }
  }

  /** What was written down about a tree, if it can be read. */
  Optional<Intent> intent(QuarantineName tree) throws IOException {
    return claimed().record(tree.id()).flatMap(Intent::parse);
  }

  /**
   * Puts a tree at a place where nothing is.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is something
   */
  void restore(QuarantineName tree, Path place) throws IOException {
    claimed().moveOut(tree, place);
    forget(tree.id());
  }

  /** As {@link #restore}; what cannot be put back is kept until a person decides. */
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
   * @param path where it lies
   */
  record Going(String id, Path path, FileIdentity identity) {}

  /** Begins to remove a tree, and lets other processes work here until {@link #finish}. */
  Going beginUnclaimed(QuarantineName tree) throws IOException {
    FileIdentity identity = known(tree);
    Going going = new Going(tree.id(), claimed().path(begin(tree)), identity);
    letGo();
    return going;
  }

  /** Removes what has begun to go; if another process does so too, nothing is lost by that. */
  Deleter.Deletion finish(Going going) throws IOException {
    Deleter.Deletion deletion = deleter.delete(going.path(), going.identity());
    try {
      if (deletion.failures() == 0 && claimIfPresent()) {
        forget(going.id());
      }
    } catch (QuarantineRefusedException e) {
      // who works here now removes the record when it leaves
    }
    return deletion;
  }

  private FileIdentity known(QuarantineName tree) throws IOException {
    return identity(tree).orElseThrow(() -> new ReplacedException(claimed().path(tree)));
  }

  /** Notes that what goes now must not be mistaken for something that can be restored. */
  QuarantineName begin(QuarantineName tree) throws IOException {
    return claimed().begin(tree);
  }

  /**
   * Removes it if nothing is in it, and lets other processes in.
   *
   * @return whether there is none now
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
