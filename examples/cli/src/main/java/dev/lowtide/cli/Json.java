package dev.lowtide.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.verify.Verification;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The option {@code --json}, and the common parts of all documents. */
public final class Json {
  private static final int SCHEMA = 1;

  private boolean requested;

  /** Adds the option to a command. */
  public void addTo(Options options) {
    options.flag(
        "--json",
        value -> requested = value,
        "Print one JSON document, and nothing else, on stdout.");
  }

  /** Loaded when it is needed: commands that print text need not wait for it. */
  private static final class Writer {
    static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  }

  /** Whether the option was given. */
  public boolean requested() {
    return requested;
  }

  /** A document with its schema number. */
  public static JsonObject document() {
    JsonObject document = new JsonObject();
    document.addProperty("schema", SCHEMA);
    return document;
  }

  /** Adds a path, printable and as a URI without loss. */
  public static JsonObject path(JsonObject json, Path path) {
    json.addProperty("path", Printable.of(path));
    json.addProperty("uri", Printable.uri(path));
    return json;
  }

  /**
   * Adds a number of bytes, and its bound if it is not exact.
   *
   * @param name such as {@code freed}, for {@code freedBytes} and {@code freedExact}
   */
  public static void size(JsonObject json, String name, BoundedSize size) {
    json.addProperty(name + "Bytes", size.bytes());
    json.addProperty(name + "Exact", size.isExact());
    bound(json, "bound", size.bound());
  }

  /** Adds a bound unless the number is exact. */
  public static void bound(JsonObject json, String key, Bound bound) {
    if (bound != Bound.EXACT) {
      json.addProperty(key, bound.word());
    }
  }

  /** An array of objects in the order of the values. */
  public static <T> JsonArray array(Iterable<T> values, Function<T, JsonObject> convert) {
    JsonArray array = new JsonArray();
    values.forEach(value -> array.add(convert.apply(value)));
    return array;
  }

  /** An array of strings in the order of the values. */
  static JsonArray strings(Iterable<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }

  /** A command that was run, and its exit code. */
  static JsonObject command(Iterable<String> argv, int exit) {
    JsonObject ran = new JsonObject();
    ran.add("argv", strings(argv));
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
    return array(
        verification.locations(),
        location -> {
          JsonObject json = location(location);
          Long peak = peaks.get(location.name());
          if (peak != null) {
            json.addProperty("sampledPeakBytes", peak);
          }
          return json;
        });
  }

  private static JsonObject location(Verification.Location location) {
    JsonObject json = new JsonObject();
    json.addProperty("name", location.name());
    path(json, location.path());
    json.addProperty("expectation", location.expectation().name().toLowerCase(Locale.ROOT));
    json.addProperty("beforeBytes", location.beforeBytes());
    json.addProperty("afterBytes", location.afterBytes());
    json.addProperty("deltaBytes", location.deltaBytes());
    json.addProperty("toleranceBytes", location.toleranceBytes());
    json.addProperty("bytesExact", location.bound() == Bound.EXACT);
    bound(json, "bound", location.bound());
    json.addProperty("unreadable", location.unreadableAfter());
    location
        .freedOnFileSystem()
        .ifPresent(bytes -> json.addProperty("freedOnFileSystemBytes", bytes));
    json.addProperty("verdict", location.passed() ? "PASS" : "FAIL");
    json.add("failures", strings(location.failures()));
    json.add("grown", changes(location.grown(), location.bound()));
    json.add("vanished", changes(location.vanished(), location.bound()));
    json.add("replaced", changes(location.replaced(), location.bound()));
    return json;
  }

  private static JsonArray changes(Verification.Changes changes, Bound bound) {
    return array(
        changes.largest(),
        change -> {
          JsonObject json = path(new JsonObject(), change.path());
          json.addProperty("change", change.kind().name().toLowerCase(Locale.ROOT));
          json.addProperty("bytes", change.bytes());
          bound(json, "bound", bound);
          json.addProperty("entries", change.entries());
          return json;
        });
  }

  /** Prints a document and a line end. */
  public static void print(PrintStream out, JsonObject document) {
    print(out, Writer.GSON.toJson(document) + "\n");
  }

  /** JSON is UTF-8 in every locale, RFC 8259. */
  static void print(PrintStream out, String document) {
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }
}
