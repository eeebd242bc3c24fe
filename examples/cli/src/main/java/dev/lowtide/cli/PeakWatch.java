package dev.lowtide.cli;

import dev.lowtide.BoundedSize;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The most bytes that places were seen to take while something worked in them. Samples, so at least
 * that much: what comes and goes between two of them is missed.
 *
 * <p>A daemon thread measures one place after the other, and then rests for the interval or for
 * nine times as long as that took, whichever is longer: however large the places are, measuring
 * takes a tenth of the time at most. The exceptions of a place count too; a place that lies in
 * another counts for itself and not for the other.
 */
public final class PeakWatch implements AutoCloseable {
  private static final int REST_FOR_WORK = 9;

  private final List<DiskLocation> places;
  private final SizeProbe probe;
  private final Function<DiskUsage, BoundedSize> counted;
  private final Map<String, BoundedSize> latest = new LinkedHashMap<>();
  private final Map<String, BoundedSize> peaks = new LinkedHashMap<>();
  private final Thread thread;

  private PeakWatch(
      List<DiskLocation> places,
      SizeProbe probe,
      Function<DiskUsage, BoundedSize> counted,
      Duration interval) {
    this.places = List.copyOf(places);
    this.probe = probe;
    this.counted = counted;
    thread = new Thread(() -> watch(interval), "lowtide-watch");
    thread.setDaemon(true);
  }

  /**
   * Begins to watch places, which need not be there yet.
   *
   * @param counted what counts of a place: {@link DiskUsage#allocated}, or {@link
   *     DiskUsage#exclusive}, which leaves out files that also have a name elsewhere
   * @param interval the shortest rest between two rounds
   */
  public static PeakWatch start(
      List<DiskLocation> places,
      SizeProbe probe,
      Function<DiskUsage, BoundedSize> counted,
      Duration interval) {
    PeakWatch watch = new PeakWatch(places, probe, counted, interval);
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
    Map<Path, BoundedSize> sizes = new LinkedHashMap<>();
    for (DiskLocation place : places) {
      try {
        sizes.put(place.root(), counted.apply(probe.measure(place.root())));
      } catch (NoSuchFileException e) {
        sizes.put(place.root(), BoundedSize.ZERO);
      } catch (IOException e) {
        return; // not a whole sample: it cannot be read, or the watch has ended
      }
    }
    synchronized (peaks) {
      for (DiskLocation place : places) {
        BoundedSize size = own(place.root(), sizes);
        latest.put(place.name(), size);
        peaks.merge(place.name(), size, (one, other) -> one.bytes() >= other.bytes() ? one : other);
      }
    }
  }

  /** Without the outermost places in it, which contain those in them. */
  private static BoundedSize own(Path root, Map<Path, BoundedSize> sizes) {
    BoundedSize all = sizes.getOrDefault(root, BoundedSize.ZERO);
    long own = all.bytes();
    for (Map.Entry<Path, BoundedSize> other : sizes.entrySet()) {
      Path within = other.getKey();
      boolean outermost =
          isWithin(within, root)
              && sizes.keySet().stream()
                  .noneMatch(between -> isWithin(between, root) && isWithin(within, between));
      own -= outermost ? other.getValue().bytes() : 0;
    }
    return new BoundedSize(Math.max(0, own), all.bound());
  }

  private static boolean isWithin(Path path, Path root) {
    return path.startsWith(root) && !path.equals(root);
  }

  /** What a place took when it was last measured. */
  public BoundedSize latest(String name) {
    synchronized (peaks) {
      return latest.getOrDefault(name, BoundedSize.ZERO);
    }
  }

  /** The most that a place was seen to take. */
  public BoundedSize peak(String name) {
    synchronized (peaks) {
      return peaks.getOrDefault(name, BoundedSize.ZERO);
    }
  }

  /** Ends the watch and measures a last time. */
  public void finish() {
    close();
    sample();
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
