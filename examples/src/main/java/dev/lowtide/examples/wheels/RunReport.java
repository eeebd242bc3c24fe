package dev.lowtide.examples.wheels;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.verify.Verification;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a run ended.
 *
 * @param wheels one for each cell of the matrix, in the order of building
 * @param disk whether the disk is where it was
 */
record RunReport(List<WheelResult> wheels, Verification disk) {
  private static final int SCHEMA = 1;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  /** Whether every wheel was built and the disk is where it was. */
  boolean passed() {
    return disk.passed()
        && wheels.stream().allMatch(wheel -> wheel.status() == WheelResult.Status.BUILT);
  }

  /** The closing tables; the last line is the verdict. */
  String table() {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"VARIANT", "PYTHON", "WHEEL", "SIZE", "RECLAIMED", "PEAK (SAMPLED)"});
    for (WheelResult result : wheels) {
      String ref = result.job().ref().map(name -> " " + name).orElse("");
      rows.add(
          new String[] {
            result.job().variant().option() + ref,
            result.job().python().toString(),
            result
                .wheel()
                .map(Path::getFileName)
                .map(Path::toString)
                .orElse(result.status().word()),
            size(result.bytes()),
            size(result.reclaimedBytes()),
            size(result.peakBytes())
          });
    }
    StringBuilder text = new StringBuilder("\n").append(aligned(rows, 3)).append('\n');
    rows.clear();
    rows.add(new String[] {"LOCATION", "PATH", "BEFORE", "AFTER", "GROWTH", "TOLERATED", ""});
    for (Verification.Location location : disk.locations()) {
      rows.add(
          new String[] {
            location.name(),
            location.path().toString(),
            new ByteSize(location.beforeBytes()).toString(),
            new ByteSize(location.afterBytes()).toString(),
            new ByteSize(location.deltaBytes()).toString(),
            new ByteSize(location.toleranceBytes()).toString(),
            verdict(location.passed())
          });
    }
    text.append(aligned(rows, 2));
    for (Verification.Location location : disk.locations()) {
      if (!location.passed()) {
        text.append("\nGrown in ").append(location.name()).append(":\n");
        location
            .grown()
            .forEach(
                growth ->
                    text.append("  +")
                        .append(new ByteSize(growth.bytes()))
                        .append("  ")
                        .append(Printable.of(growth.path()))
                        .append('\n'));
      }
    }
    return text.append('\n').append(verdict(passed())).append('\n').toString();
  }

  private static String verdict(boolean passed) {
    return passed ? "PASS" : "FAIL";
  }

  private static String size(long bytes) {
    return bytes == 0 ? "-" : new ByteSize(bytes).toString();
  }

  /** Columns as wide as their widest cell, the numbers to the right. */
  private static String aligned(List<String[]> rows, int firstNumber) {
    int columns = rows.get(0).length;
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        int width = 1;
        for (String[] each : rows) {
          width = Math.max(width, Printable.of(each[column]).length());
        }
        String format = "%" + (column < firstNumber ? "-" : "") + width + "s  ";
        line.append(String.format(Locale.ROOT, format, Printable.of(row[column])));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** The same as one JSON document. */
  String json() {
    JsonObject json = new JsonObject();
    json.addProperty("schema", SCHEMA);
    json.addProperty("passed", passed());
    JsonArray built = new JsonArray();
    wheels.forEach(wheel -> built.add(json(wheel)));
    json.add("wheels", built);
    JsonArray locations = new JsonArray();
    disk.locations().forEach(location -> locations.add(json(location)));
    json.add("locations", locations);
    return GSON.toJson(json);
  }

  private static JsonObject json(WheelResult result) {
    JsonObject json = new JsonObject();
    json.addProperty("variant", result.job().variant().option());
    json.addProperty("python", result.job().python().toString());
    result.job().ref().ifPresent(ref -> json.addProperty("ref", ref));
    json.addProperty("status", result.status().word());
    if (!result.reason().isEmpty()) {
      json.addProperty("reason", result.reason());
    }
    if (result.wheel().isPresent()) {
      json.addProperty("path", Printable.of(result.wheel().get()));
      json.addProperty("uri", result.wheel().get().toUri().toString());
      json.addProperty("bytes", result.bytes());
      json.addProperty("sha256", result.sha256());
    }
    json.addProperty("reclaimedBytes", result.reclaimedBytes());
    json.addProperty("sampledPeakBytes", result.peakBytes());
    return json;
  }

  private static JsonObject json(Verification.Location location) {
    JsonObject json = new JsonObject();
    json.addProperty("name", location.name());
    json.addProperty("path", Printable.of(location.path()));
    json.addProperty("uri", location.path().toUri().toString());
    json.addProperty("beforeBytes", location.beforeBytes());
    json.addProperty("afterBytes", location.afterBytes());
    json.addProperty("deltaBytes", location.deltaBytes());
    json.addProperty("toleranceBytes", location.toleranceBytes());
    json.addProperty("verdict", verdict(location.passed()));
    JsonArray grown = new JsonArray();
    for (Verification.Growth growth : location.grown()) {
      JsonObject path = new JsonObject();
      path.addProperty("path", Printable.of(growth.path()));
      path.addProperty("bytes", growth.bytes());
      grown.add(path);
    }
    json.add("grown", grown);
    return json;
  }
}
