package dev.lowtide.benchmarks;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
 * How long it takes all policies for Python to find that there is nothing to clean in a tree that
 * the kernel has in memory, beside the capture that they look at. {@link CachePlanning} is about a
 * cache of which much goes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xshare:auto")
public class PlanBenchmark {
  @Param({"WIDE", "SKEW", "MIXED"})
  GeneratedTree.Shape shape = GeneratedTree.Shape.WIDE;

  @Param({"10000", "100000", "1000000"})
  int files;

  @SuppressWarnings("NullAway.Init") // JMH calls create() first
  private GeneratedTree tree;

  private final Lowtide lowtide =
      Lowtide.builder()
          .providers(List.of(new PythonPolicies()))
          .listener(CleanupListener.NONE)
          .build();

  @Setup(Level.Trial)
  public void create() throws IOException {
    tree = GeneratedTree.of(shape, files);
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    tree.close();
  }

  @Benchmark
  public CleanupPlan plan() throws IOException {
    return lowtide.plan(CleanupTarget.of("workspace", tree.root()));
  }

  @Benchmark
  public Snapshot capture() throws IOException {
    return SizeProbe.best().capture(tree.root());
  }
}
