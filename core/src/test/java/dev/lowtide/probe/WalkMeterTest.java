package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalkMeterTest {
  private @TempDir Path directory;

  @Test
  void countsWhatAllWalksVisit() throws IOException {
    TestTree tree = TestTree.in(directory).file("a", 5000).file("b/c", 5000);
    LongAdder entries = new LongAdder();
    LongAdder bytes = new LongAdder();
    SizeProbe probe = SizeProbe.best(entries, bytes);

    DiskUsage once = probe.measure(tree.root());
    probe.capture(tree.root());

    assertThat(entries.sum()).isEqualTo(2 * once.entries());
    assertThat(bytes.sum()).isEqualTo(2 * once.allocatedBytes());
    assertThat(once).isEqualTo(SizeProbe.best().measure(tree.root()));
    assertThat(probe.name()).isEqualTo(SizeProbe.best().name());
  }
}
