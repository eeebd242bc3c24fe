package dev.lowtide.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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
 * A generated tree for benchmarks to read, and how benchmarks are timed. The kernel has the tree in
 * memory, because it was just written.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xshare:auto")
public abstract class TreeState {
  @Param({"WIDE", "SKEW", "MIXED"})
  GeneratedTree.Shape shape = GeneratedTree.Shape.WIDE;

  @Param({"10000", "100000", "1000000"})
  int files;

  @SuppressWarnings("NullAway.Init") // JMH calls create() first
  GeneratedTree tree;

  @Setup(Level.Trial)
  public void create() throws IOException {
    tree = GeneratedTree.of(shape, files);
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    tree.close();
  }
}
