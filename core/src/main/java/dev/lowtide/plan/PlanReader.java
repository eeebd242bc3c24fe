package dev.lowtide.plan;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.CleanupTarget;
import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.JsonBounds;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Action;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Exists;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.policy.Requirement.Unlocked;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a plan from JSON, schema {@value CleanupPlan#SCHEMA}, as {@link PlanWriter} writes it.
 * Lists are read element by element, since they may be too long for a JSON tree in memory.
 */
final class PlanReader {
  /** The value of {@code datedBy}. */
  static final String BY_MODIFICATION = "modification";

  /** Matches the position in a message of Gson. */
  private static final Pattern POSITION = Pattern.compile("line \\d+ column \\d+");

  /** Matches a message of {@link JsonBounds}. */
  private static final Pattern EXCEEDED_BOUND =
      Pattern.compile("(a|it|one)\\b.* more than .*|it is nested.*");

  /** The lists of a plan, each of which may be too long for a JSON tree in memory. */
  private static final Map<String, Function<JsonMembers, ?>> LISTS =
      Map.of(
          "targets", PlanReader::readTarget,
          "items", PlanReader::readItem,
          "refused", PlanReader::readRefusal,
          "problems", PlanReader::readProblem);

  private PlanReader() {}

  static CleanupPlan read(Reader text) throws IOException {
    JsonBounds.Bounded bounded = JsonBounds.of(text);
    try (JsonReader json = bounded.json()) {
      return read(json, bounded.bounds());
    } catch (JsonParseException | MalformedJsonException | EOFException e) {
      throw malformed(e);
    }
  }

  private static CleanupPlan.FormatException malformed(Exception e) {
    String message = String.valueOf(e.getMessage());
    Matcher exceeded = EXCEEDED_BOUND.matcher(message);
    Matcher position = POSITION.matcher(message);
    return new CleanupPlan.FormatException(
        "It is not a complete JSON document"
            + (exceeded.find()
                ? ": " + exceeded.group()
                : position.find() ? ", see " + position.group() : ""),
        e);
  }

  private static CleanupPlan read(JsonReader json, JsonBounds bounds) throws IOException {
    if (json.peek() != JsonToken.BEGIN_OBJECT) {
      throw new CleanupPlan.FormatException("It is not a plan: a plan is a JSON object");
    }
    JsonObject members = new JsonObject();
    ListMultimap<String, Object> lists = ArrayListMultimap.create();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      bounds.beginValue();
      if (members.has(name)) {
        throw new CleanupPlan.FormatException("It has plan." + Printable.of(name) + " twice");
      }
      Function<JsonMembers, ?> convert = LISTS.get(name);
      if (convert != null && json.peek() == JsonToken.BEGIN_ARRAY) {
        members.add(name, new JsonArray());
        json.beginArray();
        while (json.hasNext()) {
          bounds.beginValue();
          String where = "plan." + name + "[" + lists.get(name).size() + "]";
          lists.put(name, JsonMembers.element(where, JsonParser.parseReader(json), convert));
        }
        json.endArray();
      } else {
        members.add(name, JsonParser.parseReader(json));
        // Throws at the end of a truncated document, which Gson would read as null
        JsonToken unused = json.peek();
        requireSchema(new JsonMembers("plan", members));
      }
    }
    json.endObject();
    if (json.peek() != JsonToken.END_DOCUMENT) {
      throw new CleanupPlan.FormatException("It is not a complete JSON document");
    }
    JsonMembers plan = new JsonMembers("plan", members);
    plan.number("schema");
    return new CleanupPlan(
        CleanupPlan.SCHEMA,
        plan.instant("createdAt"),
        list(plan, lists, "targets", CleanupTarget.class),
        list(plan, lists, "items", PlanItem.class),
        list(plan, lists, "refused", Refusal.class),
        list(plan, lists, "problems", Problem.class),
        plan.has("notes") ? plan.texts("notes") : List.of(),
        readReclaimable(plan),
        plan.has("madeBy") ? plan.text("madeBy") : "");
  }

  private static void requireSchema(JsonMembers plan) {
    if (plan.has("schema") && plan.number("schema") != CleanupPlan.SCHEMA) {
      throw new CleanupPlan.FormatException(
          "It has schema "
              + plan.number("schema")
              + ", and this version reads schema "
              + CleanupPlan.SCHEMA
              + "; make the plan again");
    }
  }

  private static <T> List<T> list(
      JsonMembers plan, ListMultimap<String, Object> lists, String name, Class<T> type) {
    plan.read(name, "a list of objects", JsonElement::getAsJsonArray);
    return lists.get(name).stream().map(type::cast).toList();
  }

  private static CleanupTarget readTarget(JsonMembers json) {
    return new CleanupTarget(
        json.text("id"),
        json.constant("kind", CleanupTarget.Kind.class),
        json.path(),
        new LinkedHashSet<>(json.texts("keep")));
  }

  private static PlanItem readItem(JsonMembers json) {
    Path path = json.path();
    Action action =
        switch (json.text("action")) {
          case "delete" -> new DeleteTree(path);
          case "command" ->
              new RunCommand(
                  path,
                  json.texts("argv"),
                  json.has("estimatedBytes")
                      ? OptionalLong.of(json.number("estimatedBytes"))
                      : OptionalLong.empty());
          default -> throw json.wrong("action", "delete or command");
        };
    Candidate candidate =
        Candidate.of(
            action,
            json.constant("cause", Cause.class),
            json.constant("cost", RebuildCost.class),
            json.text("reason"),
            json.instant("lastUsed"));
    if (json.has("datedBy")) {
      if (!json.text("datedBy").equals(BY_MODIFICATION)) {
        throw json.wrong("datedBy", BY_MODIFICATION);
      }
      candidate = candidate.datedByModification(candidate.lastUsed());
    }
    if (json.has("requires")) {
      for (Requirement each : json.objects("requires", PlanReader::readRequirement)) {
        candidate = candidate.requiring(each);
      }
    }
    for (Path prerequisite : json.paths("after")) {
      candidate = candidate.onlyAfter(prerequisite);
    }
    for (Path lock : json.paths("locks")) {
      candidate = candidate.holding(lock);
    }
    if (json.has("marker")) {
      JsonMembers marker = json.object("marker");
      candidate =
          candidate.withMarker(new Marker(marker.text("fileName"), marker.text("beginning")));
    }
    JsonMembers identity = json.object("identity");
    long apparent = json.number("apparentBytes");
    return new PlanItem(
        json.text("id"),
        json.text("policy"),
        json.text("target"),
        candidate,
        apparent,
        readAllocated(json),
        readReclaimable(json),
        new PlanItem.Identity(
            readIdentity(identity),
            (int) identity.number("entries"),
            apparent,
            identity.instant("newestModified"),
            // Not in plans of earlier versions
            identity.has("newestChanged") ? identity.instant("newestChanged") : Instant.MAX,
            identity.has("severalNames") ? (int) identity.number("severalNames") : 0));
  }

  private static FileIdentity readIdentity(JsonMembers identity) {
    return new FileIdentity(
        identity.constant("kind", FileKind.class),
        identity.number("device"),
        identity.number("inode"),
        identity.number("changedNanos"),
        identity.has("bornNanos") ? identity.number("bornNanos") : 0);
  }

  private static Requirement readRequirement(JsonMembers json) {
    if (json.has("argv")) {
      return new RunCommand(json.path(), json.texts("argv"));
    } else if (json.has("stop")) {
      return new Stopped(
          json.texts("stop"),
          json.texts("start"),
          new LinkedHashSet<>(json.texts("ownVariables")),
          new LinkedHashSet<>(json.texts("address")));
    }
    if (json.has("same")) {
      return new SameContent(json.path(), json.object("same").path(), json.flag("stays"));
    } else if (json.has("identity")) {
      return new Exists(json.path(), readIdentity(json.object("identity")));
    }
    return new Unlocked(json.path());
  }

  private static Refusal readRefusal(JsonMembers json) {
    return new Refusal(json.text("policy"), json.path(), json.text("guard"), json.text("reason"));
  }

  private static Problem readProblem(JsonMembers json) {
    return new Problem(json.path(), json.text("operation"), json.text("message"));
  }

  /** Plans of older versions do not record how exact their numbers are. */
  private static BoundedSize readReclaimable(JsonMembers json) {
    long bytes = json.number("reclaimableBytes");
    return new BoundedSize(bytes, json.has("bound") ? json.bound() : Bound.EXACT);
  }

  private static BoundedSize readAllocated(JsonMembers json) {
    boolean exact = !json.has("allocatedExact") || json.flag("allocatedExact");
    return new BoundedSize(json.number("allocatedBytes"), exact ? Bound.EXACT : Bound.ESTIMATE);
  }
}
