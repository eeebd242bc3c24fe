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
 * One name in a {@link Snapshot}, with everything below it. A light view: make as many as you like,
 * keep none.
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

  /** The snapshot that this is part of. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /**
   * The last name, for comparing and showing; what is not UTF-8 becomes the replacement character.
   */
  public String name() {
    return Names.display(snapshot.columns.name(row));
  }

  /**
   * Whether the last name begins with some characters of ASCII; makes no text of it, and so is the
   * thing to ask first where most names are of no interest.
   */
  public boolean nameStartsWith(String ascii) {
    return snapshot.columns.nameStartsWith(row, ascii);
  }

  /** The last name as the file system has it; empty for the root. A fresh copy. */
  public byte[] nameBytes() {
    return snapshot.columns.name(row);
  }

  /** The absolute path, true to the byte. */
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

  /** How many names the file has on its file system; 0 where that is not known. */
  public int links() {
    return snapshot.columns.links(row);
  }

  /**
   * What the file system has to tell its files apart; the same for all names of one file. All of a
   * snapshot lie on the device of its root.
   */
  public long inode() {
    return snapshot.columns.inode(row);
  }

  /** The numeric user id of the owner; -1 where that is not known. */
  public int owner() {
    return snapshot.columns.owner(row);
  }

  /**
   * Whether it is immutable or append-only, so that not even root can remove it; false where that
   * is not told.
   */
  public boolean isFixed() {
    return snapshot.columns.fixed(row);
  }

  /**
   * When the content was last read, as far as the file system records that: Linux does so at most
   * once a day where it is mounted {@code relatime}, and never where {@link Snapshot#recordsAccess}
   * is false.
   */
  public Instant lastAccess() {
    return instant(snapshot.columns.accessed(row));
  }

  /** When this entry's own content changed; for a directory that is its list of names. */
  public Instant lastModified() {
    return instant(snapshot.columns.modified(row));
  }

  /**
   * When this entry itself last changed in any way, by {@code st_ctime}, which no program can set:
   * its content, its owner, its permissions, its number of names; for a directory that is also when
   * it was moved, which {@link #lastModified} does not show. The time of modification where there
   * is none.
   */
  public Instant lastChanged() {
    return instant(snapshot.columns.changed(row));
  }

  /**
   * As {@link #lastChanged}, as another process sees it: after what {@link #textUnnoticed} of this
   * process may have changed.
   */
  public Instant lastChangedByAnybody() {
    return instant(
        AccessTimes.changedByAnybody(snapshot.device, inode(), snapshot.columns.changed(row)));
  }

  /** Whether a file here or below also has a name, a hard link, that is not here or below. */
  public boolean hasNamesElsewhere() {
    return sum().linked().hasNamesElsewhere();
  }

  /** The latest {@link #lastModified} of this entry and all below it. */
  public Instant newestModified() {
    long newest = Long.MIN_VALUE;
    for (int i = row; i < snapshot.end[row]; i++) {
      newest = Math.max(newest, snapshot.columns.modified(i));
    }
    return instant(newest);
  }

  /**
   * The latest time at which anything is known to have happened to this entry or to anything below
   * it: the newest {@link #lastModified}, {@link #lastChanged} and, where the file system tells it,
   * time of birth. What {@code cp -a}, {@code tar -x} or a restored cache has just put there is as
   * old as its arrival and not as its content.
   *
   * <p>Of a file below this that has several names, only the modification counts: its status also
   * changes when one of the other names comes or goes. Where the file system tells no time of
   * change, the answer lies far in the future, so that nothing is taken for old.
   */
  public Instant newestChange() {
    return newestChange(file -> false);
  }

  /**
   * As {@link #newestChange()}, but of some files only the modification counts.
   *
   * @param readUnnoticed the files that the caller reads by {@link #textUnnoticed}, which may
   *     change their status
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
   * What tells this file from another one that has taken its name, and as it was from what it has
   * become since.
   */
  public FileIdentity identity() {
    return new FileIdentity(
        kind(), snapshot.device, snapshot.columns.inode(row), snapshot.columns.changed(row));
  }

  /**
   * The allocated bytes of this entry without what lies below it. A file with several names has
   * them under each; a mount point takes none here.
   */
  public long ownBytes() {
    return kind() == FileKind.MOUNT ? 0 : snapshot.columns.allocated(row);
  }

  /** What this entry and all below it take. */
  public DiskUsage usage() {
    return sum().usage(unreadable());
  }

  /** How many things here and below could not be read, or were not looked into. */
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

  /** How many entries there are here and below; at least 1. */
  public int count() {
    return snapshot.end[row] - row;
  }

  /** The directory that holds this; empty for the root. */
  public Optional<Entry> parent() {
    int parent = snapshot.parent[row];
    return parent < 0 ? Optional.empty() : Optional.of(new Entry(snapshot, parent));
  }

  /** What a directory holds, sorted by name; nothing for all other kinds. */
  public List<Entry> children() {
    List<Entry> children = new ArrayList<>();
    for (int i = row + 1; i < snapshot.end[row]; i = snapshot.end[i]) {
      children.add(new Entry(snapshot, i));
    }
    return children;
  }

  /** The entry of that name in this directory. */
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

  /** Whether this directory has a regular file of that name. */
  public boolean hasFile(String name) {
    return child(name).filter(Entry::isFile).isPresent();
  }

  /** Whether this directory has a directory of that name. */
  public boolean hasDirectory(String name) {
    return child(name).filter(Entry::isDirectory).isPresent();
  }

  /** Whether a directory lies directly in this one. */
  public boolean holdsDirectories() {
    for (int i = row + 1; i < snapshot.end[row]; i = snapshot.end[i]) {
      if (snapshot.columns.kind(i) == FileKind.DIRECTORY) {
        return true;
      }
    }
    return false;
  }

  /** This entry and all below it, in tree order. */
  public Stream<Entry> entries() {
    return snapshot.rows(row, snapshot.end[row]);
  }

  /**
   * As {@link #entries()}, without what lies below some directories; those themselves are there.
   *
   * @param closed which directories are passed over; asked once for each, this entry included
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
   * @param limit the most bytes to read
   */
  public Optional<String> text(int limit) {
    return bytes(limit).map(Entry::utf8);
  }

  /**
   * As {@link #text}, and leaves no trace in {@link #lastAccess}, as far as this user may prevent
   * it: for files that are judged by it. Without the native layer the time is put back, which
   * changes that of the file's status, so other files are read by {@link #text}.
   */
  public Optional<String> textUnnoticed(int limit) {
    return read(() -> AccessTimes.readUnnoticed(path(), limit)).map(Entry::utf8);
  }

  /**
   * The beginning of a regular file as it is now; empty if it cannot be read. Symbolic links are
   * not followed.
   *
   * @param limit the most bytes to read
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
   * Whether both are regular files that now hold the same bytes; false if either cannot be read.
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
