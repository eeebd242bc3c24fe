package dev.lowtide.cli;

import com.google.common.base.Stopwatch;
import com.google.common.math.LongMath;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.cli.report.DiskTree.Mark;
import dev.lowtide.cli.report.Metrics;
import dev.lowtide.cli.report.Report;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * The report and the metrics of {@code verify}, made from the document that {@code --json} prints.
 */
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

  /** Writes the requested files. For the report, the locations are captured once more. */
  void write(JsonObject document, SizeProbe probe, int exit) throws IOException {
    boolean passed = document.get("passed").getAsBoolean();
    JsonArray locations = document.getAsJsonArray("locations");
    if (metrics.requested()) {
      metrics.write(
          new Metrics("verify")
                  .locations(locations)
                  .run(passed, watch.elapsed(), Clock.systemUTC().instant())
              ::write);
    }
    if (report.requested()) {
      Report shown = report(passed, locations, probe);
      if (document.has("budgets")) {
        for (JsonElement each : document.getAsJsonArray("budgets")) {
          JsonObject budget = each.getAsJsonObject();
          shown.note(
              budget.get("verdict").getAsString()
                  + " "
                  + budget.get("name").getAsString()
                  + ": "
                  + budget.get("message").getAsString());
        }
      }
      report.write(shown, exit);
    }
  }

  private Report report(boolean passed, JsonArray locations, SizeProbe probe) throws IOException {
    Report shown =
        new Report("Is the disk where it was?", "verify", Clock.systemUTC().instant())
            .passed(passed)
            .took(watch.elapsed())
            .tile("Before", sum(locations, "beforeBytes"), "in all locations")
            .tile("After", sum(locations, "afterBytes"), "in all locations")
            .tile("Growth", growth(locations), "the limits are below")
            .locations(locations)
            .treeTitle("Where the bytes are now");
    for (JsonElement each : locations) {
      JsonObject location = each.getAsJsonObject();
      shown.tree(location.get("name").getAsString(), path(location), grown(location), probe);
    }
    return shown;
  }

  private static BoundedSize growth(JsonArray locations) {
    BoundedSize sum = sum(locations, "deltaBytes");
    return sum.isExact() ? sum : new BoundedSize(sum.bytes(), Bound.ESTIMATE);
  }

  private static BoundedSize sum(JsonArray locations, String key) {
    long sum = 0;
    Bound bound = Bound.EXACT;
    for (JsonElement location : locations) {
      sum = LongMath.saturatedAdd(sum, location.getAsJsonObject().get(key).getAsLong());
      bound = bound.and(Metrics.bound(location.getAsJsonObject()));
    }
    return new BoundedSize(sum, bound);
  }

  private static Path path(JsonObject json) {
    return Path.of(URI.create(json.get("uri").getAsString()));
  }

  private static Map<Path, Mark> grown(JsonObject location) {
    Map<Path, Mark> marks = new HashMap<>();
    for (JsonElement each : location.getAsJsonArray("grown")) {
      JsonObject growth = each.getAsJsonObject();
      boolean created =
          growth.has("change") && growth.get("change").getAsString().equals("created");
      marks.put(path(growth), created ? Mark.NEW : Mark.GREW);
    }
    return marks;
  }
}
