package dev.lowtide.execute;

import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.JsonParts;
import java.util.List;
import java.util.Locale;

/**
 * Writes the trash as JSON, as {@code docs/schema/trash-list.json} and {@code trash-result.json}
 * describe it.
 */
final class TrashWriter {
  private TrashWriter() {}

  static String write(Trash.Listing listing) {
    JsonObject document = JsonParts.document();
    document.add("items", JsonParts.array(listing.items(), TrashWriter::item));
    document.add("problems", JsonParts.array(listing.problems(), TrashWriter::problem));
    return JsonParts.text(document);
  }

  static String write(List<Trash.Result> results) {
    BoundedSize freed =
        results.stream().map(Trash.Result::freed).reduce(BoundedSize.ZERO, BoundedSize::plus);
    JsonObject document = JsonParts.document();
    document.add("results", JsonParts.array(results, TrashWriter::result));
    JsonParts.size(document, "freed", freed);
    return JsonParts.text(document);
  }

  private static JsonObject item(Trash.Item item) {
    JsonObject json = new JsonObject();
    json.addProperty("id", item.id());
    json.addProperty("state", word(item.state()));
    item.origin()
        .ifPresent(
            origin -> {
              JsonParts.path(json, origin.path());
              json.addProperty("policy", origin.policy());
              json.addProperty("reason", origin.reason());
              json.addProperty("removedAt", origin.removedAt().toString());
            });
    item.until().ifPresent(until -> json.addProperty("keptUntil", until.toString()));
    JsonParts.size(json, "allocated", item.allocated());
    json.add("trash", JsonParts.path(new JsonObject(), item.path()));
    return json;
  }

  private static JsonObject problem(Problem problem) {
    JsonObject json = new JsonObject();
    json.addProperty("path", Printable.of(problem.path()));
    json.addProperty("operation", problem.operation());
    json.addProperty("message", problem.message());
    return json;
  }

  private static JsonObject result(Trash.Result result) {
    JsonObject json = new JsonObject();
    json.addProperty("id", result.item().id());
    result
        .place()
        .or(() -> result.item().origin().map(Trash.Origin::path))
        .ifPresent(path -> JsonParts.path(json, path));
    json.addProperty("outcome", word(result.verdict()));
    if (!result.reason().isEmpty()) {
      json.addProperty("reason", result.reason());
    }
    JsonParts.size(json, "freed", result.freed());
    return json;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
