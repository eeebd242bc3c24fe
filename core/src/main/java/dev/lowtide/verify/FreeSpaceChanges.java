package dev.lowtide.verify;

import com.google.common.math.LongMath;
import dev.lowtide.fs.Settling;
import dev.lowtide.verify.DiskBaseline.OnFileSystem;
import dev.lowtide.verify.Verification.FreeSpaceChange;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Compares how much space is free and used on the file systems of two captures. */
final class FreeSpaceChanges {
  private FreeSpaceChanges() {}

  /**
   * The changes of the file systems of all locations that were captured by this process at the same
   * paths.
   */
  static List<FreeSpaceChange> between(DiskBaseline before, DiskBaseline after) {
    Map<FileStore, Use> then = uses(before);
    Map<FileStore, Use> now = uses(after);
    List<FreeSpaceChange> changes = new ArrayList<>();
    then.forEach(
        (fileSystem, use) ->
            Optional.ofNullable(now.get(fileSystem))
                .filter(later -> later.used.keySet().equals(use.used.keySet()))
                .map(later -> change(fileSystem, use, later, then, now))
                .filter(change -> isKnown(change, before) && isKnown(change, after))
                .ifPresent(changes::add));
    return changes;
  }

  /**
   * The change of one file system. The same space can be shown under several names, for example by
   * an overlay, a bind mount or a subvolume; these report the same total. So if the locations on
   * the file system itself do not explain its change, those on its namesakes may.
   */
  private static FreeSpaceChange change(
      FileStore fileSystem,
      Use before,
      Use after,
      Map<FileStore, Use> allBefore,
      Map<FileStore, Use> allAfter) {
    FreeSpaceChange change =
        new FreeSpaceChange(fileSystem, after.free - before.free, after.sum() - before.sum());
    if (change.isExplained()) {
      return change;
    }
    long total = total(fileSystem);
    long grown = sum(allAfter, total) - sum(allBefore, total);
    FreeSpaceChange shared = new FreeSpaceChange(fileSystem, change.freedBytes(), grown);
    if (shared.isExplained()) {
      return shared;
    }
    // The space of removed files may become free later
    Settling.settle(before.used.keySet().iterator().next());
    OptionalLong settled = free(fileSystem);
    return settled.isPresent()
        ? new FreeSpaceChange(fileSystem, settled.getAsLong() - before.free, change.grownBytes())
        : change;
  }

  /**
   * Whether a change is more than an error of an estimate: a sparse file counts with its whole
   * length, so the locations may seem to grow by more than the free space shrinks.
   */
  private static boolean isKnown(FreeSpaceChange change, DiskBaseline baseline) {
    return change.unexplainedBytes() >= 0
        || change.grownBytes() <= 0
        || baseline.locations().stream().allMatch(DiskBaseline.Location::exact);
  }

  /** The free bytes, including those reserved for root; empty if they are not reported. */
  static OptionalLong free(FileStore fileSystem) {
    try {
      return OptionalLong.of(fileSystem.getUnallocatedSpace());
    } catch (IOException | UnsupportedOperationException e) {
      return OptionalLong.empty();
    }
  }

  private static long total(FileStore fileSystem) {
    try {
      return fileSystem.getTotalSpace();
    } catch (IOException | UnsupportedOperationException e) {
      return -1;
    }
  }

  private static long sum(Map<FileStore, Use> uses, long total) {
    return uses.entrySet().stream()
        .filter(use -> total(use.getKey()) == total)
        .mapToLong(use -> use.getValue().sum())
        .reduce(0, LongMath::saturatedAdd);
  }

  /**
   * What is known about one file system at one time.
   *
   * @param free its free bytes
   * @param used the bytes of each location that is in no other one
   */
  private record Use(long free, Map<Path, Long> used) {
    long sum() {
      return used.values().stream().reduce(0L, LongMath::saturatedAdd);
    }
  }

  private static Map<FileStore, Use> uses(DiskBaseline baseline) {
    Map<FileStore, Use> uses = new LinkedHashMap<>();
    for (DiskBaseline.Location location : baseline.locations()) {
      if (location.onFileSystem().isEmpty() || location.freeBytes().isEmpty()) {
        continue;
      }
      OnFileSystem own = location.onFileSystem().get();
      Use use =
          uses.computeIfAbsent(
              own.fileSystem(),
              each -> new Use(location.freeBytes().getAsLong(), new LinkedHashMap<>()));
      if (!isInAnother(location, own.fileSystem(), baseline)) {
        use.used.put(location.rules().root(), own.usedBytes());
      }
    }
    return uses;
  }

  private static boolean isInAnother(
      DiskBaseline.Location location, FileStore fileSystem, DiskBaseline baseline) {
    Path root = location.rules().root();
    return baseline.locations().stream()
        .filter(other -> root.startsWith(other.rules().root()))
        .filter(other -> !root.equals(other.rules().root()))
        .flatMap(other -> other.onFileSystem().stream())
        .anyMatch(other -> other.fileSystem().equals(fileSystem));
  }
}
