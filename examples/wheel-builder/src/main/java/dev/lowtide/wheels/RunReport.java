package dev.lowtide.wheels;

import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.Printable;
import dev.lowtide.cli.Json;
import dev.lowtide.cli.Table;
import dev.lowtide.cli.report.Metrics;
import dev.lowtide.cli.report.Report;
import dev.lowtide.cli.report.Timeline;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.verify.Verification;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The result of a run.
 *
 * @param wheels one for each cell of the matrix, in the order of building
 * @param disk whether the disk is as it was
 * @param strays what has appeared in shared directories
 * @param sweeps all clean-ups, in their order
 */
record RunReport(
    List<WheelResult> wheels,
    Verification disk,
    List<Strays.Stray> strays,
    List<Sweeper.Sweep> sweeps) {

  /** Whether every wheel was built and the disk is as it was. */
  boolean passed() {
    return disk.passed()
        && strays.stream().noneMatch(Strays.Stray::isOfThisRun)
        && wheels.stream().allMatch(WheelResult::isBuilt);
  }

  /** The tables at the end; the last line is the verdict. */
  String table() {
    Table built = new Table("VARIANT", "PYTHON", "WHEEL", ">SIZE", ">RECLAIMED", ">PEAK (SAMPLED)");
    for (WheelResult result : wheels) {
      built.row(
          result.job().variant().name() + result.job().ref().map(ref -> " " + ref).orElse(""),
          result.job().python(),
          result.wheel().map(Path::getFileName).map(Path::toString).orElse(result.status().word()),
          size(BoundedSize.exactly(result.bytes())),
          size(result.reclaimed()),
          size(result.peak()));
    }
    String verdict = passed() ? "PASS" : "FAIL";
    String appeared =
        strays.stream()
            .map(stray -> (stray.isOfThisRun() ? "FAIL  " : "WARN  ") + stray.explain() + "\n")
            .collect(Collectors.joining());
    return "\n" + built + "\n" + disk.explain() + appeared + "\n" + verdict + "\n";
  }

  private static String size(BoundedSize size) {
    return size.bytes() == 0 ? "-" : size.toString();
  }

  /** The result as a JSON document. */
  JsonObject json() {
    JsonObject document = JsonParts.document();
    document.addProperty("passed", passed());
    document.add("wheels", JsonParts.array(wheels, RunReport::json));
    document.add("locations", Json.locations(disk));
    document.add("freeSpace", Json.freeSpace(disk));
    document.add(
        "appeared",
        JsonParts.array(
            strays,
            stray -> {
              JsonObject json = Json.arrival(stray.arrival());
              json.addProperty("ofThisRun", stray.isOfThisRun());
              return json;
            }));
    return document;
  }

  /** The result as an HTML report. */
  Report report(Timeline timeline, Duration duration) {
    Report report =
        new Report("Wheels built, disk as before?", "build-wheels", Clock.systemUTC().instant())
            .passed(passed())
            .took(duration)
            .tile(
                "Wheels",
                wheels.stream().filter(WheelResult::isBuilt).count(),
                "built of " + wheels.size())
            .tile(
                "Reclaimed",
                sum(sweeps, sweep -> sweep.report().freed()),
                "by cleaning up after builds")
            .tile("Peak", timeline.peak(), "of all locations together, sampled")
            .tile(
                "Growth",
                sum(disk.locations(), Verification.Location::delta),
                "of what should be unchanged")
            .wheels(JsonParts.array(wheels, RunReport::row))
            .timeline(timeline)
            .locations(Json.locations(disk))
            .treeTitle("What each build left, right before its clean-up")
            .note(
                "Anything in a build's directory that no policy names is removed with the"
                    + " directory.");
    disk.warnings().forEach(report::note);
    strays.forEach(stray -> report.note(stray.explain()));
    for (Sweeper.Sweep sweep : sweeps) {
      sweep.before().ifPresent(report::tree);
      report.results(sweep.report(), sweep.what());
    }
    return report;
  }

  private static JsonObject row(WheelResult result) {
    JsonObject row = json(result);
    row.addProperty("label", result.job().toString());
    result
        .wheel()
        .ifPresent(wheel -> row.addProperty("file", Printable.of(wheel.getFileName().toString())));
    return row;
  }

  /** The result as metrics. */
  Metrics metrics(Timeline timeline, Duration duration) {
    Metrics metrics =
        new Metrics("build-wheels")
            .locations(disk)
            .sampledPeak(timeline.peak())
            .run(passed(), duration, Clock.systemUTC().instant());
    sweeps.forEach(sweep -> metrics.results(sweep.report()));
    wheels.forEach(wheel -> metrics.wheel(wheel.status().word()));
    return metrics;
  }

  private static <T> BoundedSize sum(List<T> parts, Function<T, BoundedSize> size) {
    return parts.stream().map(size).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  private static JsonObject json(WheelResult result) {
    JsonObject json = new JsonObject();
    json.addProperty("variant", result.job().variant().name());
    json.addProperty("python", result.job().python().toString());
    result.job().ref().ifPresent(ref -> json.addProperty("ref", ref));
    json.addProperty("status", result.status().word());
    if (!result.reason().isEmpty()) {
      json.addProperty("reason", result.reason());
    }
    if (result.wheel().isPresent()) {
      JsonParts.path(json, result.wheel().get());
      json.addProperty("bytes", result.bytes());
      json.addProperty("sha256", result.sha256());
    }
    JsonParts.size(json, "reclaimed", result.reclaimed());
    json.addProperty("sampledPeakBytes", result.peak().bytes());
    return json;
  }
}
