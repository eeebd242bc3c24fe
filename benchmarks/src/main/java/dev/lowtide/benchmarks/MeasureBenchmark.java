package dev.lowtide.benchmarks;

import com.google.common.io.MoreFiles;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.apache.commons.io.FileUtils;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * How long it takes to measure a tree that the kernel has in memory, beside what others offer for
 * it.
 */
public class MeasureBenchmark extends TreeState {
  private final SizeProbe best = SizeProbe.best();
  private final SizeProbe portable = SizeProbe.portable();

  /** Native where the JDK is 22 or newer and native access is enabled. */
  @Benchmark
  public DiskUsage best() throws IOException {
    return best.measure(tree.root());
  }

  @Benchmark
  public DiskUsage portable() throws IOException {
    return portable.measure(tree.root());
  }

  @Benchmark
  public Snapshot captureBest() throws IOException {
    return best.capture(tree.root());
  }

  @Benchmark
  public Snapshot capturePortable() throws IOException {
    return portable.capture(tree.root());
  }

  @Benchmark
  public long walkFileTree() throws IOException {
    return Worker.walkFileTree(tree.root());
  }

  @Benchmark
  public long commonsIo() {
    return FileUtils.sizeOfDirectory(tree.root().toFile());
  }

  @Benchmark
  public long guava() throws IOException {
    long sum = 0;
    for (Path path : MoreFiles.fileTraverser().depthFirstPreOrder(tree.root())) {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      sum += attributes.isRegularFile() ? attributes.size() : 0;
    }
    return sum;
  }
}
