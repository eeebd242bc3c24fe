package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.Problem;
import dev.lowtide.fs.AccessTimes;
import dev.lowtide.fs.Names;
import dev.lowtide.fs.Stat;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All entries of a tree as they were at one time: what policies decide by.
 *
 * <p>Entries are in tree order: a directory comes directly before everything below it, and the
 * names of one directory are sorted by their bytes, so the same tree always gives the same order.
 * Immutable and safe for use by many threads; only {@link Entry#text}, {@link Entry#bytes}, {@link
 * Entry#hasSameContentAs} and {@link #recordsAccess} look at the disk again.
 */
public final class Snapshot {
  private final Path root;
  final long device;
  final Columns columns;
  final int[] parent;
  final int[] end;
  private final List<Problem> problems;
  private final long unreadable;
  private final BitSet unlisted;

  /** Enough that among some thousands of unreadable paths few others share a place. */
  private static final int UNLISTED_BITS = 1 << 24;

  Snapshot(
      Path root,
      long device,
      Columns columns,
      int[] parent,
      int[] end,
      List<Problem> problems,
      long unreadable,
      BitSet unlisted) {
    this.root = root;
    this.device = device;
    this.columns = columns;
    this.parent = parent;
    this.end = end;
    this.problems = List.copyOf(problems);
    this.unreadable = unreadable;
    this.unlisted = unlisted;
  }

  /**
   * What is known of a place into which only its tool looks: its name. It holds nothing and takes
   * nothing, whatever is there.
   */
  public static Snapshot unread(Path root) {
    Columns columns = new Columns();
    columns.append(-1, 0, Names.bytes(root), new Stat());
    return new Snapshot(
        root, 0, columns, new int[] {-1}, new int[] {1}, List.of(), 0, new BitSet());
  }

  /** The tree's root. */
  public Entry root() {
    return new Entry(this, 0);
  }

  /** The path that was captured. */
  public Path rootPath() {
    return root;
  }

  /** How many entries there are, the root included. */
  public int size() {
    return columns.size();
  }

  /** All entries, the root first. */
  public Stream<Entry> entries() {
    return root().entries();
  }

  /** The entry at a path, which is absolute or relative to the root. */
  public Optional<Entry> entry(Path path) {
    return new Finder(this).entry(path);
  }

  /**
   * Finds entries as {@link #entry} does, many of them in one pass over the names if the paths come
   * in tree order. For one thread.
   */
  public Function<Path, Optional<Entry>> finder() {
    return new Finder(this)::entry;
  }

  /**
   * How many bytes come free when all of these trees go: an inode counts once, and only if all its
   * names go.
   *
   * @param removed entries of one or several snapshots, none inside another
   */
  public static long reclaimable(Collection<Entry> removed) {
    Reclaimable reclaimable = new Reclaimable();
    return removed.stream()
        .mapToLong(tree -> reclaimable.remove(tree).bytes())
        .reduce(0, LongMath::saturatedAdd);
  }

  /**
   * Whether reading a file may be recorded in {@link Entry#lastAccess}: false where it certainly is
   * not, because the root's file system is mounted so. True is no promise, since a file system of
   * another machine may not record it either; only times that have moved prove that they do.
   */
  public boolean recordsAccess() {
    return AccessTimes.mayBeRecorded(root);
  }

  void addTo(UsageSum sum, int row) {
    sum.add(
        columns.kind(row),
        columns.length(row),
        columns.allocated(row),
        columns.exact(),
        columns.links(row),
        columns.inode(row));
  }

  /** What the whole tree takes. */
  public DiskUsage usage() {
    return root().usage();
  }

  /** What could not be read: the first thousand. */
  public List<Problem> problems() {
    return problems;
  }

  /** How many things could not be read, in a subtree. */
  long unreadable(Entry subtree) {
    if (subtree.row == 0 || unreadable == 0) {
      return unreadable;
    }
    Path path = subtree.path();
    long known = problems.stream().filter(problem -> problem.path().startsWith(path)).count();
    return known == 0 && unreadable > problems.size() && mayHoldUnlisted(subtree) ? 1 : known;
  }

  /** Whether something in a subtree may be unreadable that is beyond the problems in the list. */
  private boolean mayHoldUnlisted(Entry subtree) {
    return subtree.entries().anyMatch(entry -> unlisted.get(bit(entry.path())));
  }

  /** Where a path stands in the set of those that could not be read; several share a place. */
  static int bit(Path path) {
    return path.hashCode() & (UNLISTED_BITS - 1);
  }

  Path path(int row) {
    if (row == 0) {
      return root;
    }
    int length = -1;
    for (int each = row; each > 0; each = parent[each]) {
      length += 1 + columns.nameLength(each);
    }
    byte[] names = new byte[length];
    int start = length;
    for (int each = row; each > 0; each = parent[each]) {
      start -= columns.nameLength(each);
      columns.copyName(each, names, start);
      if (start > 0) {
        start--;
        names[start] = '/';
      }
    }
    return Names.resolveAll(root, names);
  }

  Stream<Entry> rows(int from, int to) {
    return IntStream.range(from, to).mapToObj(row -> new Entry(this, row));
  }
}
