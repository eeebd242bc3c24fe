package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
  @TempDir Path temporary;

  /** The result of an analysis. */
  private record Analysis(int number) {}

  @Test
  void anAnalysisIsMadeOnceForEachSnapshot() throws IOException {
    Path root = TestTree.in(temporary).file("a").root();
    Snapshot first = SizeProbe.best().capture(root);
    Snapshot second = SizeProbe.best().capture(root);
    AtomicInteger made = new AtomicInteger();

    Analysis once = first.derived(Analysis.class, here -> new Analysis(made.incrementAndGet()));
    Analysis again = first.derived(Analysis.class, here -> new Analysis(made.incrementAndGet()));
    Analysis other = second.derived(Analysis.class, here -> new Analysis(made.incrementAndGet()));

    assertThat(again).isSameAs(once);
    assertThat(other).isNotSameAs(once);
    assertThat(made).hasValue(2);
  }
}
