package dev.lowtide.probe;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import com.google.common.math.LongMath;
import dev.lowtide.fs.ExtentReader;
import dev.lowtide.fs.ExtentReader.Use;
import dev.lowtide.fs.ExtentReader.User;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts the space freed by removing files that may share blocks with other files, on one file
 * system: a block is freed when the last file that uses it is removed.
 *
 * <p>If the file system reports which files use a block, as btrfs and XFS do for root, the count is
 * exact. If it reports only that a block is shared, a block in two of the removed files may be
 * freed or not, and a block in only one of them is not freed, since the other file is kept. Not
 * thread-safe.
 */
final class SharedBlocks implements ExtentReader.Visitor {
  private final ExtentReader reader;
  private final Set<User> removed = new HashSet<>();
  private final Set<Long> freed = new HashSet<>();
  private final SharedRanges ranges = new SharedRanges();
  private final RangeSet<Long> freedRanges = TreeRangeSet.create();

  /** The ranges that were not freed with each tree. */
  private final Map<Entry, RangeSet<Long>> keptRanges = new HashMap<>();

  private final Map<Entry, Long> unknownByTree = new HashMap<>();
  private final RangeSet<Long> sharedRangesOfTree = TreeRangeSet.create();

  /** The bytes of the tree that a second removed file uses. */
  private long repeatedBytesOfTree;

  /** The extents that were not freed with each tree: their bytes, by address. */
  private final Map<Entry, Map<Long, Long>> keptByTree = new HashMap<>();

  private final Map<Long, Long> extents = new LinkedHashMap<>(); // of the present tree
  private long lowerBound;
  private long upperBound;
  private long sharedBytesOfFile;
  private long inexactBytesOfFile;
  private boolean fileHasExtents;

  /** Creates a counter with no removed files. */
  SharedBlocks(ExtentReader reader) {
    this.reader = reader;
  }

  /**
   * The bytes that are not freed although their tree was removed.
   *
   * @param unknown bytes that are shared with unknown files: some of them may be freed
   */
  record Kept(long byFiles, long bySnapshots, long unknown) {}

  /** The lower and the upper bound of the freed space. */
  record Bounds(long lowerBound, long upperBound) {}

  /** Adds a file whose last name is removed. */
  void add(Path file, long inode, long allocated) {
    removed.add(new User(reader.subvolume(), inode));
    sharedBytesOfFile = 0;
    inexactBytesOfFile = 0;
    fileHasExtents = false;
    try {
      reader.read(file, this);
    } catch (IOException e) {
      // It no longer exists, or this user may not read it
      upperBound = LongMath.saturatedAdd(upperBound, allocated);
      return;
    }
    if (!fileHasExtents) {
      long exclusiveBytes = Math.max(0, allocated - sharedBytesOfFile);
      upperBound = LongMath.saturatedAdd(upperBound, exclusiveBytes);
      lowerBound =
          LongMath.saturatedAdd(lowerBound, Math.max(0, exclusiveBytes - inexactBytesOfFile));
    }
  }

  @Override
  public void exclusive(long bytes, boolean exact) {
    inexactBytesOfFile += exact ? 0 : bytes;
  }

  @Override
  public void shared(long start, long length, boolean exact) {
    sharedBytesOfFile += length;
    repeatedBytesOfTree += ranges.add(start, length);
    sharedRangesOfTree.add(Range.closedOpen(start, start + length));
  }

  @Override
  public void extent(long address, long bytes) {
    fileHasExtents = true;
    extents.put(address, bytes);
  }

  /**
   * Finishes a tree after its files were added.
   *
   * @return the space that is freed by its removal, after the removal of all earlier trees
   */
  Bounds end(Entry tree) {
    endRanges(tree);
    Map<Long, Long> kept = new LinkedHashMap<>();
    extents.forEach(
        (address, bytes) -> {
          if (freed.contains(address)) {
            return;
          }
          Optional<List<User>> users = reader.users(address);
          if (users.isEmpty()) {
            upperBound += bytes;
            freed.add(address); // it must not be counted again
          } else if (removed.containsAll(users.get())) {
            lowerBound += bytes;
            upperBound += bytes;
            freed.add(address);
          } else {
            kept.put(address, bytes);
          }
        });
    if (!kept.isEmpty()) {
      keptByTree.put(tree, kept);
    }
    Bounds bounds = new Bounds(lowerBound, upperBound);
    extents.clear();
    lowerBound = 0;
    upperBound = 0;
    return bounds;
  }

  /** Determines which shared ranges of a tree are freed, by asking which files use them. */
  private void endRanges(Entry tree) {
    List<Use> uses = new ArrayList<>();
    boolean isReported = true;
    for (Range<Long> range : sharedRangesOfTree.asRanges()) {
      long start = range.lowerEndpoint();
      Optional<List<Use>> users = reader.users(start, range.upperEndpoint() - start);
      isReported &= users.isPresent();
      users.ifPresent(uses::addAll);
    }
    RangeSet<Long> kept = TreeRangeSet.create();
    unknownByTree.put(tree, isReported ? 0 : length(sharedRangesOfTree));
    if (isReported) {
      RangeSet<Long> free = TreeRangeSet.create(sharedRangesOfTree);
      for (Use use : uses) {
        if (!removed.contains(use.user())) {
          free.remove(Range.closedOpen(use.start(), use.end()));
        }
      }
      kept.addAll(sharedRangesOfTree);
      kept.removeAll(free);
      free.removeAll(freedRanges);
      freedRanges.addAll(free);
      lowerBound += length(free);
      upperBound += length(free);
    } else {
      upperBound += repeatedBytesOfTree;
    }
    keptRanges.put(tree, kept);
    sharedRangesOfTree.clear();
    repeatedBytesOfTree = 0;
  }

  private static long length(RangeSet<Long> ranges) {
    return ranges.asRanges().stream()
        .mapToLong(range -> range.upperEndpoint() - range.lowerEndpoint())
        .sum();
  }

  /**
   * The bytes of a tree that are not freed because other files use them. Call it after all files
   * were added.
   */
  Kept kept(Entry tree) {
    RangeSet<Long> keptOfTree =
        TreeRangeSet.create(keptRanges.getOrDefault(tree, ImmutableRangeSet.of()));
    keptOfTree.removeAll(freedRanges);
    long byFiles = length(keptOfTree);
    long bySnapshots = 0;
    for (Map.Entry<Long, Long> each : keptByTree.getOrDefault(tree, Map.of()).entrySet()) {
      if (!freed.contains(each.getKey())) {
        List<User> others = new ArrayList<>(reader.users(each.getKey()).orElse(List.of()));
        others.removeAll(removed);
        boolean file = others.stream().anyMatch(user -> user.subvolume() == reader.subvolume());
        byFiles += file ? each.getValue() : 0;
        bySnapshots += file ? 0 : each.getValue();
      }
    }
    return new Kept(byFiles, bySnapshots, unknownByTree.getOrDefault(tree, 0L));
  }
}
