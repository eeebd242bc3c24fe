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
public final class Finder {
  private final Snapshot snapshot;

  /** The rows on the way to what was asked for last: at depth 0 the root. */
  private int[] last = new int[16];

  private int depth = 1;

  /**
   * @param snapshot whose entries are to be found
   */
  public Finder(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** The entry at a path, which is absolute or relative to the root. */
  public Optional<Entry> entry(Path path) {
    Path relative = path.isAbsolute() ? snapshot.relativize(path) : path;
    if (relative == null) {
      return Optional.empty();
    }
    int row = 0;
    if (!relative.toString().isEmpty()) {
      int level = 1;
      for (Path name : relative) {
        boolean near = level < depth;
        row = child(row, Names.bytes(name), near ? last[level] : -1);
        if (row < 0) {
          depth = level;
          return Optional.empty();
        }
        if (level == last.length) {
          last = Arrays.copyOf(last, 2 * level);
        }
        if (!near || last[level] != row) {
          last[level] = row;
          depth = level + 1; // what lay below belongs to another directory
        }
        level++;
      }
    }
    return Optional.of(new Entry(snapshot, row));
  }

  /**
   * @param near a child of the same directory at which to begin; -1 for the first
   * @return -1 if there is none of that name
   */
  private int child(int directory, byte[] name, int near) {
    int end = snapshot.end[directory];
    int from = near >= 0 && snapshot.columns.compareName(near, name) <= 0 ? near : directory + 1;
    for (int row = from; row < end; row = snapshot.end[row]) {
      int order = snapshot.columns.compareName(row, name);
      if (order >= 0) {
        return order == 0 ? row : -1; // names are sorted by their bytes
      }
    }
    return -1;
  }
}
