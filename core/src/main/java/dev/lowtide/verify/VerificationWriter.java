package dev.lowtide.verify;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.fs.JsonParts;
import java.util.Locale;

/** Writes verifications as JSON, as {@code docs/schema/verify.json} describes it. */
final class VerificationWriter {
  private VerificationWriter() {}

  static String write(Verification verification) {
    JsonObject document = JsonParts.document();
    document.addProperty("passed", verification.passed());
    document.add(
        "locations", JsonParts.array(verification.locations(), VerificationWriter::location));
    document.add(
        "freeSpace", JsonParts.array(verification.freeSpace(), VerificationWriter::freeSpace));
    return JsonParts.text(document);
  }

  private static JsonObject location(Verification.Location location) {
    JsonObject json = new JsonObject();
    json.addProperty("name", location.name());
    JsonParts.path(json, location.path());
    json.addProperty("expectation", location.expectation().name().toLowerCase(Locale.ROOT));
    json.addProperty("beforeBytes", location.beforeBytes());
    json.addProperty("afterBytes", location.afterBytes());
    json.addProperty("deltaBytes", location.deltaBytes());
    json.addProperty("toleranceBytes", location.toleranceBytes());
    json.addProperty("bytesExact", location.bound() == Bound.EXACT);
    JsonParts.bound(json, "bound", location.bound());
    json.addProperty("unreadable", location.unreadableAfter());
    location
        .freedOnFileSystem()
        .ifPresent(bytes -> json.addProperty("freedOnFileSystemBytes", bytes));
    json.addProperty("verdict", location.passed() ? "PASS" : "FAIL");
    json.add("failures", JsonParts.strings(location.failures()));
    json.add("grown", changes(location.grown(), location.bound()));
    json.add("vanished", changes(location.vanished(), location.bound()));
    json.add("replaced", changes(location.replaced(), location.bound()));
    return json;
  }

  private static JsonObject freeSpace(Verification.FreeSpaceChange change) {
    JsonObject json = new JsonObject();
    json.addProperty("fileSystem", Printable.of(change.fileSystem().toString()));
    json.addProperty("freedBytes", change.freedBytes());
    json.addProperty("grownBytes", change.grownBytes());
    json.addProperty("explained", change.isExplained());
    return json;
  }

  private static JsonArray changes(Verification.Changes changes, Bound bound) {
    return JsonParts.array(
        changes.largest(),
        change -> {
          JsonObject json = JsonParts.path(new JsonObject(), change.path());
          json.addProperty("change", change.kind().name().toLowerCase(Locale.ROOT));
          json.addProperty("bytes", change.bytes());
          JsonParts.bound(json, "bound", bound);
          json.addProperty("entries", change.entries());
          return json;
        });
  }
}
