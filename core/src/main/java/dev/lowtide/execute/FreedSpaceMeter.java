package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Measures the space that a removal has freed, and derives the outcome of an item from it. */
final class FreedSpaceMeter {
  private final SizeProbe probe;

  FreedSpaceMeter(SizeProbe probe) {
    this.probe = probe;
  }

  /**
   * The upper bound of the space that the partial removal of a tree has freed.
   *
   * @param size the size of the whole tree
   * @param path where the remaining part is
   */
  BoundedSize ofPartialRemoval(BoundedSize size, Path path) throws IOException {
    long remainingBytes = exclusiveBytes(path);
    if (remainingBytes == 0) {
      return size;
    }
    long freed =
        Reclaimable.mayShare(path) ? size.bytes() : Math.max(0, size.bytes() - remainingBytes);
    return new BoundedSize(freed, size.bound().and(Bound.AT_MOST));
  }

  /**
   * The space that is freed if a directory shrinks by a number of bytes; it is an upper bound if
   * other files may share the blocks.
   */
  static BoundedSize ofShrinking(Path directory, long bytes, DiskUsage usage) {
    if (!usage.allocatedExact()) {
      return new BoundedSize(bytes, Bound.ESTIMATE);
    }
    return new BoundedSize(bytes, Reclaimable.mayShare(directory) ? Bound.AT_MOST : Bound.EXACT);
  }

  long exclusiveBytes(Path path) throws IOException {
    try {
      return probe.measure(path).exclusiveBytes();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** The outcome of an item: failed if its deletion left something. */
  Outcome outcome(
      PlanItem item, BoundedSize size, String reason, Deleter.Deletion deletion, Path path)
      throws IOException {
    if (deletion.failures() == 0) {
      return Removed.forGood(item, size, reason);
    }
    return new Failed(
        item,
        ofPartialRemoval(size, path),
        deletion.failures()
            + " of its entries could not be removed"
            + (path.equals(item.path()) ? "" : "; they are in " + Printable.of(path)),
        deletion.problems());
  }
}
