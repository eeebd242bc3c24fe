package dev.lowtide.probe;

import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Collects the entries that the threads of a walk visit, and sorts them into the order of a {@link
 * Snapshot}: each directory comes directly before everything below it, and the names of one
 * directory are sorted by their bytes.
 */
final class SnapshotBuilder implements TreeWalker.Receiver {
  /** The maximum number of stored problems; further ones are only counted. */
  static final int MAX_PROBLEMS = 1000;

  private final Path root;
  private final List<Columns> parts = new ArrayList<>();
  private final AtomicInteger directories = new AtomicInteger();
  private final List<Problem> problems = new ArrayList<>();
  private long unreadable;

  /**
   * The paths that could not be read and are not among the stored problems, and their parents, by
   * {@link Snapshot#bit}.
   */
  private final BitSet unlisted = new BitSet();

  private volatile long device;

  SnapshotBuilder(Path root) {
    this.root = root;
  }

  /** Collects what one thread visits. */
  private final class Collector implements TreeWalker.Visitor {
    private Columns part = new Columns();

    Collector() {
      add(part);
    }

    @Override
    public int visit(int parent, TreeWalker.Name name, Stat stat) {
      int directory = stat.kind() == FileKind.DIRECTORY ? directories.getAndIncrement() : -1;
      if (parent < 0) {
        device = stat.device();
      }
      if (part.isFull()) {
        part = part.next();
        add(part);
      }
      part.append(parent, directory, name.bytes(), stat);
      return directory;
    }
  }

  private synchronized void add(Columns part) {
    parts.add(part);
  }

  @Override
  public TreeWalker.Visitor newVisitor() {
    return new Collector();
  }

  @Override
  public boolean wantsTimes() {
    return true;
  }

  @Override
  public synchronized void problem(Path path, String operation, IOException cause) {
    unreadable++;
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(Problem.of(path, operation, cause));
    } else {
      unlisted.set(Snapshot.bit(path));
      Path parent = path.getParent();
      if (parent != null) {
        unlisted.set(Snapshot.bit(parent));
      }
    }
  }

  /** Builds the snapshot of what was visited; call it once, after the walk has ended. */
  synchronized Snapshot build() {
    Columns all = Columns.of(parts);
    parts.clear();
    int[] order = new int[all.size()];
    int[] parent = new int[all.size()];
    int[] end = new int[all.size()];
    sort(all, order, parent, end);
    all.reorder(order);
    return new Snapshot(root, device, all, parent, end, problems, unreadable, unlisted);
  }

  /**
   * Determines the order of the rows.
   *
   * @param order receives, for each index of the snapshot, the row that belongs there
   * @param parent receives, for each index, the index of the directory that contains the entry; -1
   *     for the root
   * @param end receives, for each index, the first index after everything below the entry
   */
  private void sort(Columns rows, int[] order, int[] parent, int[] end) {
    int rowCount = rows.size();
    int[] start = new int[directories.get() + 1];
    int rootRow = 0;
    for (int row = 0; row < rowCount; row++) {
      if (rows.parent(row) < 0) {
        rootRow = row;
      } else {
        start[rows.parent(row) + 1]++;
      }
    }
    for (int i = 1; i < start.length; i++) {
      start[i] += start[i - 1];
    }
    int[] fill = Arrays.copyOf(start, start.length);
    int[] children = new int[rowCount];
    for (int row = 0; row < rowCount; row++) {
      if (row != rootRow) {
        children[fill[rows.parent(row)]++] = row;
      }
    }
    NameSort names = rows.sortByName(children);
    IntStream all = IntStream.range(0, start.length - 1);
    (rows.isLarge() ? all.parallel() : all)
        .forEach(directory -> names.sort(start[directory], start[directory + 1]));

    // Depth first without recursion: `next[d]` is the next child of the directory at depth d
    int index = 0;
    order[index] = rootRow;
    parent[index++] = -1;
    int depth = 0;
    int[] open = new int[64];
    int[] next = new int[64];
    if (rows.directory(rootRow) >= 0) {
      next[0] = start[rows.directory(rootRow)];
      depth = 1;
    } else {
      end[0] = 1;
    }
    while (depth > 0) {
      int directoryIndex = open[depth - 1];
      int directory = rows.directory(order[directoryIndex]);
      if (next[depth - 1] == start[directory + 1]) {
        end[directoryIndex] = index;
        depth--;
        continue;
      }
      int row = children[next[depth - 1]++];
      order[index] = row;
      parent[index] = directoryIndex;
      if (rows.directory(row) >= 0) {
        if (depth == open.length) {
          open = Arrays.copyOf(open, 2 * depth);
          next = Arrays.copyOf(next, 2 * depth);
        }
        open[depth] = index;
        next[depth++] = start[rows.directory(row)];
      } else {
        end[index] = index + 1;
      }
      index++;
    }
  }
}
