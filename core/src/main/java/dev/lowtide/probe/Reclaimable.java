package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.ByteSize;
import dev.lowtide.FileKind;
import dev.lowtide.fs.ExtentReader;
import dev.lowtide.fs.Layers;
import dev.lowtide.fs.Stat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adds up the space that is freed when trees are removed one after another: an inode counts once,
 * with the tree that has the last of its names.
 *
 * <p>{@link #asking} also asks the file system which blocks files share or compress. That takes a
 * few system calls for each file on btrfs, XFS and bcachefs, and none elsewhere. Without it, such
 * files count as if they shared nothing. Not thread-safe.
 */
public final class Reclaimable {
  /**
   * The minimum size of a file that has blocks of its own. ext4 stores the content of a tiny file
   * in its inode, and reports sectors of 512 bytes for it that are never freed.
   */
  private static final long SMALLEST_BLOCK = 1024;

  private static final int WORTH_A = 10;

  private final boolean asks;
  private final boolean live;
  private final Map<Long, LinkTable> linkedByDevice = new HashMap<>();
  private final Map<Long, Optional<ExtentReader>> readers;
  private final Map<Long, Optional<SharedBlocks>> sharedByDevice = new HashMap<>();
  private final Map<Long, Boolean> layeredByDevice = new HashMap<>();
  private final Map<Long, Boolean> remoteByDevice = new HashMap<>();

  private Reclaimable(boolean asks, boolean live, Map<Long, Optional<ExtentReader>> readers) {
    this.asks = asks;
    this.live = live;
    this.readers = readers;
  }

  /** Counts by the snapshots alone; nothing is removed yet. */
  public Reclaimable() {
    this(false, false, new HashMap<>());
  }

  /** Asks the file system about each file; nothing is removed yet. */
  public static Reclaimable asking() {
    return new Reclaimable(true, false, new HashMap<>());
  }

  /**
   * Like {@link #asking}, for a run in which each tree is captured and removed before the next one
   * is captured: removed names are no longer part of the link counts in later trees.
   */
  public static Reclaimable whileRemoving() {
    return new Reclaimable(true, true, new HashMap<>());
  }

  /**
   * Returns the space that is freed by removing a tree, after all trees that were removed before.
   *
   * @param tree the tree, which is not inside another removed one
   */
  public BoundedSize remove(Entry tree) {
    Snapshot snapshot = tree.snapshot();
    Columns columns = snapshot.columns;
    if (live) {
      linkedByDevice.clear();
    }
    Optional<SharedBlocks> shared = sharedBlocks(tree);
    long least = 0;
    long most = 0;
    for (int row = tree.row; row < snapshot.end[tree.row]; row++) {
      FileKind kind = columns.kind(row);
      long bytes = columns.allocated(row);
      if (kind == FileKind.MOUNT || !isLastName(snapshot, row)) {
        continue;
      }
      if (kind == FileKind.REGULAR && bytes > 0 && shared.isPresent()) {
        shared.get().add(snapshot.path(row), columns.inode(row), bytes);
      } else {
        most = LongMath.saturatedAdd(most, bytes);
        least = bytes < SMALLEST_BLOCK ? least : LongMath.saturatedAdd(least, bytes);
      }
    }
    if (shared.isPresent()) {
      SharedBlocks.Bounds bounds = shared.get().end(tree);
      least = LongMath.saturatedAdd(least, bounds.least());
      most = LongMath.saturatedAdd(most, bounds.most());
    }
    BoundedSize free = BoundedSize.between(least, most);
    // The blocks that an overlay reports may be in a lower layer, or shared in the upper one
    if (!columns.exact() || isBelieved(tree) || isLayered(tree)) {
      free = free.with(Bound.ESTIMATE);
    }
    return tree.unreadable() > 0 ? free.with(Bound.AT_LEAST) : free;
  }

  /** Returns the space that would be freed by removing only this tree. */
  public BoundedSize alone(Entry tree) {
    return new Reclaimable(asks, live, readers).remove(tree);
  }

  /** Counts a removed name; returns whether it is the last name of its inode. */
  private boolean isLastName(Snapshot snapshot, int row) {
    Columns columns = snapshot.columns;
    FileKind kind = columns.kind(row);
    int links = columns.links(row);
    if (kind == FileKind.DIRECTORY || links == 1) {
      return true;
    }
    int seen =
        linked(snapshot)
            .add(columns.inode(row), kind, links, columns.length(row), columns.allocated(row), 1);
    return seen == Math.max(1, links);
  }

  /**
   * The table of a snapshot, created for its first file with several names; most caches have none.
   */
  private LinkTable linked(Snapshot snapshot) {
    return linkedByDevice.computeIfAbsent(snapshot.device, device -> new LinkTable());
  }

  private Optional<SharedBlocks> sharedBlocks(Entry tree) {
    return asks
        ? sharedByDevice.computeIfAbsent(
            tree.snapshot().device,
            device ->
                readers
                    .computeIfAbsent(device, key -> ExtentReader.at(staying(tree)))
                    .map(SharedBlocks::new))
        : Optional.empty();
  }

  /** Whether a part of the tree may be in a lower layer of an overlay, and so is not freed. */
  private boolean isLayered(Entry tree) {
    return asks
        && layeredByDevice.computeIfAbsent(
            tree.snapshot().device, device -> Layers.isLayered(staying(tree)));
  }

  /**
   * Whether another machine or program stores the files, so that the space they occupy cannot be
   * verified here.
   */
  private boolean isBelieved(Entry tree) {
    return asks
        && remoteByDevice.computeIfAbsent(
            tree.snapshot().device, device -> Layers.isElsewhere(staying(tree)));
  }

  /**
   * Whether removing files from a directory may free only a part of their size, because files there
   * may share blocks, occupy less than they report, or be in a lower layer.
   */
  public static boolean mayShare(Path directory) {
    return ExtentReader.at(directory).isPresent() || Layers.isLayered(directory);
  }

  /**
   * A directory on the same file system that still exists after the tree is removed. The parent of
   * a mount point or of a btrfs subvolume is on another file system.
   */
  private static Path staying(Entry tree) {
    Path root = tree.snapshot().rootPath();
    Path parent = root.getParent();
    return tree.row == 0 && parent != null && isOnDevice(parent, tree.snapshot().device)
        ? parent
        : root;
  }

  private static boolean isOnDevice(Path path, long device) {
    try {
      return Stat.of(path).device() == device;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Returns the space that is not freed by removing a tree, because its files also have names that
   * were not removed.
   */
  public BoundedSize pinned(Entry tree) {
    Snapshot snapshot = tree.snapshot();
    LinkTable linked = linkedByDevice.get(snapshot.device);
    if (linked == null) {
      return BoundedSize.ZERO;
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
    long bytes = pinned.usage(0).allocatedBytes();
    return new BoundedSize(bytes, columns.exact() ? Bound.EXACT : Bound.ESTIMATE);
  }

  /**
   * Returns the space that is not freed by removing a tree, because its files have other names or
   * other files use its blocks. Call it after everything was removed.
   */
  public BoundedSize shared(Entry tree) {
    return kept(tree)
        .map(
            kept ->
                BoundedSize.between(
                    LongMath.saturatedAdd(kept.byFiles(), kept.bySnapshots()),
                    LongMath.saturatedAdd(
                        LongMath.saturatedAdd(kept.byFiles(), kept.bySnapshots()), kept.unknown())))
        .orElse(BoundedSize.ZERO)
        .plus(pinned(tree));
  }

  private Optional<SharedBlocks.Kept> kept(Entry tree) {
    return sharedByDevice
        .getOrDefault(tree.snapshot().device, Optional.empty())
        .map(shared -> shared.kept(tree));
  }

  /**
   * Whether removing a tree frees less than a tenth of it, because its files also have names that
   * were not removed: for example a package whose files are linked into environments, except for a
   * few that were copied. Removing it would free almost nothing.
   */
  public boolean isMostlyPinned(Entry tree) {
    long pinned = pinned(tree).bytes();
    long all = tree.usage().allocatedBytes();
    return pinned > 0 && (all - pinned) * WORTH_A < all;
  }

  /**
   * Describes how much of a removed tree is not freed, and why, with one remark for each reason, as
   * the end of a sentence. Call it after everything was removed.
   */
  public List<String> remarks(Entry tree) {
    List<String> remarks = new ArrayList<>();
    BoundedSize pinned = pinned(tree);
    if (pinned.bytes() > 0) {
      remarks.add(pinned + " of it will not be freed: other hard links to those files remain");
    }
    if (isLayered(tree)) {
      remarks.add("files in a lower layer of the overlay free nothing");
    }
    kept(tree)
        .ifPresent(
            kept -> {
              if (kept.byFiles() > 0) {
                remarks.add(
                    new ByteSize(kept.byFiles())
                        + " of it will not be freed: files that remain share those blocks");
              }
              if (kept.bySnapshots() > 0) {
                remarks.add(
                    "a snapshot or another subvolume keeps "
                        + new ByteSize(kept.bySnapshots())
                        + " of it");
              }
            });
    return remarks;
  }
}
