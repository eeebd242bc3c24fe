package dev.lowtide.probe;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.fs.AccessTimes;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One entry of a {@link Snapshot}, with everything below it. It is a lightweight view: create one
 * when needed, and do not store many.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class Entry {
  private final Snapshot snapshot;
  final int row;

  Entry(Snapshot snapshot, int row) {
    this.snapshot = snapshot;
    this.row = row;
  }

  /** The snapshot that contains this entry. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /**
   * The file name of the path, to compare or to display; bytes that are not UTF-8 become the
   * replacement character.
   */
  public String name() {
    return Names.display(snapshot.columns.name(row));
  }

  /**
   * Whether the file name begins with an ASCII prefix. It creates no string, so code that rejects
   * most names should check this first.
   */
  public boolean nameStartsWith(String ascii) {
    return snapshot.columns.nameStartsWith(row, ascii);
  }

  /** A new array with the bytes of the file name as the file system has it; empty for the root. */
  public byte[] nameBytes() {
    return snapshot.columns.name(row);
  }

  /** The absolute path, which preserves each byte. */
  public Path path() {
    return snapshot.path(row);
  }

  /** The path relative to the snapshot's root; empty for the root. */
  public Path relativePath() {
    return snapshot.rootPath().relativize(path());
  }

  public FileKind kind() {
    return snapshot.columns.kind(row);
  }

  public boolean isDirectory() {
    return kind() == FileKind.DIRECTORY;
  }

  public boolean isFile() {
    return kind() == FileKind.REGULAR;
  }

  /** The length in bytes of a file or of a link's text. */
  public long size() {
    return snapshot.columns.length(row);
  }

  /** The number of names that the file has on its file system; 0 if unknown. */
  public int links() {
    return snapshot.columns.links(row);
  }

  /**
   * The inode number, which is the same for all names of one file. All entries of a snapshot are on
   * the device of its root.
   */
  public long inode() {
    return snapshot.columns.inode(row);
  }

  /** The numeric user id of the owner; -1 if unknown. */
  public int owner() {
    return snapshot.columns.owner(row);
  }

  /**
   * Whether the file is immutable or append-only, so that not even root can remove it; false if
   * unknown.
   */
  public boolean isFixed() {
    return snapshot.columns.isFixed(row);
  }

  /**
   * When the content was last read, as far as the file system records it: Linux records it at most
   * once a day on a file system that is mounted {@code relatime}, and never if {@link
   * Snapshot#recordsAccess} is false.
   */
  public Instant lastAccess() {
    return instant(snapshot.columns.accessed(row));
  }

  /** When the content of this entry was last modified; for a directory, its list of names. */
  public Instant lastModified() {
    return instant(snapshot.columns.modified(row));
  }

  /**
   * When this entry itself last changed in any way, by {@code st_ctime}, which no program can set:
   * its content, owner, permissions or number of names. For a directory that includes a move, which
   * {@link #lastModified} does not show. The modification time if the file system has no {@code
   * st_ctime}.
   */
  public Instant lastChanged() {
    return instant(snapshot.columns.changed(row));
  }

  /**
   * Like {@link #lastChanged}, but as other processes see it: with changes that {@link
   * #textUnnoticed} of this process may have made.
   */
  public Instant lastChangedByAnybody() {
    return instant(
        AccessTimes.changedIncludingRestoring(
            snapshot.device, inode(), snapshot.columns.changed(row)));
  }

  /** Whether this file, or a file below this directory, has another name outside. */
  public boolean hasNamesElsewhere() {
    return sum().linked().hasNamesElsewhere();
  }

  /** The latest {@link #lastModified} of this entry and all entries below it. */
  public Instant newestModified() {
    long newest = Long.MIN_VALUE;
    for (int i = row; i < snapshot.end[row]; i++) {
      newest = Math.max(newest, snapshot.columns.modified(i));
    }
    return instant(newest);
  }

  /**
   * The latest time of any known change to this entry or to an entry below it: the newest {@link
   * #lastModified}, {@link #lastChanged} and, if the file system reports it, creation time. Files
   * that {@code cp -a}, {@code tar -x} or a restored cache has just written are dated by their
   * arrival, not by their content.
   *
   * <p>For a file below this with several names, only the modification time counts: its status also
   * changes when another name is added or removed. If the file system reports no time of change,
   * the result is far in the future, so that nothing counts as old.
   */
  public Instant newestChange() {
    return newestChange(file -> false);
  }

  /**
   * Like {@link #newestChange()}, but for some files only the modification time counts.
   *
   * @param readUnnoticed selects the files that the caller reads with {@link #textUnnoticed}, which
   *     may change their status
   */
  public Instant newestChange(Predicate<Entry> readUnnoticed) {
    Columns columns = snapshot.columns;
    long newest = Long.MIN_VALUE;
    for (int i = row; i < snapshot.end[row]; i++) {
      newest = Math.max(newest, columns.modified(i));
      boolean file = columns.kind(i) == FileKind.REGULAR;
      if (file && i != row && columns.links(i) > 1) {
        continue;
      }
      newest = Math.max(newest, columns.born(i));
      if (columns.changed(i) == 0) {
        newest = Long.MAX_VALUE;
      } else if (columns.changed(i) > newest
          && !(file && readUnnoticed.test(new Entry(snapshot, i)))) {
        newest = columns.changed(i);
      }
    }
    return instant(newest);
  }

  private static Instant instant(long nanos) {
    long second = TimeUnit.SECONDS.toNanos(1);
    return Instant.ofEpochSecond(Math.floorDiv(nanos, second), Math.floorMod(nanos, second));
  }

  /**
   * The identity of this file, which distinguishes it from another file that has taken its name,
   * and from a later state of itself.
   */
  public FileIdentity identity() {
    return new FileIdentity(
        kind(), snapshot.device, snapshot.columns.inode(row), snapshot.columns.changed(row));
  }

  /**
   * The allocated bytes of this entry without the entries below it. Each name of a file with
   * several names has the bytes of the file; a mount point has none.
   */
  public long ownBytes() {
    return kind() == FileKind.MOUNT ? 0 : snapshot.columns.allocated(row);
  }

  /** The disk usage of this entry and all entries below it. */
  public DiskUsage usage() {
    return sum().usage(unreadable());
  }

  /** The number of entries, from this one down, that could not be read or were not entered. */
  public long unreadable() {
    return snapshot.unreadable(this);
  }

  private UsageSum sum() {
    UsageSum sum = new UsageSum();
    for (int i = row; i < snapshot.end[row]; i++) {
      snapshot.addTo(sum, i);
    }
    return sum;
  }

  /** The number of entries from this one down, including this one. */
  public int count() {
    return snapshot.end[row] - row;
  }

  /** The directory that contains this entry; empty for the root. */
  public Optional<Entry> parent() {
    int parent = snapshot.parent[row];
    return parent < 0 ? Optional.empty() : Optional.of(new Entry(snapshot, parent));
  }

  /** The entries of a directory, sorted by name; empty for all other kinds. */
  public List<Entry> children() {
    List<Entry> children = new ArrayList<>();
    for (int i = row + 1; i < snapshot.end[row]; i = snapshot.end[i]) {
      children.add(new Entry(snapshot, i));
    }
    return children;
  }

  /** The entry with this name in this directory. */
  public Optional<Entry> child(String name) {
    return child(name.getBytes(StandardCharsets.UTF_8));
  }

  Optional<Entry> child(byte[] name) {
    for (int i = row + 1; i < snapshot.end[row]; i = snapshot.end[i]) {
      int order = snapshot.columns.compareName(i, name, 0, name.length);
      if (order >= 0) { // names are sorted by their bytes
        return order == 0 ? Optional.of(new Entry(snapshot, i)) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Whether this directory has a regular file with this name. */
  public boolean hasFile(String name) {
    return child(name).filter(Entry::isFile).isPresent();
  }

  /** Whether this directory has a subdirectory with this name. */
  public boolean hasDirectory(String name) {
    return child(name).filter(Entry::isDirectory).isPresent();
  }

  /** Whether this directory has any subdirectory. */
  public boolean holdsDirectories() {
    for (int i = row + 1; i < snapshot.end[row]; i = snapshot.end[i]) {
      if (snapshot.columns.kind(i) == FileKind.DIRECTORY) {
        return true;
      }
    }
    return false;
  }

  /** This entry and all entries below it, in tree order. */
  public Stream<Entry> entries() {
    return snapshot.rows(row, snapshot.end[row]);
  }

  /**
   * Like {@link #entries()}, but without the entries below some directories; these directories
   * themselves are included.
   *
   * @param closed selects the directories that are not entered; called once for each directory,
   *     including this entry
   */
  public Stream<Entry> entries(Predicate<Entry> closed) {
    return Stream.iterate(
        this,
        entry -> entry.row < snapshot.end[row],
        entry ->
            new Entry(
                snapshot,
                entry.isDirectory() && closed.test(entry)
                    ? snapshot.end[entry.row]
                    : entry.row + 1));
  }

  /**
   * The beginning of a regular file as it is now, read as UTF-8; empty if it cannot be read.
   * Symbolic links are not followed.
   *
   * @param limit the maximum number of bytes to read
   */
  public Optional<String> text(int limit) {
    return bytes(limit).map(Entry::utf8);
  }

  /**
   * Like {@link #text}, but does not change {@link #lastAccess}, as far as this user's permissions
   * allow: for files whose access time is evidence. Without the native layer, the access time is
   * restored afterwards, which changes the status-change time of the file; so use {@link #text} for
   * all other files.
   */
  public Optional<String> textUnnoticed(int limit) {
    return read(() -> AccessTimes.readPreservingAccessTime(path(), limit)).map(Entry::utf8);
  }

  /**
   * The beginning of a regular file as it is now; empty if it cannot be read. Symbolic links are
   * not followed.
   *
   * @param limit the maximum number of bytes to read
   */
  public Optional<byte[]> bytes(int limit) {
    return read(() -> ForeignFile.at(path()).beginning(limit));
  }

  private interface Reading {
    byte[] bytes() throws IOException;
  }

  private Optional<byte[]> read(Reading reading) {
    if (!isFile()) {
      return Optional.empty();
    }
    try {
      return Optional.of(reading.bytes());
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  private static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * Whether both are regular files that now have the same content; false if either cannot be read.
   */
  public boolean hasSameContentAs(Entry other) {
    if (!isFile() || !other.isFile() || size() != other.size()) {
      return false;
    }
    try {
      return ForeignFile.haveSameContent(path(), other.path());
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Entry entry && entry.snapshot == snapshot && entry.row == row;
  }

  @Override
  public int hashCode() {
    return 31 * System.identityHashCode(snapshot) + row;
  }

  @Override
  public String toString() {
    return kind() + " " + path();
  }
}
