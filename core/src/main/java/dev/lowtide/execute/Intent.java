package dev.lowtide.execute;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lowtide.Printable;
import dev.lowtide.fs.JsonBounds;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Where a tree was, written before the tree is moved into a quarantine. Removal does not need it,
 * but nothing else records where the tree came from.
 *
 * @param path the original path of the tree
 * @param policy the policy that proposed it
 * @param reason why it was removed
 * @param at when it was moved away
 */
record Intent(Path path, String policy, String reason, Instant at) {
  private static final int SCHEMA = 1;

  /**
   * The intent as one line of JSON.
   *
   * @param id the id of the tree
   */
  String toLine(String id) {
    JsonObject json = new JsonObject();
    json.addProperty("schema", SCHEMA);
    json.addProperty("id", id);
    json.addProperty("path", Printable.of(path));
    json.addProperty("uri", Printable.uri(path));
    json.addProperty("policy", policy);
    json.addProperty("reason", reason);
    json.addProperty("at", at.toString());
    return new Gson().toJson(json) + "\n";
  }

  /** Parses lines by the ids of their trees; leaves out what is truncated or invalid. */
  static Map<String, Intent> parse(byte[] lines) {
    Map<String, Intent> intents = new HashMap<>();
    for (String line : Splitter.on('\n').split(new String(lines, UTF_8))) {
      parse(line, intents);
    }
    return intents;
  }

  private static void parse(String line, Map<String, Intent> intents) {
    try {
      JsonObject object =
          JsonParser.parseReader(JsonBounds.of(new StringReader(line)).json()).getAsJsonObject();
      intents.put(
          object.get("id").getAsString(),
          new Intent(
              Path.of(URI.create(object.get("uri").getAsString())),
              object.get("policy").getAsString(),
              object.get("reason").getAsString(),
              Instant.parse(object.get("at").getAsString())));
    } catch (JsonParseException
        | IllegalStateException // thrown by Gson for another type
        | NullPointerException // thrown by this method for a missing member
        | UnsupportedOperationException
        | IllegalArgumentException // of URIs and paths
        | FileSystemNotFoundException
        | DateTimeException e) {
      // the tree is listed without its origin
    }
  }
}
