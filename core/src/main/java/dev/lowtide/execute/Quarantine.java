package dev.lowtide.execute;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.common.io.BaseEncoding;
import dev.lowtide.CleanupTarget;
import dev.lowtide.FileIdentity;
import dev.lowtide.fs.NotMovedException;
import dev.lowtide.fs.QuarantineContents;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.fs.QuarantineRefusedException;
import dev.lowtide.fs.ReplacedException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Moves trees to a quarantine before they are removed, so that at each path there is the whole tree
 * or nothing, however the process ends.
 *
 * <p>The steps are: record the {@link Intent intents} of a batch; move each tree with one rename
 * into the quarantine, under a name that states what the tree is and until when it is kept; compare
 * the moved tree with the planned one; only then remove the tree. The names alone show what a
 * process that was killed has left. Trees that are kept for an undo are synced to the disk. The
 * others need no sync, since file systems with a journal preserve the order of renames.
 *
 * <p>The quarantine is created when first needed, and removed when it is empty. Not thread-safe,
 * except for the methods that move a tree out and that remove one; other processes cannot use the
 * quarantine from the first claim or record until it is released or closed.
 */
final class Quarantine implements Closeable {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int RECORD_ID_BYTES = 6;

  private final Path path;
  private final Deleter deleter;
  private @Nullable QuarantineDirectory directory;
  private @Nullable BatchRecord record;

  /** What was recorded of the trees of a batch, before they are moved in. */
  private static final class BatchRecord {
    final String id = randomId();
    final Map<Path, String> idByPath = new HashMap<>();
    final boolean isDurable;
    final byte[] lines;

    /** How many of the trees are in the quarantine. */
    final AtomicInteger present = new AtomicInteger();

    BatchRecord(List<Intent> intents, boolean isDurable) {
      this.isDurable = isDurable;
      StringBuilder text = new StringBuilder();
      for (Intent intent : intents) {
        if (text.length() >= QuarantineDirectory.MAX_RECORD_BYTES) {
          break;
        }
        String treeId = QuarantineName.id(id, idByPath.size());
        idByPath.put(intent.path(), treeId);
        text.append(intent.toLine(treeId));
      }
      lines = text.toString().getBytes(UTF_8);
    }

    private static String randomId() {
      byte[] random = new byte[RECORD_ID_BYTES];
      RANDOM.nextBytes(random);
      return BaseEncoding.base16().lowerCase().encode(random);
    }
  }

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

  boolean isOf(CleanupTarget target) {
    return target.kind() != CleanupTarget.Kind.STORE && of(target).equals(path);
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

  QuarantineContents contents() throws IOException {
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

  /** Whether the intent of a tree was recorded in this batch. */
  boolean hasRecorded(Path tree) {
    return record != null && record.idByPath.containsKey(tree);
  }

  /**
   * Records intents for trees that will probably be moved in. An intent without a tree has no
   * effect.
   *
   * @param intents at least one, and each for a different path; if they are too large for one
   *     record, only the first of them are recorded
   * @param isDurable whether the record must survive a loss of power
   * @throws QuarantineRefusedException as for {@link #claimIfPresent}
   * @throws NotMovedException if the record must be durable and cannot be written
   */
  void record(List<Intent> intents, boolean isDurable) throws IOException {
    endRecord();
    BatchRecord next = new BatchRecord(intents, isDurable);
    try {
      write(next);
    } catch (NoSuchFileException e) {
      // The quarantine was removed, for example by git clean -x
      closeDirectory();
      write(next);
    }
    record = next;
  }

  /** Ends a batch. Its record is removed, unless one of its trees is still in the quarantine. */
  void endRecord() {
    BatchRecord ended = record;
    record = null;
    if (ended != null && ended.present.get() == 0 && directory != null) {
      try {
        claimed().deleteRecord(ended.id);
      } catch (IOException e) {
        // it has no effect, and releaseAndRemoveIfEmpty removes it
      }
    }
  }

  /**
   * Moves a tree whose intent was recorded into the quarantine.
   *
   * @param until when the tree may be removed for good; empty if immediately
   * @throws NotMovedException if the tree cannot be moved; it is still at its path
   * @throws QuarantineRefusedException as for {@link #claimIfPresent}
   */
  QuarantineName moveIn(Path tree, FileIdentity expected, Optional<Instant> until)
      throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("Interrupted before removing " + tree);
    }
    BatchRecord current = requireNonNull(record, "nothing was recorded");
    String id = requireNonNull(current.idByPath.get(tree), "the intent was not recorded");
    long untilSecond = until.map(Quarantine::second).orElse(0L);
    QuarantineName moved;
    try {
      moved = claimed().moveIn(tree, expected, id, untilSecond);
    } catch (NoSuchFileException e) {
      if (Files.notExists(tree, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
      closeDirectory(); // the quarantine was removed, for example by git clean -x
      write(current);
      moved = claimed().moveIn(tree, expected, id, untilSecond);
    }
    current.present.incrementAndGet();
    return moved;
  }

  /** Writes all moves to the disk, so that they survive a loss of power. */
  void sync() throws IOException {
    claimed().sync();
  }

  /** The time in seconds, rounded up, and limited to the largest value that a name can have. */
  private static long second(Instant until) {
    long second = until.getEpochSecond() + (until.getNano() == 0 ? 0 : 1);
    return Math.min(Math.max(second, 1), QuarantineName.KEPT_UNTIL_DECIDED);
  }

  /**
   * Writes a record into the quarantine, which is created if needed.
   *
   * @throws NoSuchFileException if the quarantine was removed
   */
  private void write(BatchRecord unwritten) throws IOException {
    if (directory == null) {
      directory = QuarantineDirectory.openOrCreate(path, deleter.mayRemoveByPath());
    }
    claimed().writeRecord(unwritten.id, unwritten.lines, unwritten.isDurable);
  }

  private void closeDirectory() throws IOException {
    QuarantineDirectory open = claimed();
    directory = null;
    open.close();
  }

  /** Tells where the trees were. */
  Origins origins() {
    return new Origins(claimed());
  }

  /** Counts a tree of this batch as no longer present. */
  private void countDeparture(QuarantineName tree) {
    if (record != null && record.id.equals(tree.record())) {
      record.present.decrementAndGet();
    }
  }

  /**
   * Moves a tree to a path where nothing exists.
   *
   * @throws java.nio.file.FileAlreadyExistsException if something is at the path
   */
  void restore(QuarantineName tree, Path destination) throws IOException {
    claimed().moveOut(tree, destination);
    countDeparture(tree);
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
    Deleter.Deletion deletion = deleter.delete(claimed(), markRemovalBegun(tree), identity);
    if (deletion.failures() == 0) {
      countDeparture(tree);
    }
    return deletion;
  }

  /**
   * A tree whose removal has begun, and which any process may remove.
   *
   * @param path where it is
   */
  record BegunRemoval(Path path, FileIdentity identity) {}

  /** Begins to remove a tree, so that nobody restores it. */
  BegunRemoval begin(QuarantineName tree) throws IOException {
    FileIdentity identity = requireIdentity(tree);
    return new BegunRemoval(claimed().path(markRemovalBegun(tree)), identity);
  }

  /**
   * Completes a removal that has begun; other processes may safely complete it at the same time.
   */
  Deleter.Deletion finish(BegunRemoval removal) throws IOException {
    return deleter.delete(removal.path(), removal.identity());
  }

  /** Releases the quarantine if it was claimed, so that other processes can use it. */
  void release() throws IOException {
    if (directory != null) {
      closeDirectory();
    }
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
  boolean releaseAndRemoveIfEmpty() throws IOException {
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
    releaseAndRemoveIfEmpty();
  }
}
