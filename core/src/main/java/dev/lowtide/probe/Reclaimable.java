package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.FileKind;
import java.util.HashMap;
import java.util.Map;

/**
 * What comes free when trees go one after another, in bytes: an inode counts once, with the tree
 * that has the last of its names. For one thread.
 */
public final class Reclaimable {
  private final Map<Long, LinkTable> linkedByDevice = new HashMap<>();

  /** Nothing has gone yet. */
  public Reclaimable() {}

  /**
   * Returns what comes free with a tree, after those that were removed before.
   *
   * @param tree not inside another one that was removed
   */
  public long remove(Entry tree) {
    Snapshot snapshot = tree.snapshot();
    Columns columns = snapshot.columns;
    long free = 0;
    for (int row = tree.row; row < snapshot.end[tree.row]; row++) {
      FileKind kind = columns.kind(row);
      int links = columns.links(row);
      if (kind == FileKind.DIRECTORY || (kind != FileKind.MOUNT && links == 1)) {
        free = LongMath.saturatedAdd(free, columns.allocated(row));
      } else if (kind != FileKind.MOUNT) {
        long size = columns.length(row);
        long bytes = columns.allocated(row);
        int seen = linked(snapshot).add(columns.inode(row), kind, links, size, bytes, 1);
        free = LongMath.saturatedAdd(free, seen == Math.max(1, links) ? bytes : 0);
      }
    }
    return free;
  }

  /** Made for the first file with several names; most caches have none. */
  private LinkTable linked(Snapshot snapshot) {
    return linkedByDevice.computeIfAbsent(snapshot.device, device -> new LinkTable());
  }

  /**
   * Returns what does not come free with a tree that was removed, because its files also have names
   * that were not.
   */
  public long pinned(Entry tree) {
    Snapshot snapshot = tree.snapshot();
    LinkTable linked = linkedByDevice.get(snapshot.device);
    if (linked == null) {
      return 0;
    }
    Columns columns = snapshot.columns;
    UsageSum pinned = new UsageSum();
    for (int row = tree.row; row < snapshot.end[tree.row]; row++) {
      int links = columns.links(row);
      if (links > 1
          && columns.kind(row) != FileKind.DIRECTORY
          && linked.seen(columns.inode(row)) < links) {
        snapshot.addTo(pinned, row);
      }
    }
    return pinned.usage(0).allocatedBytes();
  }
}
