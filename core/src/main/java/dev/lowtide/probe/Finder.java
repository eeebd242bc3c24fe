package dev.lowtide.probe;

import dev.lowtide.fs.Names;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds entries of a snapshot by their paths, one after another. The search for a name begins where
 * the previous one was found, so that paths in tree order need one pass over the names, however
 * many entries a directory has. Not thread-safe.
 */
final class Finder {
  private final Snapshot snapshot;

  /** The rows of the last found path, by depth: the root at depth 0. */
  private int[] last = new int[16];

  /** How many elements of {@link #last} are valid. */
  private int depth = 1;

  /**
   * @param snapshot the snapshot with the entries
   */
  Finder(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** The entry at a path, which is absolute or relative to the root. */
  Optional<Entry> entry(Path path) {
    int rootNames = 0; // the number of leading names that belong to the root
    if (path.isAbsolute()) {
      if (!path.startsWith(snapshot.rootPath())) {
        return Optional.empty();
      }
      rootNames = snapshot.rootPath().getNameCount();
    }
    byte[] names = Names.allBytes(path);
    int row = 0;
    int start = 0;
    for (int level = 1 - rootNames; start < names.length; level++) {
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

  /**
   * Finds the child of a directory by its name, and stores its row for the next search; returns -1
   * if there is none.
   */
  private int child(int directory, int level, byte[] names, int start, int end) {
    boolean hasHint = level < depth;
    int row = child(directory, names, start, end, hasHint ? last[level] : -1);
    if (row < 0) {
      return -1;
    }
    if (level == last.length) {
      last = Arrays.copyOf(last, 2 * level);
    }
    if (!hasHint || last[level] != row) {
      last[level] = row;
      depth = level + 1; // the remembered rows below belong to another directory
    }
    return row;
  }

  /**
   * @param hint the child of the same directory at which the search begins, unless its name is
   *     behind the wanted one; -1 for the first child
   * @return -1 if there is no child with this name
   */
  private int child(int directory, byte[] names, int start, int end, int hint) {
    Columns columns = snapshot.columns;
    int from =
        hint >= 0 && columns.compareName(hint, names, start, end) <= 0 ? hint : directory + 1;
    for (int row = from; row < snapshot.end[directory]; row = snapshot.end[row]) {
      int order = columns.compareName(row, names, start, end);
      if (order >= 0) {
        return order == 0 ? row : -1; // names are sorted by their bytes
      }
    }
    return -1;
  }
}
