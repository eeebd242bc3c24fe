package dev.lowtide.fs;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * The parts that all JSON documents share. {@code docs/schema} describes the documents.
 *
 * <p>Each path is written twice: {@code path} for people, and {@code uri} for programs, which
 * preserves each byte.
 */
public final class JsonParts {
  private static final int SCHEMA = 1;

  private JsonParts() {}

  /** Loaded when it is needed: commands that print text need not wait for it. */
  private static final class Writer {
    static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  }

  /** A document with its schema number. */
  public static JsonObject document() {
    JsonObject document = new JsonObject();
    document.addProperty("schema", SCHEMA);
    return document;
  }

  /** The text of a document, with a line end. */
  public static String text(JsonObject document) {
    return Writer.GSON.toJson(document) + "\n";
  }

  /** Adds a path. */
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
  public static JsonArray strings(Iterable<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }
}
