package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.BoundedSize;
import dev.lowtide.Problem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PeakWatchTest {
  private static final Path OUTER = Path.of("/outer");
  private static final Path INNER = Path.of("/outer/inner");
  private static final List<DiskLocation> PLACES =
      List.of(DiskLocation.unchanged("outer", OUTER), DiskLocation.bounded("inner", INNER));

  /** Bytes of files that also have a name elsewhere. */
  private static final int SHARED = 2;

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
      return new DiskUsage(own, own, true, SHARED, 1, 0, 0, 0);
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

  private static PeakWatch watch(Function<DiskUsage, BoundedSize> counted, long[]... rounds)
      throws InterruptedException {
    ScriptedProbe probe = new ScriptedProbe(rounds);
    try (PeakWatch watch = PeakWatch.start(PLACES, probe, counted, Duration.ofMillis(1))) {
      assertThat(probe.over.await(30, TimeUnit.SECONDS)).isTrue();
      return watch;
    }
  }

  @Test
  void remembersTheMostThatEachPlaceTookByItself() throws InterruptedException {
    PeakWatch watch =
        watch(
            DiskUsage::allocated,
            new long[] {100, 10},
            new long[] {900, 800},
            new long[] {300, 50});

    assertThat(watch.peak("outer").bytes()).isEqualTo(250);
    assertThat(watch.peak("inner").bytes()).isEqualTo(800);
  }

  @Test
  void tellsWhatAPlaceTookLast() throws InterruptedException {
    PeakWatch watch = watch(DiskUsage::allocated, new long[] {900, 800}, new long[] {300, 50});

    assertThat(watch.latest("inner").bytes()).isEqualTo(50);
  }

  @Test
  void leavesOutFilesThatHaveANameElsewhere() throws InterruptedException {
    PeakWatch watch = watch(DiskUsage::exclusive, new long[] {100, 10});

    assertThat(watch.peak("inner").bytes()).isEqualTo(10 - SHARED);
  }

  @Test
  void countsWhatIsThereAtTheEnd() {
    ScriptedProbe probe =
        new ScriptedProbe(new long[] {1, 0}, new long[] {2, 0}, new long[] {7, 0});
    try (PeakWatch watch =
        PeakWatch.start(PLACES, probe, DiskUsage::allocated, Duration.ofDays(1))) {
      watch.finish();
      watch.finish();
      watch.finish();

      assertThat(watch.peak("outer").bytes()).isEqualTo(7);
    }
  }

  @Test
  void aPlaceThatIsNotThereYetTakesNothing() throws InterruptedException {
    PeakWatch watch = watch(DiskUsage::allocated, new long[] {-1, -1}, new long[] {5, -1});

    assertThat(watch.peak("outer").bytes()).isEqualTo(5);
  }
}
