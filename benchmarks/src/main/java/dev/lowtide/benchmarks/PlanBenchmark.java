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
import org.openjdk.jmh.annotations.Benchmark;

/**
 * How long it takes all policies for Python to find that there is nothing to clean in a tree that
 * the kernel has in memory, beside the capture that they look at. {@link CachePlanning} measures a
 * cache of which much is removed.
 */
public class PlanBenchmark extends TreeState {
  private final Lowtide lowtide =
      Lowtide.builder()
          .providers(List.of(new PythonPolicies()))
          .listener(CleanupListener.NONE)
          .build();

  @Benchmark
  public CleanupPlan plan() throws IOException {
    return lowtide.plan(CleanupTarget.of("workspace", tree.root()));
  }

  @Benchmark
  public Snapshot capture() throws IOException {
    return SizeProbe.best().capture(tree.root());
  }
}
