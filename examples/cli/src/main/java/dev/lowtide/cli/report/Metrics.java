package dev.lowtide.cli.report;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.verify.Verification;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of one run in the text format of OpenMetrics 1.0, for the textfile collector of
 * Prometheus' node-exporter.
 *
 * <p>All are gauges, since each file describes the last run only; a counter would have to outlive
 * the process. Each has the label {@code command}, so that the files of several commands can be in
 * one directory: the collector rejects duplicate series. It also rejects timestamps on samples, so
 * there are none, and ignores {@code # UNIT} and {@code # EOF}. For one thread.
 */
public final class Metrics {
  /** The metrics, in the order in which they are written. */
  private enum Family {
    LOCATION("location_bytes", Unit.BYTES, "Allocated bytes of a location after the run."),
    GROWTH("location_growth_bytes", Unit.BYTES, "Growth of a location during the run."),
    TOLERANCE("location_tolerance_bytes", Unit.BYTES, "Allowed growth of a location."),
    RECLAIMED("reclaimed_bytes", Unit.BYTES, "Bytes that the run freed for a policy."),
    RECLAIMABLE("reclaimable_bytes", Unit.BYTES, "Bytes that the dry run would have freed."),
    ITEMS("items", null, "Number of items of the plan with this outcome."),
    REFUSED("refused_items", null, "Number of items that a guard kept."),
    WHEELS("wheels", null, "Number of wheels of the matrix with this status."),
    PEAK("sampled_peak_bytes", Unit.BYTES, "Largest sampled size of all locations together."),
    PASSED("run_passed", null, "1 if the run succeeded, else 0."),
    DURATION("run_duration_seconds", Unit.SECONDS, "Duration of the run."),
    ENDED("last_run_timestamp_seconds", Unit.SECONDS, "When the run ended, in Unix time.");

    private final String metric;

    @SuppressWarnings("ImmutableEnumChecker") // a name; its library does not mark it as immutable
    private final @Nullable Unit unit;

    private final String help;

    Family(String metric, @Nullable Unit unit, String help) {
      this.metric = "lowtide_" + metric;
      this.unit = unit;
      this.help = help;
    }
  }

  private final String command;
  private final Map<Family, Map<Labels, Double>> values = new EnumMap<>(Family.class);

  /**
   * No metrics yet.
   *
   * @param command such as {@code clean}
   */
  public Metrics(String command) {
    this.command = command;
  }

  /** Adds a value; values with the same labels add up. */
  private void add(Family family, double value, String... labels) {
    values
        .computeIfAbsent(family, key -> new LinkedHashMap<>())
        .merge(Labels.of("command", command).merge(Labels.of(labels)), value, Double::sum);
  }

  private void add(Family family, long value, String... labels) {
    add(family, (double) value, labels);
  }

  /** Adds a size; one that is not exact has the label {@code bound}. */
  private void add(Family family, long bytes, Bound bound, String... labels) {
    List<String> all = new ArrayList<>(List.of(labels));
    if (bound != Bound.EXACT) {
      all.add("bound");
      all.add(bound.word());
    }
    add(family, bytes, all.toArray(String[]::new));
  }

  public Metrics location(String name, Path path, BoundedSize size) {
    add(
        Family.LOCATION,
        size.bytes(),
        size.bound(),
        "location",
        Printable.of(name),
        "path",
        Printable.of(path));
    return this;
  }

  /** Adds the sizes and growth of locations. */
  public Metrics locations(Verification verification) {
    for (Verification.Location place : verification.locations()) {
      String[] labels = {
        "location", Printable.of(place.name()), "path", Printable.of(place.path())
      };
      add(Family.LOCATION, place.afterBytes(), place.bound(), labels);
      add(Family.GROWTH, place.deltaBytes(), place.delta().bound(), labels);
      add(Family.TOLERANCE, place.toleranceBytes(), labels);
    }
    return this;
  }

  /** Adds the result of a plan; results of several plans add up. */
  public Metrics results(CleanupReport report) {
    for (Outcome outcome : report.outcomes()) {
      add(
          report.dryRun() ? Family.RECLAIMABLE : Family.RECLAIMED,
          outcome.freedBytes(),
          outcome.freed().bound(),
          "policy",
          Printable.of(outcome.item().policy()));
      add(Family.ITEMS, 1, "outcome", outcome.word());
    }
    for (Refusal refusal : report.refused()) {
      add(Family.REFUSED, 1, "guard", Printable.of(refusal.guard()));
    }
    return this;
  }

  public Metrics wheel(String status) {
    add(Family.WHEELS, 1, "status", status);
    return this;
  }

  /** Adds the largest sampled size of all locations together. */
  public Metrics sampledPeak(BoundedSize size) {
    add(Family.PEAK, size.bytes(), size.bound());
    return this;
  }

  /** Adds whether the run succeeded, how long it took, and when it ended. */
  public Metrics run(boolean passed, Duration duration, Instant ended) {
    add(Family.PASSED, passed ? 1 : 0);
    add(Family.DURATION, duration.toMillis() / 1000.0);
    add(Family.ENDED, ended.toEpochMilli() / 1000.0);
    return this;
  }

  /**
   * Writes the file in one step, so that the collector never reads a part of it.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    List<MetricSnapshot> families = new ArrayList<>();
    values.forEach((family, points) -> families.add(gauge(family, points)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OpenMetricsTextFormatWriter.create()
        .write(out, new MetricSnapshots(families), EscapingScheme.UNDERSCORE_ESCAPING);
    OutputFile.write(file, out::writeTo);
  }

  private static GaugeSnapshot gauge(Family family, Map<Labels, Double> points) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(family.metric).help(family.help);
    if (family.unit != null) {
      gauge.unit(family.unit);
    }
    points.forEach(
        (labels, value) ->
            gauge.dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(value).build()));
    return gauge.build();
  }
}
