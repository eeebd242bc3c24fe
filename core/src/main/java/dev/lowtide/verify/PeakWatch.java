package dev.lowtide.verify;

import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The most bytes that places were seen to take while something worked in them. Samples, so at least
 * that much: what comes and goes between two of them is missed.
 *
 * <p>A daemon thread measures one place after the other, and then rests for the interval or for
 * nine times as long as that took, whichever is longer: however large the places are, measuring
 * takes a tenth of the time at most. What counts are allocated bytes, those of exceptions included;
 * a place that lies in another counts for itself and not for the other.
 */
public final class PeakWatch implements AutoCloseable {
  private static final int REST_FOR_WORK = 9;

  private final List<DiskLocation> places;
  private final SizeProbe probe;
  private final Map<String, Long> peaks = new LinkedHashMap<>();
  private final Thread thread;

  private PeakWatch(List<DiskLocation> places, SizeProbe probe, Duration interval) {
    this.places = List.copyOf(places);
    this.probe = probe;
    places.forEach(place -> peaks.put(place.name(), 0L));
    thread = new Thread(() -> watch(interval), "lowtide-watch");
    thread.setDaemon(true);
  }

  /**
   * Begins to watch places, which need not be there yet.
   *
   * @param interval the shortest rest between two rounds
   */
  public static PeakWatch start(List<DiskLocation> places, SizeProbe probe, Duration interval) {
    PeakWatch watch = new PeakWatch(places, probe, interval);
    watch.thread.start();
    return watch;
  }

  private void watch(Duration interval) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long start = System.nanoTime();
        sample();
        long rest = Math.max(interval.toNanos(), (System.nanoTime() - start) * REST_FOR_WORK);
        Thread.sleep(Duration.ofNanos(rest).toMillis());
      }
    } catch (InterruptedException e) {
      // the watch has ended
    }
  }

  private void sample() {
    Map<Path, Long> bytes = new LinkedHashMap<>();
    for (DiskLocation place : places) {
      try {
        bytes.put(place.root(), probe.measure(place.root()).allocatedBytes());
      } catch (NoSuchFileException e) {
        bytes.put(place.root(), 0L);
      } catch (IOException e) {
        return; // not a whole sample: it cannot be read, or the watch has ended
      }
    }
    synchronized (peaks) {
      for (DiskLocation place : places) {
        peaks.merge(place.name(), ownBytes(place.root(), bytes), Math::max);
      }
    }
  }

  /** Without the outermost places in it, which contain those in them. */
  private static long ownBytes(Path root, Map<Path, Long> bytes) {
    long own = bytes.getOrDefault(root, 0L);
    for (Map.Entry<Path, Long> other : bytes.entrySet()) {
      Path within = other.getKey();
      boolean outermost =
          isWithin(within, root)
              && bytes.keySet().stream()
                  .noneMatch(between -> isWithin(between, root) && isWithin(within, between));
      own -= outermost ? other.getValue() : 0;
    }
    return Math.max(0, own);
  }

  private static boolean isWithin(Path path, Path root) {
    return path.startsWith(root) && !path.equals(root);
  }

  /** The most bytes that were seen, by the names of the places. */
  public Map<String, Long> peaks() {
    synchronized (peaks) {
      return new LinkedHashMap<>(peaks);
    }
  }

  /** Ends the watch; a measurement that is under way is given up. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(2).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
