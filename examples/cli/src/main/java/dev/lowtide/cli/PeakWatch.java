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
 * Samples the sizes of locations and remembers the largest of each. The true peak may be larger,
 * because it may lie between two samples.
 *
 * <p>A daemon thread measures all locations, and then pauses for the interval or for nine times as
 * long as measuring took, whichever is longer. So measuring takes at most a tenth of the time.
 * Files that a location excepts count too. If one location contains another, the bytes of the inner
 * one are not counted in the outer one.
 */
public final class PeakWatch implements AutoCloseable {
  private static final int PAUSE_PER_WORK = 9;

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
   * Starts to sample. The locations may not exist yet.
   *
   * @param counted the size to take: {@link DiskUsage#allocated}, or {@link DiskUsage#exclusive},
   *     which omits files with a hard link elsewhere
   * @param interval the shortest pause between two samples
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
        long pause = Math.max(interval.toNanos(), (System.nanoTime() - start) * PAUSE_PER_WORK);
        Thread.sleep(Duration.ofNanos(pause).toMillis());
      }
    } catch (InterruptedException e) {
      // closed
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
        return; // the sample is incomplete: a location is unreadable, or the watch was closed
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

  /** The size of a location without the locations inside it. */
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

  /** The size of a location in the latest sample. */
  public BoundedSize latest(String name) {
    synchronized (peaks) {
      return latest.getOrDefault(name, BoundedSize.ZERO);
    }
  }

  /** The largest sampled size of a location. */
  public BoundedSize peak(String name) {
    synchronized (peaks) {
      return peaks.getOrDefault(name, BoundedSize.ZERO);
    }
  }

  /** Stops sampling, and takes a last sample. */
  public void finish() {
    close();
    sample();
  }

  /** Stops sampling; interrupts a sample in progress. */
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
