package dev.lowtide.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.cli.Arrivals.Arrival;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.verify.Verification;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The option {@code --json}, and what several commands print. */
public final class Json {
  private boolean requested;

  /** Adds the option to a command. */
  public void addTo(Options options) {
    options.flag(
        "--json",
        value -> requested = value,
        "Print one JSON document, and nothing else, on stdout.");
  }

  /** Whether the option was given. */
  public boolean requested() {
    return requested;
  }

  /** A command that was run, and its exit code. */
  static JsonObject command(Iterable<String> argv, int exit) {
    JsonObject ran = new JsonObject();
    ran.add("argv", JsonParts.strings(argv));
    ran.addProperty("exit", exit);
    return ran;
  }

  /** The result for each location. */
  public static JsonArray locations(Verification verification) {
    return locations(verification, Map.of());
  }

  /**
   * The result for each location.
   *
   * @param peaks the most bytes seen, by the location's name, if known
   */
  static JsonArray locations(Verification verification, Map<String, Long> peaks) {
    JsonArray locations = parsed(verification.toJson()).getAsJsonArray("locations");
    for (JsonElement each : locations) {
      JsonObject location = each.getAsJsonObject();
      Long peak = peaks.get(location.get("name").getAsString());
      if (peak != null) {
        location.addProperty("sampledPeakBytes", peak);
      }
    }
    return locations;
  }

  /** How the free space of the locations' file systems changed. */
  public static JsonArray freeSpace(Verification verification) {
    return parsed(verification.toJson()).getAsJsonArray("freeSpace");
  }

  /** An entry that has appeared in a shared directory. */
  public static JsonObject arrival(Arrival arrival) {
    JsonObject json = JsonParts.path(new JsonObject(), arrival.path());
    json.addProperty("bytes", arrival.size().bytes());
    return json;
  }

  /** A document of the library, to which a command adds its own parts. */
  static JsonObject parsed(String document) {
    return JsonParser.parseString(document).getAsJsonObject();
  }

  /** Prints a document and a line end. */
  public static void print(PrintStream out, JsonObject document) {
    print(out, JsonParts.text(document));
  }

  /** JSON is UTF-8 in every locale, RFC 8259. */
  static void print(PrintStream out, String document) {
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }
}
