package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.Problem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a probe that says what the test lets it say, and samples that the test takes. */
class PeakUsageTest {
  private static final Path DIRECTORY = Path.of("build");

  private final FakeProbe probe = new FakeProbe();
  private final List<Long> samples = new ArrayList<>();

  private PeakUsage unstarted() {
    return new PeakUsage(DIRECTORY, probe, samples::add);
  }

  @Test
  void isTheMostThatWasSeen() {
    try (PeakUsage usage = unstarted()) {
      for (long bytes : new long[] {10, 30, 20}) {
        probe.usage = allocated(bytes, 0);
        usage.sample();
      }

      assertThat(usage.finish().bytes()).isEqualTo(30);
    }
    assertThat(samples).containsExactly(10L, 30L, 20L);
  }

  @Test
  void countsWhatIsThereAtTheEnd() {
    try (PeakUsage usage = unstarted()) {
      probe.usage = allocated(40, 0);

      assertThat(usage.finish().bytes()).isEqualTo(40);
    }
    assertThat(samples).isEmpty();
  }

  @Test
  void leavesOutFilesThatHaveANameElsewhere() {
    try (PeakUsage usage = unstarted()) {
      probe.usage = allocated(100, 60);

      assertThat(usage.finish().bytes()).isEqualTo(40);
    }
  }

  @Test
  void takesNoSampleOfADirectoryThatIsNotThere() {
    probe.there = false;
    try (PeakUsage usage = unstarted()) {
      usage.sample();

      assertThat(usage.finish().bytes()).isZero();
    }
    assertThat(samples).isEmpty();
  }

  @Test
  @Timeout(60)
  void measuresAgainAndAgainByItself() throws InterruptedException {
    CountDownLatch three = new CountDownLatch(3);
    probe.usage = allocated(50, 0);
    try (PeakUsage usage =
        PeakUsage.watch(DIRECTORY, probe, Duration.ofNanos(1), bytes -> three.countDown())) {
      three.await();

      assertThat(usage.finish().bytes()).isEqualTo(50);
    }
  }

  private static DiskUsage allocated(long bytes, long shared) {
    return new DiskUsage(bytes, bytes, true, shared, 1, 1, 0, 0);
  }

  private static final class FakeProbe implements SizeProbe {
    private volatile DiskUsage usage = DiskUsage.NONE;
    private volatile boolean there = true;

    @Override
    public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
      assertThat(root).isEqualTo(DIRECTORY);
      if (!there) {
        throw new NoSuchFileException(root.toString());
      }
      return usage;
    }

    @Override
    public Snapshot capture(Path root) {
      throw new UnsupportedOperationException("A peak needs no entries");
    }

    @Override
    public String name() {
      return "fake";
    }
  }
}
