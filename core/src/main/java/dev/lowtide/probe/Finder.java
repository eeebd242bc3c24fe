package dev.lowtide.probe;

import dev.lowtide.fs.Names;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds entries of a snapshot by their paths, one after another. A name is looked for from where
 * the one before was found, so that paths in tree order, as policies propose them, take one pass
 * over the names, however wide the directories are. For one thread.
 */
final class Finder {
  private final Snapshot snapshot;

  /** The rows on the way to what was asked for last: at depth 0 the root. */
  private int[] last = new int[16];

  private int depth = 1;

  /**
   * @param snapshot whose entries are to be found
   */
  Finder(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** The entry at a path, which is absolute or relative to the root. */
  Optional<Entry> entry(Path path) {
    int above = 0; // the names that lead to the root
    if (path.isAbsolute()) {
      if (!path.startsWith(snapshot.rootPath())) {
        return Optional.empty();
      }
      above = snapshot.rootPath().getNameCount();
    }
    byte[] names = Names.allBytes(path);
    int row = 0;
    int start = 0;
    for (int level = 1 - above; start < names.length; level++) {
      int end = start;
      while (end < names.length && names[end] != '/') {
        end++;
      }
      if (level > 0) {
        row = child(row, level, names, start, end);
        if (row < 0) {
          depth = level;
          return Optional.empty();
        }
      }
      start = end + 1;
    }
    return Optional.of(new Entry(snapshot, row));
  }

  /** The child of a directory that has a name, remembered; -1 if there is none. */
  private int child(int directory, int level, byte[] names, int start, int end) {
    boolean near = level < depth;
    int row = child(directory, names, start, end, near ? last[level] : -1);
    if (row < 0) {
      return -1;
    }
    if (level == last.length) {
      last = Arrays.copyOf(last, 2 * level);
    }
    if (!near || last[level] != row) {
      last[level] = row;
      depth = level + 1; // what lay below belongs to another directory
    }
    return row;
  }

  /**
   * @param near a child of the same directory at which to begin; -1 for the first
   * @return -1 if there is none of that name
   */
  private int child(int directory, byte[] names, int start, int end, int near) {
    Columns columns = snapshot.columns;
    int from =
        near >= 0 && columns.compareName(near, names, start, end) <= 0 ? near : directory + 1;
    for (int row = from; row < snapshot.end[directory]; row = snapshot.end[row]) {
      int order = columns.compareName(row, names, start, end);
      if (order >= 0) {
        return order == 0 ? row : -1; // names are sorted by their bytes
      }
    }
    return -1;
  }
}
