package dev.lowtide.probe;

import dev.lowtide.BoundedSize;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

/**
 * The most bytes that a directory was seen to take while something worked in it, found by measuring
 * it again and again. A sample, not a bound: what comes and goes between two measurements is
 * missed.
 *
 * <p>What counts is {@link DiskUsage#exclusiveBytes}: files that also have a name elsewhere, such
 * as those that uv links from its cache, are left out. Each measurement walks the whole tree, in a
 * daemon thread; the next one begins an interval after the last has ended, so that a large tree is
 * measured less often and not all the time.
 */
public final class PeakUsage implements AutoCloseable {
  private static final long SECONDS_TO_END = 2;

  private final Path directory;
  private final SizeProbe probe;
  private final LongConsumer onSample;
  private final AtomicReference<BoundedSize> peak = new AtomicReference<>(BoundedSize.ZERO);
  private final ScheduledExecutorService sampler =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "lowtide-peak");
            thread.setDaemon(true);
            return thread;
          });

  /** One that has not begun. */
  PeakUsage(Path directory, SizeProbe probe, LongConsumer onSample) {
    this.directory = directory;
    this.probe = probe;
    this.onSample = onSample;
  }

  /**
   * Begins to watch a directory, which may not be there yet.
   *
   * @param interval the time between two measurements
   * @param onSample hears the bytes of each measurement, in another thread; an exception from it
   *     ends the watch
   */
  public static PeakUsage watch(
      Path directory, SizeProbe probe, Duration interval, LongConsumer onSample) {
    PeakUsage usage = new PeakUsage(directory, probe, onSample);
    var unused =
        usage.sampler.scheduleWithFixedDelay(
            usage::sample, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    return usage;
  }

  /** Measures now; a directory that cannot be measured is no sample. */
  void sample() {
    measure().ifPresent(onSample);
  }

  private OptionalLong measure() {
    try {
      BoundedSize size = probe.measure(directory).exclusive();
      peak.accumulateAndGet(size, (one, other) -> one.bytes() >= other.bytes() ? one : other);
      return OptionalLong.of(size.bytes());
    } catch (IOException e) {
      return OptionalLong.empty(); // not there yet, or no longer, or the watch has ended
    }
  }

  /** Ends the watch, measures a last time, and tells the most bytes that were seen. */
  public BoundedSize finish() {
    close();
    var unused = measure();
    return peak.get();
  }

  /** Ends the watch. A measurement that is under way is given up. */
  @Override
  public void close() {
    sampler.shutdownNow();
    try {
      sampler.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
