package dev.lowtide.cli;

import com.google.common.base.Stopwatch;
import dev.lowtide.BoundedSize;
import dev.lowtide.cli.Arrivals.Arrival;
import dev.lowtide.cli.report.DiskTree.Mark;
import dev.lowtide.cli.report.Metrics;
import dev.lowtide.cli.report.Report;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.Verification;
import dev.lowtide.verify.Verification.Change;
import dev.lowtide.verify.Verification.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The report and the metrics of {@code verify}. */
final class VerifyOutputs {
  private final FileOption report = FileOption.report();
  private final FileOption metrics = FileOption.metrics();

  /** Adds the options to a command. */
  void addTo(Options options) {
    report.addTo(options);
    metrics.addTo(options);
  }

  private final Stopwatch watch = Stopwatch.createUnstarted();

  /** Starts the clock and requires that the files can be written. Call this before any work. */
  void begin() {
    report.requested();
    metrics.requested();
    watch.start();
  }

  /**
   * Writes the requested files. For the report, the locations are captured once more.
   *
   * @param arrivals what has appeared in shared directories
   * @param peaks the most bytes seen, by the location's name, if known
   * @param passed whether everything was as required, the budgets included
   */
  void write(
      Verification verification,
      List<Arrival> arrivals,
      Map<String, Long> peaks,
      List<Budget.Result> budgets,
      boolean passed,
      SizeProbe probe,
      int exit)
      throws IOException {
    if (metrics.requested()) {
      metrics.write(
          new Metrics("verify")
                  .locations(verification)
                  .run(passed, watch.elapsed(), Clock.systemUTC().instant())
              ::write);
    }
    if (report.requested()) {
      Report shown =
          new Report("Is the disk as it was?", "verify", Clock.systemUTC().instant())
              .passed(passed)
              .took(watch.elapsed())
              .tile("Before", sum(verification, Location::beforeBytes), "in all locations")
              .tile("After", sum(verification, Location::afterBytes), "in all locations")
              .tile("Growth", growth(verification), "the limits are below")
              .locations(Json.locations(verification, peaks))
              .treeTitle("Where the bytes are now");
      for (Location place : verification.locations()) {
        shown.tree(place.name(), place.path(), marks(place), probe);
      }
      verification.warnings().forEach(shown::note);
      arrivals.forEach(arrival -> shown.note(arrival.explain()));
      for (Budget.Result budget : budgets) {
        shown.note(Budgets.sentence(budget));
      }
      report.write(shown, exit);
    }
  }

  private static BoundedSize growth(Verification verification) {
    return verification.locations().stream()
        .map(Location::delta)
        .reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  private static BoundedSize sum(Verification verification, ToLongFunction<Location> bytes) {
    return verification.locations().stream()
        .map(place -> new BoundedSize(bytes.applyAsLong(place), place.bound()))
        .reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  private static Map<Path, Mark> marks(Location place) {
    return place.grown().largest().stream()
        .collect(
            Collectors.toMap(
                Change::path,
                change -> change.kind() == Verification.Kind.CREATED ? Mark.NEW : Mark.GREW));
  }
}
