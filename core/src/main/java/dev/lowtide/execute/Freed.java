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

/** Measures the freed space, and derives the outcome of an item from it. */
final class Freed {
  private final SizeProbe probe;

  Freed(SizeProbe probe) {
    this.probe = probe;
  }

  /**
   * The most that can have been freed of a tree that was removed in part.
   *
   * @param size the size of the whole tree
   * @param there the path of the rest
   */
  BoundedSize ofRest(BoundedSize size, Path there) throws IOException {
    long left = exclusiveBytes(there);
    if (left == 0) {
      return size;
    }
    long freed = Reclaimable.mayShare(there) ? size.bytes() : Math.max(0, size.bytes() - left);
    return new BoundedSize(freed, size.bound().and(Bound.AT_MOST));
  }

  /** The decrease in the size of a directory; it is freed unless other files share the blocks. */
  static BoundedSize size(Path place, long bytes, DiskUsage usage) {
    if (!usage.allocatedExact()) {
      return new BoundedSize(bytes, Bound.ESTIMATE);
    }
    return new BoundedSize(bytes, Reclaimable.mayShare(place) ? Bound.AT_MOST : Bound.EXACT);
  }

  long exclusiveBytes(Path path) throws IOException {
    try {
      return probe.measure(path).exclusiveBytes();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** The outcome of an item, depending on what its deletion left behind. */
  Outcome outcome(
      PlanItem item, BoundedSize size, String reason, Deleter.Deletion deletion, Path there)
      throws IOException {
    if (deletion.failures() == 0) {
      return Removed.forGood(item, size, reason);
    }
    return new Failed(
        item,
        ofRest(size, there),
        deletion.failures()
            + " of its entries could not be removed"
            + (there.equals(item.path()) ? "" : "; they are in " + Printable.of(there)),
        deletion.problems());
  }
}
