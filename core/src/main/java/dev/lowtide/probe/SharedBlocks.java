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

  /** The ranges of each tree that were not freed with it. */
  private final Map<Entry, RangeSet<Long>> keptRanges = new HashMap<>();

  private final Map<Entry, Long> unknownByTree = new HashMap<>();

  private final RangeSet<Long> sharedOfTree = TreeRangeSet.create();
  private long againOfTree;

  /** The extents of each tree that were not freed with it, by their addresses. */
  private final Map<Entry, Map<Long, Long>> keptByTree = new HashMap<>();

  private final Map<Long, Long> extents = new LinkedHashMap<>(); // of the tree being removed
  private long least;
  private long most;
  private long sharedOfFile;
  private long inexactOfFile;
  private boolean treeOfFile;

  /** A counter without removed files. */
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
  record Bounds(long least, long most) {}

  /** Adds a file whose last name is removed. */
  void add(Path file, long inode, long allocated) {
    removed.add(new User(reader.subvolume(), inode));
    sharedOfFile = 0;
    inexactOfFile = 0;
    treeOfFile = false;
    try {
      reader.read(file, this);
    } catch (IOException e) {
      most =
          LongMath.saturatedAdd(
              most, allocated); // it no longer exists, or this user may not read it
      return;
    }
    if (!treeOfFile) {
      long own = Math.max(0, allocated - sharedOfFile);
      most = LongMath.saturatedAdd(most, own);
      least = LongMath.saturatedAdd(least, Math.max(0, own - inexactOfFile));
    }
  }

  @Override
  public void own(long bytes, boolean exact) {
    inexactOfFile += exact ? 0 : bytes;
  }

  @Override
  public void shared(long start, long length, boolean exact) {
    sharedOfFile += length;
    againOfTree += ranges.add(start, length);
    sharedOfTree.add(Range.closedOpen(start, start + length));
  }

  @Override
  public void extent(long address, long bytes) {
    treeOfFile = true;
    extents.put(address, bytes);
  }

  /**
   * Ends a tree.
   *
   * @return the space that is freed with it, after all trees that ended before
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
            most += bytes;
            freed.add(address); // it must not be counted again
          } else if (removed.containsAll(users.get())) {
            least += bytes;
            most += bytes;
            freed.add(address);
          } else {
            kept.put(address, bytes);
          }
        });
    if (!kept.isEmpty()) {
      keptByTree.put(tree, kept);
    }
    Bounds bounds = new Bounds(least, most);
    extents.clear();
    least = 0;
    most = 0;
    return bounds;
  }

  /** Asks which files use the shared ranges of a tree. */
  private void endRanges(Entry tree) {
    List<Use> uses = new ArrayList<>();
    boolean told = true;
    for (Range<Long> range : sharedOfTree.asRanges()) {
      long start = range.lowerEndpoint();
      Optional<List<Use>> users = reader.users(start, range.upperEndpoint() - start);
      told &= users.isPresent();
      users.ifPresent(uses::addAll);
    }
    RangeSet<Long> kept = TreeRangeSet.create();
    unknownByTree.put(tree, told ? 0 : length(sharedOfTree));
    if (told) {
      RangeSet<Long> free = TreeRangeSet.create(sharedOfTree);
      for (Use use : uses) {
        if (!removed.contains(use.user())) {
          free.remove(Range.closedOpen(use.start(), use.end()));
        }
      }
      kept.addAll(sharedOfTree);
      kept.removeAll(free);
      free.removeAll(freedRanges);
      freedRanges.addAll(free);
      least += length(free);
      most += length(free);
    } else {
      most += againOfTree;
    }
    keptRanges.put(tree, kept);
    sharedOfTree.clear();
    againOfTree = 0;
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
