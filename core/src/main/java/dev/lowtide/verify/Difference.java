package dev.lowtide.verify;

import com.google.common.math.LongMath;
import dev.lowtide.FileKind;
import dev.lowtide.Globs;
import dev.lowtide.fs.Names;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares two inventories of one location: which rows are the same entry, and what happened to the
 * entries that only one of them has.
 */
final class Difference {
  private static final int NO_ROW = -1;

  private final DiskBaseline.Location then;
  private final DiskBaseline.Location now;
  private final Side before;
  private final Side after;

  /**
   * Whether inodes and times can be compared: false if one inventory is of a copy somewhere else.
   */
  private final boolean samePlace;

  Difference(DiskBaseline.Location then, DiskBaseline.Location now) {
    this.then = then;
    this.now = now;
    before = new Side(then.inventory(), then.rules());
    after = new Side(now.inventory(), then.rules().at(now.rules().root()));
    samePlace = then.rules().root().equals(now.rules().root());
    match();
    before.excuseDirectoriesOnTheWay();
    after.excuseDirectoriesOnTheWay();
    before.count();
    after.count();
  }

  /** The bytes that one capture occupies. */
  static long bytes(DiskBaseline.Location location) {
    Side side = new Side(location.inventory(), location.rules());
    side.count();
    return side.total;
  }

  /** One of the two inventories, with data about each row. */
  private static final class Side {
    final Inventory rows;
    final DiskLocation rules;

    /** The row of the same entry on the other side. */
    final int[] other;

    /** The rows that are excepted. */
    final BitSet excepted;

    /** The bytes of each row; those of a file with several names are counted under one name. */
    final long[] bytes;

    long total;

    Side(Inventory rows, DiskLocation rules) {
      this.rows = rows;
      this.rules = rules;
      other = new int[rows.size()];
      Arrays.fill(other, NO_ROW);
      excepted = excepted(rows, rules);
      bytes = new long[rows.size()];
    }

    private static BitSet excepted(Inventory rows, DiskLocation rules) {
      BitSet excepted = new BitSet();
      if (rules.exceptions().isEmpty()) {
        return excepted;
      }
      Globs globs = rules.globs();
      Deque<Integer> ends = new ArrayDeque<>();
      Deque<Path> above = new ArrayDeque<>();
      Path root = rules.root().getFileSystem().getPath("");
      for (int row = 1; row < rows.size(); ) {
        while (!ends.isEmpty() && ends.getLast() <= row) {
          ends.removeLast();
          above.removeLast();
        }
        Path path = Names.resolve(above.isEmpty() ? root : above.getLast(), rows.name(row));
        if (globs.names(path)) {
          excepted.set(row, rows.end(row));
          row = rows.end(row);
          continue;
        }
        ends.addLast(rows.end(row));
        above.addLast(path);
        row++;
      }
      return excepted;
    }

    /**
     * Excepts each directory that was created or removed together with something excepted in it.
     */
    void excuseDirectoriesOnTheWay() {
      for (int row = rows.size() - 1; row > 0; row--) {
        int parent = rows.parent(row);
        if (excepted.get(row) && other[parent] == NO_ROW) {
          excepted.set(parent);
        }
      }
    }

    /**
     * Distributes the bytes of files with several names: a name that is on both sides gets them
     * rather than one that was created or removed.
     */
    void count() {
      Set<Long> seen = new HashSet<>();
      for (int row = 0; row < rows.size(); row++) {
        if (other[row] != NO_ROW) {
          count(row, seen);
        }
      }
      for (int row = 0; row < rows.size(); row++) {
        if (other[row] == NO_ROW) {
          count(row, seen);
        }
      }
    }

    private void count(int row, Set<Long> seen) {
      if (!excepted.get(row) && (!rows.isLinked(row) || seen.add(rows.inode(row)))) {
        bytes[row] = rows.allocated(row);
        total = LongMath.saturatedAdd(total, bytes[row]);
      }
    }

    /** One change for a row and everything below it, without what is excepted. */
    Verification.Change whole(int row, Verification.Kind kind) {
      long sum = 0;
      long entries = 0;
      for (int i = row; i < rows.end(row); i++) {
        sum = LongMath.saturatedAdd(sum, bytes[i]);
        entries += excepted.get(i) ? 0 : 1;
      }
      return new Verification.Change(path(row), kind, sum, entries);
    }

    Path path(int row) {
      return rows.path(rules.root(), row);
    }
  }

  private void match() {
    if (before.rows.size() == 0 || after.rows.size() == 0) {
      return;
    }
    Deque<int[]> open = new ArrayDeque<>();
    matchRows(0, 0, open);
    while (!open.isEmpty()) {
      int[] directories = open.removeLast();
      matchChildren(directories[0], directories[1], open);
    }
  }

  /** Matches the children of two directories; both lists are sorted by name. */
  private void matchChildren(int beforeDirectory, int afterDirectory, Deque<int[]> open) {
    int old = beforeDirectory + 1;
    int now = afterDirectory + 1;
    while (old < before.rows.end(beforeDirectory) && now < after.rows.end(afterDirectory)) {
      int order = before.rows.compareNames(old, after.rows, now);
      if (order == 0) {
        matchRows(old, now, open);
      }
      old = order <= 0 ? before.rows.end(old) : old;
      now = order >= 0 ? after.rows.end(now) : now;
    }
  }

  /**
   * Matches two rows with the same name. A directory never matches a file: one was removed, the
   * other created.
   */
  private void matchRows(int old, int now, Deque<int[]> open) {
    if (before.rows.isDirectory(old) != after.rows.isDirectory(now)) {
      return;
    }
    before.other[old] = now;
    after.other[now] = old;
    if (before.rows.isDirectory(old)) {
      open.addLast(new int[] {old, now});
    }
  }

  Verification.Location result() {
    return new Verification.Location(
        then.rules().name(),
        now.rules().root(),
        then.rules().expectation(),
        before.total,
        after.total,
        then.rules().tolerance().above(before.total),
        grown(),
        vanished(),
        replaced(),
        then.unreadable(),
        now.unreadable(),
        then.exact() && now.exact(),
        samePlace && then.freeBytes().isPresent() && now.freeBytes().isPresent()
            ? OptionalLong.of(now.freeBytes().getAsLong() - then.freeBytes().getAsLong())
            : OptionalLong.empty());
  }

  private Verification.Changes grown() {
    Largest largest = new Largest();
    for (int row = 0; row < after.rows.size(); ) {
      int old = after.other[row];
      if (after.excepted.get(row)) {
        row++;
      } else if (old == NO_ROW) {
        largest.add(after.whole(row, Verification.Kind.CREATED));
        row = after.rows.end(row);
      } else {
        long more = after.bytes[row] - before.bytes[old];
        if (more > 0) {
          largest.add(new Verification.Change(after.path(row), Verification.Kind.GREW, more, 1));
        }
        row++;
      }
    }
    return largest.changes();
  }

  private Verification.Changes vanished() {
    Largest largest = new Largest();
    for (int row = 0; row < before.rows.size(); ) {
      if (before.excepted.get(row) || before.other[row] != NO_ROW) {
        row++;
        continue;
      }
      int directory = row == 0 ? NO_ROW : before.other[before.rows.parent(row)];
      if (directory == NO_ROW || !after.rows.row(directory).unread()) {
        largest.add(before.whole(row, Verification.Kind.VANISHED));
      }
      row = before.rows.end(row);
    }
    return largest.changes();
  }

  private Verification.Changes replaced() {
    Largest largest = new Largest();
    for (int row = 0; row < after.rows.size(); row++) {
      if (after.other[row] == NO_ROW || after.rows.isDirectory(row) || after.excepted.get(row)) {
        continue;
      }
      Inventory.Row old = before.rows.row(after.other[row]);
      Inventory.Row own = after.rows.row(row);
      Verification.Kind kind = kind(old, own);
      if (kind != null) {
        largest.add(new Verification.Change(after.path(row), kind, own.allocated(), 1));
      }
    }
    return largest.changes();
  }

  private Verification.@Nullable Kind kind(Inventory.Row old, Inventory.Row own) {
    if (own.kind() == FileKind.MOUNT && old.kind() == FileKind.MOUNT) {
      return null; // what is mounted there is not part of this location
    } else if (own.kind() != old.kind() || (samePlace && own.inode() != old.inode())) {
      return Verification.Kind.REPLACED;
    } else if (own.length() != old.length() || (samePlace && own.modified() != old.modified())) {
      return Verification.Kind.REWRITTEN;
    }
    return samePlace && own.changed() != old.changed() ? Verification.Kind.TOUCHED : null;
  }

  /** Keeps the largest changes, and counts all changes. */
  private static final class Largest {
    private static final int MOST = 20;
    private static final Comparator<Verification.Change> ORDER =
        Comparator.comparingLong(Verification.Change::bytes)
            .reversed()
            .thenComparing(Verification.Change::path);

    private final PriorityQueue<Verification.Change> kept = new PriorityQueue<>(ORDER.reversed());
    private long count;
    private long created;
    private long bytes;

    void add(Verification.Change change) {
      count++;
      created += change.kind() == Verification.Kind.CREATED ? 1 : 0;
      bytes = LongMath.saturatedAdd(bytes, change.bytes());
      kept.add(change);
      if (kept.size() > MOST) {
        kept.remove();
      }
    }

    Verification.Changes changes() {
      return new Verification.Changes(kept.stream().sorted(ORDER).toList(), count, created, bytes);
    }
  }
}
