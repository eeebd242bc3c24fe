package dev.lowtide.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.Problem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PeakWatchTest {
  private static final Path OUTER = Path.of("/outer");
  private static final Path INNER = Path.of("/outer/inner");

  /** Bytes of the outer and the inner place, round by round; the last round goes on. */
  private static final class ScriptedProbe implements SizeProbe {
    private final long[][] rounds;
    private final AtomicInteger round = new AtomicInteger(-1);
    private final CountDownLatch over;

    ScriptedProbe(long[]... rounds) {
      this.rounds = rounds;
      this.over = new CountDownLatch(rounds.length + 1);
    }

    @Override
    public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
      if (root.equals(OUTER)) {
        round.incrementAndGet();
        over.countDown();
      }
      long[] bytes = rounds[Math.min(round.get(), rounds.length - 1)];
      long own = root.equals(OUTER) ? bytes[0] : bytes[1];
      if (own < 0) {
        throw new NoSuchFileException(root.toString());
      }
      return new DiskUsage(own, own, true, 0, 1, 0, 0, 0);
    }

    @Override
    public Snapshot capture(Path root) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String name() {
      return "scripted";
    }
  }

  private static Map<String, Long> watch(long[]... rounds) throws InterruptedException {
    ScriptedProbe probe = new ScriptedProbe(rounds);
    try (PeakWatch watch =
        PeakWatch.start(
            List.of(DiskLocation.unchanged("outer", OUTER), DiskLocation.bounded("inner", INNER)),
            probe,
            Duration.ofMillis(1))) {
      assertThat(probe.over.await(30, TimeUnit.SECONDS)).isTrue();
      return watch.peaks();
    }
  }

  @Test
  void remembersTheMostThatEachPlaceTookByItself() throws InterruptedException {
    Map<String, Long> peaks =
        watch(new long[] {100, 10}, new long[] {900, 800}, new long[] {300, 50});

    assertThat(peaks).containsExactlyInAnyOrderEntriesOf(Map.of("outer", 250L, "inner", 800L));
  }

  @Test
  void aPlaceThatIsNotThereYetTakesNothing() throws InterruptedException {
    assertThat(watch(new long[] {-1, -1}, new long[] {5, -1})).containsEntry("outer", 5L);
  }
}
