package dev.lowtide.cli.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The sizes of some locations over time, sampled by a thread of its own, so shorter peaks are
 * missed. The pause between two samples is at least four times as long as the last sample took, so
 * large locations are sampled less often.
 *
 * <p>If one location contains another, the bytes count in the inner one only, so that the bands of
 * a chart can be stacked. Safe for use by many threads.
 */
public final class Timeline implements AutoCloseable {
  private static final Duration MIN_PAUSE = Duration.ofSeconds(1);

  /** The maximum number of samples in a chart; beyond it, every second one is dropped. */
  private static final int MAX_SAMPLES = 2000;

  private static final int PAUSE_PER_WORK = 4;

  /** The time of a task, from its start to its closing. */
  public final class Span implements AutoCloseable {
    private final String label;
    private final double from = now();
    private double to = from;

    private Span(String label) {
      this.label = label;
    }

    /** Ends the task. */
    @Override
    public void close() {
      sample();
      to = now();
    }

    private JsonObject json() {
      JsonObject json = new JsonObject();
      json.addProperty("label", Printable.of(label));
      json.addProperty("from", from);
      json.addProperty("to", to);
      return json;
    }
  }

  private record Sample(double seconds, List<Long> bytes) {}

  private final Map<String, Path> locations;
  private final SizeProbe probe;
  private final long start = System.nanoTime();
  private final List<Sample> samples = new ArrayList<>();
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private Bound bound = Bound.EXACT; // of all samples
  private volatile Duration pause = MIN_PAUSE;
  private final ScheduledExecutorService sampler =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "lowtide-timeline");
            thread.setDaemon(true);
            return thread;
          });

  private Timeline(Map<String, Path> locations, SizeProbe probe) {
    this.locations = new LinkedHashMap<>(locations);
    this.probe = probe;
  }

  /**
   * Starts to sample. Locations may be missing at first; the first sample is taken before this
   * returns.
   *
   * @param locations by name, in the order of the bands
   */
  public static Timeline watch(Map<String, Path> locations, SizeProbe probe) {
    Timeline timeline = new Timeline(locations, probe);
    timeline.sample();
    timeline.next();
    return timeline;
  }

  private void next() {
    try {
      var unused =
          sampler.schedule(
              () -> {
                sample();
                next();
              },
              pause.toNanos(),
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return; // closed meanwhile
    }
  }

  /** Takes a sample; an interrupted one is dropped. */
  private synchronized void sample() {
    long before = System.nanoTime();
    Map<String, Long> whole = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Path> location : locations.entrySet()) {
        whole.put(location.getKey(), bytes(location.getValue()));
      }
    } catch (InterruptedIOException e) {
      Thread.currentThread().interrupt();
      return;
    }
    long after = System.nanoTime();
    List<Long> own = new ArrayList<>();
    locations.forEach((name, path) -> own.add(whole.getOrDefault(name, 0L) - inside(path, whole)));
    samples.add(new Sample(now(), own));
    if (samples.size() > MAX_SAMPLES) {
      for (int i = samples.size() - 2; i > 0; i -= 2) {
        samples.remove(i);
      }
    }
    Duration enough = Duration.ofNanos(after - before).multipliedBy(PAUSE_PER_WORK);
    pause = enough.compareTo(MIN_PAUSE) < 0 ? MIN_PAUSE : enough;
  }

  /** The size of the locations inside a location, without those inside these. */
  private long inside(Path path, Map<String, Long> whole) {
    return locations.entrySet().stream()
        .filter(other -> isIn(other.getValue(), path))
        .filter(
            other ->
                locations.values().stream()
                    .noneMatch(between -> isIn(other.getValue(), between) && isIn(between, path)))
        .mapToLong(other -> whole.getOrDefault(other.getKey(), 0L))
        .sum();
  }

  private static boolean isIn(Path inner, Path outer) {
    return inner.startsWith(outer) && !inner.equals(outer);
  }

  /**
   * The size of a location; zero if it cannot be measured, for example because it does not exist
   * yet.
   */
  private long bytes(Path path) throws InterruptedIOException {
    try {
      DiskUsage usage = probe.measure(path);
      bound = bound.and(usage.bound());
      return usage.allocatedBytes();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Seconds since the start. */
  private double now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) / 1000.0;
  }

  /** Starts a task. */
  public Span begin(String label) {
    sample();
    Span span = new Span(label);
    spans.add(span);
    return span;
  }

  /** Ends the sampling, with a last sample. */
  @Override
  public void close() {
    sampler.shutdownNow();
    try {
      sampler.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sample();
  }

  /** The largest sampled size of all locations together. */
  public synchronized BoundedSize peak() {
    long bytes =
        samples.stream()
            .mapToLong(sample -> sample.bytes().stream().mapToLong(Long::longValue).sum())
            .max()
            .orElse(0);
    return new BoundedSize(bytes, bound);
  }

  synchronized JsonObject json() {
    JsonObject json = new JsonObject();
    if (bound != Bound.EXACT) {
      json.addProperty("bound", bound.word());
    }
    JsonArray names = new JsonArray();
    locations.keySet().forEach(name -> names.add(Printable.of(name)));
    json.add("locations", names);
    JsonArray taken = new JsonArray();
    for (Sample sample : samples) {
      JsonObject object = new JsonObject();
      object.addProperty("seconds", sample.seconds());
      JsonArray bytes = new JsonArray();
      sample.bytes().forEach(bytes::add);
      object.add("bytes", bytes);
      taken.add(object);
    }
    json.add("samples", taken);
    JsonArray all = new JsonArray();
    spans.forEach(span -> all.add(span.json()));
    json.add("spans", all);
    json.addProperty(
        "note",
        String.format(
            Locale.ROOT,
            "%,d samples of allocated bytes; shorter peaks are missed. A file with hard links in"
                + " several locations counts in each.",
            samples.size()));
    return json;
  }
}
