package dev.lowtide.probe;

import com.google.common.math.LongMath;
import dev.lowtide.fs.ExtentReader;
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
 * Counts what comes free of files that may share blocks with others, on one file system: a block
 * comes free when the last file that uses it is removed.
 *
 * <p>Where the file system tells who uses a block, the count is exact. Where it tells only that a
 * block is shared, one that two of the removed files share may come free or not, and one that a
 * single removed file shares does not: the file that it is shared with stays. For one thread.
 */
final class SharedBlocks implements ExtentReader.Visitor {
  private final ExtentReader reader;
  private final Set<User> removed = new HashSet<>();
  private final Set<Long> freed = new HashSet<>();
  private final SharedRanges ranges = new SharedRanges();

  /** The extents of each tree that did not come free with it, by their addresses. */
  private final Map<Entry, Map<Long, Long>> keptByTree = new HashMap<>();

  private final Map<Long, Long> extents = new LinkedHashMap<>(); // of the tree being removed
  private long least;
  private long most;
  private long sharedOfFile;
  private long inexactOfFile;
  private boolean treeOfFile;

  /** Nothing is removed yet. */
  SharedBlocks(ExtentReader reader) {
    this.reader = reader;
  }

  /** Bytes that stay although the tree that holds them was removed. */
  record Kept(long byFiles, long bySnapshots) {}

  /** What comes free is not less than the one number, and not more than the other. */
  record Bounds(long least, long most) {}

  /** Adds a file that is removed, the last of its names. */
  void add(Path file, long inode, long allocated) {
    removed.add(new User(reader.subvolume(), inode));
    sharedOfFile = 0;
    inexactOfFile = 0;
    treeOfFile = false;
    try {
      reader.read(file, this);
    } catch (IOException e) {
      most = LongMath.saturatedAdd(most, allocated); // it is gone, or nobody may read it
      return;
    }
    if (!treeOfFile) {
      long own = Math.max(0, allocated - sharedOfFile);
      most += own;
      least += Math.max(0, own - inexactOfFile);
    }
  }

  @Override
  public void own(long bytes, boolean exact) {
    inexactOfFile += exact ? 0 : bytes;
  }

  @Override
  public void shared(long start, long length, boolean exact) {
    sharedOfFile += length;
    most += ranges.add(start, length);
  }

  @Override
  public void extent(long address, long bytes) {
    treeOfFile = true;
    extents.put(address, bytes);
  }

  /**
   * Ends a tree.
   *
   * @return what comes free with it, after those that ended before
   */
  Bounds end(Entry tree) {
    Map<Long, Long> kept = new LinkedHashMap<>();
    extents.forEach(
        (address, bytes) -> {
          if (freed.contains(address)) {
            return;
          }
          Optional<List<User>> users = reader.users(address);
          if (users.isEmpty()) {
            most += bytes;
            freed.add(address); // not to be counted again
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

  /** What stays of a tree because others use it, now that everything else has been added. */
  Kept kept(Entry tree) {
    long byFiles = 0;
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
    return new Kept(byFiles, bySnapshots);
  }
}
