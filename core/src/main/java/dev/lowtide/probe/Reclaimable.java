package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.ByteSize;
import dev.lowtide.FileKind;
import dev.lowtide.fs.ExtentReader;
import dev.lowtide.fs.FileStoreTypes;
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
 * <p>{@link #queryingFileSystem} also asks the file system which blocks files share, and which are
 * compressed. That takes a few system calls for each file on btrfs, XFS and bcachefs, and none
 * elsewhere. Without it, such files count as if they shared nothing. Not thread-safe.
 */
public final class Reclaimable {
  /**
   * The minimum number of bytes that count as certainly freed. ext4 stores the content of a tiny
   * file in its inode, and reports sectors of 512 bytes for it that are never freed.
   */
  private static final long MIN_BLOCK_BYTES = 1024;

  private static final int MOSTLY_PINNED_FACTOR = 10;

  private final boolean queriesFileSystem;
  private final boolean removesMeanwhile;
  private final Map<Long, LinkTable> linkedByDevice = new HashMap<>();
  private final Map<Long, Optional<SharedBlocks>> sharedByDevice = new HashMap<>();
  private final FileSystems fileSystems;

  /** What is known of the file systems, by their devices. */
  private static final class FileSystems {
    final Map<Long, Optional<ExtentReader>> readers = new HashMap<>();
    final Map<Long, Boolean> overlay = new HashMap<>();
    final Map<Long, Boolean> storedElsewhere = new HashMap<>();
  }

  private Reclaimable(
      boolean queriesFileSystem, boolean removesMeanwhile, FileSystems fileSystems) {
    this.queriesFileSystem = queriesFileSystem;
    this.removesMeanwhile = removesMeanwhile;
    this.fileSystems = fileSystems;
  }

  /** Uses only the snapshots. Trees are not removed while it counts. */
  public Reclaimable() {
    this(false, false, new FileSystems());
  }

  /** Asks the file system about each file. Trees are not removed while it counts. */
  public static Reclaimable queryingFileSystem() {
    return new Reclaimable(true, false, new FileSystems());
  }

  /**
   * Like {@link #queryingFileSystem}, for a run in which each tree is captured and removed before
   * the next one is captured: removed names are no longer part of the link counts in later trees.
   */
  public static Reclaimable whileRemoving() {
    return new Reclaimable(true, true, new FileSystems());
  }

  /**
   * Returns the space that is freed by removing a tree, after all trees that were removed before.
   *
   * @param tree the tree, which is not inside another removed one
   */
  public BoundedSize remove(Entry tree) {
    Snapshot snapshot = tree.snapshot();
    Columns columns = snapshot.columns;
    if (removesMeanwhile) {
      linkedByDevice.clear();
    }
    Optional<SharedBlocks> shared = sharedBlocks(tree);
    long lowerBound = 0;
    long upperBound = 0;
    for (int row = tree.row; row < snapshot.end[tree.row]; row++) {
      FileKind kind = columns.kind(row);
      long bytes = columns.allocated(row);
      if (kind == FileKind.MOUNT || !isLastName(snapshot, row)) {
        continue;
      }
      if (kind == FileKind.REGULAR && bytes > 0 && shared.isPresent()) {
        shared.get().add(snapshot.path(row), columns.inode(row), bytes);
      } else {
        upperBound = LongMath.saturatedAdd(upperBound, bytes);
        lowerBound =
            bytes < MIN_BLOCK_BYTES ? lowerBound : LongMath.saturatedAdd(lowerBound, bytes);
      }
    }
    if (shared.isPresent()) {
      SharedBlocks.Bounds bounds = shared.get().end(tree);
      lowerBound = LongMath.saturatedAdd(lowerBound, bounds.lowerBound());
      upperBound = LongMath.saturatedAdd(upperBound, bounds.upperBound());
    }
    BoundedSize free = BoundedSize.between(lowerBound, upperBound);
    // Blocks on an overlay may be in a lower layer, or shared in the upper one
    if (!columns.isExact() || isStoredElsewhere(tree) || isOnOverlay(tree)) {
      free = free.with(Bound.ESTIMATE);
    }
    return tree.unreadable() > 0 ? free.with(Bound.AT_LEAST) : free;
  }

  /**
   * Whether what a tree frees depends on which other trees are removed: one of its files has other
   * names, or its file system can share blocks among files.
   */
  public synchronized boolean dependsOnOthers(Entry tree) {
    return sharedBlocks(tree).isPresent()
        || tree.entries()
            .anyMatch(entry -> entry.kind() != FileKind.DIRECTORY && entry.links() > 1);
  }

  /** Returns the space that would be freed by removing only this tree. */
  public BoundedSize exclusive(Entry tree) {
    return new Reclaimable(queriesFileSystem, removesMeanwhile, fileSystems).remove(tree);
  }

  /** Counts the removal of a name; returns whether it is the last name of its inode. */
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
   * The link table of a device, created when the first file with several names is found; most
   * caches have none.
   */
  private LinkTable linked(Snapshot snapshot) {
    return linkedByDevice.computeIfAbsent(snapshot.device, device -> new LinkTable());
  }

  private Optional<SharedBlocks> sharedBlocks(Entry tree) {
    return queriesFileSystem
        ? sharedByDevice.computeIfAbsent(
            tree.snapshot().device,
            device ->
                fileSystems
                    .readers
                    .computeIfAbsent(device, key -> ExtentReader.at(remainingDirectory(tree)))
                    .map(SharedBlocks::new))
        : Optional.empty();
  }

  /**
   * Whether a part of the tree may be in a lower layer of an overlay, where its space is not freed.
   */
  private boolean isOnOverlay(Entry tree) {
    return queriesFileSystem
        && fileSystems.overlay.computeIfAbsent(
            tree.snapshot().device, device -> FileStoreTypes.isOverlay(remainingDirectory(tree)));
  }

  /**
   * Whether another machine or program stores the files, so that the space which they occupy is
   * known only from its reports.
   */
  private boolean isStoredElsewhere(Entry tree) {
    return queriesFileSystem
        && fileSystems.storedElsewhere.computeIfAbsent(
            tree.snapshot().device,
            device -> FileStoreTypes.isStoredElsewhere(remainingDirectory(tree)));
  }

  /**
   * Whether removing files from a directory may free only a part of their size, because files there
   * may share blocks, occupy less than they report, or be in a lower layer.
   */
  public static boolean mayShare(Path directory) {
    return ExtentReader.at(directory).isPresent() || FileStoreTypes.isOverlay(directory);
  }

  /**
   * A directory on the same file system that still exists after the tree is removed. The parent of
   * a mount point or of a btrfs subvolume is on another file system.
   */
  private static Path remainingDirectory(Entry tree) {
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
    return new BoundedSize(bytes, columns.isExact() ? Bound.EXACT : Bound.ESTIMATE);
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
    return pinned > 0 && (all - pinned) * MOSTLY_PINNED_FACTOR < all;
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
    if (isOnOverlay(tree)) {
      remarks.add("removing files of a lower layer of the overlay frees nothing");
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
