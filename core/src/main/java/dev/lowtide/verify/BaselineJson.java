package dev.lowtide.verify;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.Printable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The JSON form of a baseline, schema {@value #SCHEMA}. */
final class BaselineJson {
  private static final int SCHEMA = 1;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private BaselineJson() {}

  private static final class SchemaException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    SchemaException(String message) {
      super(message);
    }
  }

  static String write(DiskBaseline baseline) {
    JsonObject json = new JsonObject();
    json.addProperty("schema", SCHEMA);
    json.addProperty("takenAt", baseline.takenAt().toString());
    JsonArray locations = new JsonArray();
    baseline.locations().forEach((name, location) -> locations.add(location(name, location)));
    json.add("locations", locations);
    return GSON.toJson(json) + "\n";
  }

  private static JsonObject location(String name, DiskBaseline.Location location) {
    JsonObject json = new JsonObject();
    json.addProperty("name", name);
    json.addProperty("path", Printable.of(location.root()));
    json.addProperty("uri", Printable.uri(location.root()));
    json.addProperty("bytes", location.bytes());
    json.addProperty("exact", location.exact());
    json.addProperty("unreadable", location.unreadable());
    JsonObject entries = new JsonObject();
    location.entries().forEach(entries::addProperty);
    json.add("entries", entries);
    return json;
  }

  static DiskBaseline read(String text) {
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      int schema = json.get("schema").getAsInt();
      if (schema != SCHEMA) {
        throw new SchemaException(
            "It is a baseline of schema "
                + schema
                + ", and this version reads schema "
                + SCHEMA
                + "; record it again");
      }
      Map<String, DiskBaseline.Location> locations = new LinkedHashMap<>();
      for (JsonElement each : json.getAsJsonArray("locations")) {
        JsonObject location = each.getAsJsonObject();
        SortedMap<String, Long> entries = new TreeMap<>();
        location
            .getAsJsonObject("entries")
            .asMap()
            .forEach((path, bytes) -> entries.put(path, bytes.getAsLong()));
        locations.put(
            location.get("name").getAsString(),
            new DiskBaseline.Location(
                Path.of(URI.create(location.get("uri").getAsString())),
                location.get("bytes").getAsLong(),
                location.get("exact").getAsBoolean(),
                location.get("unreadable").getAsLong(),
                entries));
      }
      return new DiskBaseline(Instant.parse(json.get("takenAt").getAsString()), locations);
    } catch (SchemaException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("It is not a whole baseline", e);
    }
  }
}
