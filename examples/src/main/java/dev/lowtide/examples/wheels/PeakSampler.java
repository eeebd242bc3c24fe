package dev.lowtide.examples.wheels;

import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Looks again and again how much a directory takes and remembers the most. What comes and goes
 * between two looks is missed.
 */
final class PeakSampler implements AutoCloseable {
  private static final long SECONDS_BETWEEN = 2;

  private final Path directory;
  private final SizeProbe probe;
  private final AtomicLong peak = new AtomicLong();
  private final ScheduledExecutorService sampler =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "lowtide-peak");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Begins.
   *
   * @param onSample told of each look, in another thread
   */
  PeakSampler(Path directory, SizeProbe probe, LongConsumer onSample) {
    this.directory = directory;
    this.probe = probe;
    var unused =
        sampler.scheduleWithFixedDelay(
            () -> onSample.accept(sample()), 0, SECONDS_BETWEEN, TimeUnit.SECONDS);
  }

  /** Looks now. */
  private long sample() {
    try {
      long bytes = probe.measure(directory).exclusiveBytes();
      peak.accumulateAndGet(bytes, Math::max);
      return bytes;
    } catch (IOException e) {
      return 0; // not there yet, or interrupted
    }
  }

  /** Stops, looks a last time, and tells the most that was seen. */
  long finish() {
    close();
    sample();
    return peak.get();
  }

  @Override
  public void close() {
    sampler.shutdownNow();
    try {
      sampler.awaitTermination(SECONDS_BETWEEN, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
