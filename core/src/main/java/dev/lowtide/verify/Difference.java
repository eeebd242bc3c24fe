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
   * Whether inodes and times can be compared: false if one inventory is of a copy at another path.
   */
  private final boolean isSamePath;

  Difference(DiskBaseline.Location then, DiskBaseline.Location now) {
    this.then = then;
    this.now = now;
    before = new Side(then.inventory(), then.rules());
    after = new Side(now.inventory(), then.rules().at(now.rules().root()));
    isSamePath = then.rules().root().equals(now.rules().root());
    match();
    before.exceptParentsOfExcepted();
    after.exceptParentsOfExcepted();
    before.count();
    after.count();
  }

  /** The bytes that a location occupied when it was captured. */
  static long bytes(DiskBaseline.Location location) {
    Side side = new Side(location.inventory(), location.rules());
    side.count();
    return side.total;
  }

  /** One of the two inventories, with data about each row. */
  private static final class Side {
    final Inventory rows;
    final DiskLocation rules;

    /** For each row, the row of the same entry on the other side, or {@link #NO_ROW}. */
    final int[] counterpart;

    /** The rows that are excepted. */
    final BitSet excepted;

    /** The bytes of each row; those of a file with several names are counted under one name. */
    final long[] bytes;

    long total;

    Side(Inventory rows, DiskLocation rules) {
      this.rows = rows;
      this.rules = rules;
      counterpart = new int[rows.size()];
      Arrays.fill(counterpart, NO_ROW);
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
      Deque<Path> parentPaths = new ArrayDeque<>();
      Path root = rules.root().getFileSystem().getPath("");
      for (int row = 1; row < rows.size(); ) {
        while (!ends.isEmpty() && ends.getLast() <= row) {
          ends.removeLast();
          parentPaths.removeLast();
        }
        Path path =
            Names.resolve(parentPaths.isEmpty() ? root : parentPaths.getLast(), rows.name(row));
        if (globs.matches(path)) {
          excepted.set(row, rows.end(row));
          row = rows.end(row);
          continue;
        }
        ends.addLast(rows.end(row));
        parentPaths.addLast(path);
        row++;
      }
      return excepted;
    }

    /** Excepts each directory that was created or removed and contains something excepted. */
    void exceptParentsOfExcepted() {
      for (int row = rows.size() - 1; row > 0; row--) {
        int parent = rows.parent(row);
        if (excepted.get(row) && counterpart[parent] == NO_ROW) {
          excepted.set(parent);
        }
      }
    }

    /**
     * Counts the bytes of each row. The bytes of a file with several names are counted under a name
     * that is on both sides, if there is one, and not under one that was created or removed.
     */
    void count() {
      Set<Long> seen = new HashSet<>();
      for (int row = 0; row < rows.size(); row++) {
        if (counterpart[row] != NO_ROW) {
          count(row, seen);
        }
      }
      for (int row = 0; row < rows.size(); row++) {
        if (counterpart[row] == NO_ROW) {
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

    /** One change for a row and everything below it, without excepted rows. */
    Verification.Change treeChange(int row, Verification.Kind kind) {
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
    Deque<int[]> pending = new ArrayDeque<>();
    matchRows(0, 0, pending);
    while (!pending.isEmpty()) {
      int[] directories = pending.removeLast();
      matchChildren(directories[0], directories[1], pending);
    }
  }

  /** Matches the children of two directories; both lists are sorted by name. */
  private void matchChildren(int beforeDirectory, int afterDirectory, Deque<int[]> pending) {
    int beforeRow = beforeDirectory + 1;
    int afterRow = afterDirectory + 1;
    while (beforeRow < before.rows.end(beforeDirectory)
        && afterRow < after.rows.end(afterDirectory)) {
      int order = before.rows.compareNames(beforeRow, after.rows, afterRow);
      if (order == 0) {
        matchRows(beforeRow, afterRow, pending);
      }
      beforeRow = order <= 0 ? before.rows.end(beforeRow) : beforeRow;
      afterRow = order >= 0 ? after.rows.end(afterRow) : afterRow;
    }
  }

  /**
   * Matches two rows with the same name. A directory never matches a file: one was removed, the
   * other created.
   */
  private void matchRows(int beforeRow, int afterRow, Deque<int[]> pending) {
    if (before.rows.isDirectory(beforeRow) != after.rows.isDirectory(afterRow)) {
      return;
    }
    before.counterpart[beforeRow] = afterRow;
    after.counterpart[afterRow] = beforeRow;
    if (before.rows.isDirectory(beforeRow)) {
      pending.addLast(new int[] {beforeRow, afterRow});
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
        isSamePath && then.freeBytes().isPresent() && now.freeBytes().isPresent()
            ? OptionalLong.of(now.freeBytes().getAsLong() - then.freeBytes().getAsLong())
            : OptionalLong.empty());
  }

  private Verification.Changes grown() {
    Largest largest = new Largest();
    for (int row = 0; row < after.rows.size(); ) {
      int beforeRow = after.counterpart[row];
      if (after.excepted.get(row)) {
        row++;
      } else if (beforeRow == NO_ROW) {
        largest.add(after.treeChange(row, Verification.Kind.CREATED));
        row = after.rows.end(row);
      } else {
        long increase = after.bytes[row] - before.bytes[beforeRow];
        if (increase > 0) {
          largest.add(
              new Verification.Change(after.path(row), Verification.Kind.GREW, increase, 1));
        }
        row++;
      }
    }
    return largest.changes();
  }

  private Verification.Changes vanished() {
    Largest largest = new Largest();
    for (int row = 0; row < before.rows.size(); ) {
      if (before.excepted.get(row) || before.counterpart[row] != NO_ROW) {
        row++;
        continue;
      }
      int parentNow = row == 0 ? NO_ROW : before.counterpart[before.rows.parent(row)];
      // What is in a directory that cannot be read now may still exist
      if (parentNow == NO_ROW || !after.rows.row(parentNow).unread()) {
        largest.add(before.treeChange(row, Verification.Kind.VANISHED));
      }
      row = before.rows.end(row);
    }
    return largest.changes();
  }

  private Verification.Changes replaced() {
    Largest largest = new Largest();
    for (int row = 0; row < after.rows.size(); row++) {
      if (after.counterpart[row] == NO_ROW
          || after.rows.isDirectory(row)
          || after.excepted.get(row)) {
        continue;
      }
      Inventory.Row former = before.rows.row(after.counterpart[row]);
      Inventory.Row present = after.rows.row(row);
      Verification.Kind kind = kind(former, present);
      if (kind != null) {
        largest.add(new Verification.Change(after.path(row), kind, present.allocated(), 1));
      }
    }
    return largest.changes();
  }

  private Verification.@Nullable Kind kind(Inventory.Row former, Inventory.Row present) {
    if (present.kind() == FileKind.MOUNT && former.kind() == FileKind.MOUNT) {
      return null; // what is mounted there is not part of this location
    } else if (present.kind() != former.kind()
        || (isSamePath && present.inode() != former.inode())) {
      return Verification.Kind.REPLACED;
    } else if (present.length() != former.length()
        || (isSamePath && present.modified() != former.modified())) {
      return Verification.Kind.REWRITTEN;
    }
    return isSamePath && present.changed() != former.changed() ? Verification.Kind.TOUCHED : null;
  }

  /** Stores the largest changes, and counts all changes. */
  private static final class Largest {
    private static final int MAX_STORED = 20;
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
      if (kept.size() > MAX_STORED) {
        kept.remove();
      }
    }

    Verification.Changes changes() {
      return new Verification.Changes(kept.stream().sorted(ORDER).toList(), count, created, bytes);
    }
  }
}
