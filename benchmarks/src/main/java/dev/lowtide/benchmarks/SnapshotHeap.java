package dev.lowtide.benchmarks;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.Locale;

/**
 * Prints how much heap a snapshot keeps for each entry; the promise is a hundred bytes at a million
 * entries.
 *
 * <p>{@code java -cp benchmarks/target/benchmarks.jar dev.lowtide.benchmarks.SnapshotHeap [FILES]}
 */
public final class SnapshotHeap {
  private SnapshotHeap() {}

  public static void main(String[] args) throws IOException {
    int files = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    try (GeneratedTree tree = GeneratedTree.of(GeneratedTree.Shape.WIDE, files)) {
      SizeProbe.best().capture(tree.root()); // loads classes
      long before = usedHeap();
      Snapshot snapshot = SizeProbe.best().capture(tree.root());
      long kept = usedHeap() - before;
      System.out.printf(
          Locale.ROOT,
          "%s probe: %d entries, %d bytes of heap, %.1f bytes each%n",
          SizeProbe.best().name(),
          snapshot.size(),
          kept,
          (double) kept / snapshot.size());
    }
  }

  private static long usedHeap() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < 3; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
