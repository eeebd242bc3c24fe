package dev.lowtide.benchmarks;

import com.google.common.io.MoreFiles;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long it takes to measure a tree that the kernel has in memory, beside what others offer for
 * it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xshare:auto")
public class MeasureBenchmark {
  @Param({"WIDE", "SKEW", "MIXED"})
  GeneratedTree.Shape shape = GeneratedTree.Shape.WIDE;

  @Param({"10000", "100000", "1000000"})
  int files;

  @SuppressWarnings("NullAway.Init") // JMH calls create() first
  private GeneratedTree tree;

  private final SizeProbe best = SizeProbe.best();
  private final SizeProbe portable = SizeProbe.portable();

  @Setup(Level.Trial)
  public void create() throws IOException {
    tree = GeneratedTree.of(shape, files);
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    tree.close();
  }

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

  /** One thread, every hard link counted again. */
  @Benchmark
  public long walkFileTree() throws IOException {
    long[] sum = {0};
    Files.walkFileTree(
        tree.root(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
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
