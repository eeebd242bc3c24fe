package dev.lowtide.probe;

import dev.lowtide.Problem;
import dev.lowtide.fs.AccessTimes;
import dev.lowtide.fs.Names;
import dev.lowtide.fs.Stat;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All entries of a tree as they were at one time; policies base their proposals on it.
 *
 * <p>Entries are in tree order: a directory comes directly before everything below it, and the
 * names of one directory are sorted by their bytes, so the same tree always gives the same order.
 * Immutable and safe for use by many threads; only {@link Entry#text}, {@link Entry#bytes}, {@link
 * Entry#hasSameContentAs} and {@link #recordsAccess} access the disk again.
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
  private final Map<Class<?>, Object> derived = new HashMap<>();

  /**
   * The number of bits for unreadable paths, so large that a few thousand paths rarely share a bit.
   */
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
   * The snapshot of a store that only its own tool reads: it has only the root, whatever the store
   * contains.
   */
  public static Snapshot ofStore(Path root) {
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

  /**
   * The result of an analysis of this snapshot. It is made when it is first requested, and kept as
   * long as the snapshot.
   *
   * @param type the type of the result; there is one result of a type for each snapshot
   */
  public <T> T derived(Class<T> type, Function<Snapshot, T> analysis) {
    synchronized (derived) { // one lock for all, since an analysis may request another one
      Object known = derived.get(type);
      T result = known == null ? analysis.apply(this) : type.cast(known);
      derived.put(type, result);
      return result;
    }
  }

  /** The number of entries, including the root. */
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
   * The entries at these paths, without those that do not exist; found in one pass over the names,
   * however many paths there are.
   *
   * @param paths absolute or relative to the root
   */
  public Map<Path, Entry> entries(Stream<Path> paths) {
    Finder finder = new Finder(this);
    Map<Path, Entry> found = new HashMap<>();
    paths // in tree order, or nearly so
        .sorted()
        .forEach(path -> finder.entry(path).ifPresent(entry -> found.put(path, entry)));
    return found;
  }

  /**
   * Whether the file system may record reads, which {@link Entry#lastAccess} shows. False means
   * that it certainly does not, because of its mount options. True is no guarantee: a remote file
   * system may not record reads, and only an access time that has changed proves that they are
   * recorded.
   */
  public boolean recordsAccess() {
    return AccessTimes.recordsReads(root);
  }

  void addTo(UsageSum sum, int row) {
    sum.add(
        columns.kind(row),
        columns.length(row),
        columns.allocated(row),
        columns.isExact(),
        columns.links(row),
        columns.inode(row));
  }

  /** The disk usage of the whole tree. */
  public DiskUsage usage() {
    return root().usage();
  }

  /** The first thousand problems that occurred when the tree was read. */
  public List<Problem> problems() {
    return problems;
  }

  /** The number of entries in a subtree that could not be read. */
  long unreadable(Entry subtree) {
    if (subtree.row == 0 || unreadable == 0) {
      return unreadable;
    }
    Path path = subtree.path();
    long listed = problems.stream().filter(problem -> problem.path().startsWith(path)).count();
    return listed == 0 && unreadable > problems.size() && mayContainUnlisted(subtree) ? 1 : listed;
  }

  /** Whether a subtree may have an unreadable entry that is not in the list of problems. */
  private boolean mayContainUnlisted(Entry subtree) {
    return subtree.entries().anyMatch(entry -> unlisted.get(bit(entry.path())));
  }

  /** The bit of a path in the set of unreadable paths; several paths may share a bit. */
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
