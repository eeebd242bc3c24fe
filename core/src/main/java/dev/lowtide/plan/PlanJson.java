package dev.lowtide.plan;

import com.google.common.base.Ascii;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
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
import dev.lowtide.policy.Action;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Same;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.policy.Requirement.There;
import dev.lowtide.policy.Requirement.Unlocked;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of a plan, schema {@value CleanupPlan#SCHEMA}. Each path stands there twice: {@code
 * path} for people, {@code uri} for programs, true to the byte; only the latter is read.
 */
final class PlanJson {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  /** How much of something wrong is shown, so that the message stays one that can be read. */
  private static final int MAX_SHOWN = 100;

  private static final String BY_MODIFICATION = "modification";

  /** The part of Gson's messages that is meant for people. */
  private static final Pattern PLACE = Pattern.compile("line \\d+ column \\d+");

  /** What {@link JsonBounds} says. */
  private static final Pattern BOUND =
      Pattern.compile("(a|it|one)\\b.* more than .*|it is nested.*");

  private PlanJson() {}

  static String write(CleanupPlan plan) {
    JsonObject json = new JsonObject();
    json.addProperty("schema", plan.schema());
    json.addProperty("createdAt", plan.createdAt().toString());
    if (!plan.madeBy().isEmpty()) {
      json.addProperty("madeBy", plan.madeBy());
    }
    json.add("targets", array(plan.targets(), PlanJson::target));
    json.add("items", array(plan.items(), PlanJson::item));
    json.add("refused", array(plan.refused(), PlanJson::refusal));
    json.add("problems", array(plan.problems(), PlanJson::problem));
    if (!plan.notes().isEmpty()) {
      json.add("notes", strings(plan.notes()));
    }
    reclaimable(json, plan.reclaimable());
    return GSON.toJson(json) + "\n";
  }

  private static <T> JsonArray array(Iterable<T> values, BiConsumer<T, JsonObject> write) {
    JsonArray array = new JsonArray();
    for (T value : values) {
      JsonObject object = new JsonObject();
      write.accept(value, object);
      array.add(object);
    }
    return array;
  }

  private static void path(JsonObject json, Path path) {
    json.addProperty("path", Printable.of(path));
    json.addProperty("uri", Printable.uri(path));
  }

  private static void reclaimable(JsonObject json, BoundedSize size) {
    json.addProperty("reclaimableBytes", size.bytes());
    json.addProperty("reclaimableExact", size.isExact());
    if (!size.isExact()) {
      json.addProperty("bound", size.bound().word());
    }
  }

  /** Plans of older versions say nothing about how exact their numbers are. */
  private static BoundedSize readReclaimable(Reader json) {
    long bytes = json.number("reclaimableBytes");
    return new BoundedSize(bytes, json.has("bound") ? json.bound() : Bound.EXACT);
  }

  private static BoundedSize readAllocated(Reader json) {
    boolean exact = !json.has("allocatedExact") || json.flag("allocatedExact");
    return new BoundedSize(json.number("allocatedBytes"), exact ? Bound.EXACT : Bound.ESTIMATE);
  }

  private static void target(CleanupTarget target, JsonObject json) {
    json.addProperty("id", target.id());
    json.addProperty("kind", target.kind().name());
    path(json, target.root());
    JsonArray keep = new JsonArray();
    target.keep().forEach(keep::add);
    json.add("keep", keep);
  }

  private static void item(PlanItem item, JsonObject json) {
    Candidate candidate = item.candidate();
    json.addProperty("id", item.id());
    json.addProperty("policy", item.policy());
    json.addProperty("target", item.target());
    json.addProperty("action", candidate.deletes() ? "delete" : "command");
    path(json, item.path());
    if (candidate.action() instanceof RunCommand command) {
      json.add("argv", strings(command.argv()));
      command.estimatedBytes().ifPresent(bytes -> json.addProperty("estimatedBytes", bytes));
    }
    json.addProperty("cause", candidate.cause().name());
    json.addProperty("reason", candidate.reason());
    json.addProperty("cost", candidate.cost().name());
    json.addProperty("apparentBytes", item.apparentBytes());
    json.addProperty("allocatedBytes", item.allocatedBytes());
    json.addProperty("allocatedExact", item.allocated().isExact());
    reclaimable(json, item.reclaimable());
    json.addProperty("lastUsed", candidate.lastUsed().toString());
    if (candidate.isDatedByModification()) {
      json.addProperty("datedBy", BY_MODIFICATION);
    }
    if (!candidate.requires().isEmpty()) {
      json.add("requires", array(candidate.requires(), PlanJson::requirement));
    }
    paths(json, "after", candidate.after());
    paths(json, "locks", candidate.locks());
    candidate
        .marker()
        .ifPresent(
            marker -> {
              JsonObject object = new JsonObject();
              object.addProperty("fileName", marker.fileName());
              object.addProperty("beginning", marker.beginning());
              json.add("marker", object);
            });
    SubtreeIdentity identity = item.identity();
    JsonObject object = identity(identity.root());
    object.addProperty("entries", identity.entries());
    object.addProperty("newestModified", identity.newestModified().toString());
    if (!identity.newestChanged().equals(Instant.MAX)) {
      object.addProperty("newestChanged", identity.newestChanged().toString());
      object.addProperty("severalNames", identity.severalNames());
    }
    json.add("identity", object);
  }

  private static JsonObject identity(FileIdentity identity) {
    JsonObject object = new JsonObject();
    object.addProperty("kind", identity.kind().name());
    object.addProperty("device", identity.device());
    object.addProperty("inode", identity.inode());
    object.addProperty("changedNanos", identity.changedNanos());
    if (identity.bornNanos() != 0) {
      object.addProperty("bornNanos", identity.bornNanos());
    }
    return object;
  }

  private static void paths(JsonObject json, String name, List<Path> paths) {
    if (!paths.isEmpty()) {
      json.add(name, array(paths, (path, object) -> path(object, path)));
    }
  }

  private static void requirement(Requirement requirement, JsonObject json) {
    if (requirement instanceof RunCommand command) {
      path(json, command.path());
      json.add("argv", strings(command.argv()));
    } else if (requirement instanceof Stopped server) {
      json.add("stop", strings(server.stop()));
      json.add("start", strings(server.start()));
      json.add("ownVariables", strings(server.ownVariables()));
      json.add("address", strings(server.address()));
    } else if (requirement instanceof Unlocked lock) {
      path(json, lock.file());
    } else if (requirement instanceof Same same) {
      path(json, same.mine());
      JsonObject other = new JsonObject();
      path(other, same.other());
      json.add("same", other);
      json.addProperty("stays", same.stays());
    } else if (requirement instanceof There there) {
      path(json, there.path());
      json.add("identity", identity(there.identity()));
    }
  }

  private static JsonArray strings(Collection<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }

  static void refusal(Refusal refusal, JsonObject json) {
    json.addProperty("policy", refusal.policy());
    path(json, refusal.path());
    json.addProperty("guard", refusal.guard());
    json.addProperty("reason", refusal.reason());
  }

  private static void problem(Problem problem, JsonObject json) {
    path(json, problem.path());
    json.addProperty("operation", problem.operation());
    json.addProperty("message", problem.message());
  }

  /** The lists of a plan, each of which may be too long to be held as a tree. */
  private static final Map<String, Function<Reader, ?>> LISTS =
      Map.of(
          "targets", PlanJson::readTarget,
          "items", PlanJson::readItem,
          "refused", PlanJson::readRefusal,
          "problems", PlanJson::readProblem);

  static CleanupPlan read(java.io.Reader text) throws IOException {
    JsonBounds.Bounded bounded = JsonBounds.of(text);
    try (JsonReader json = bounded.json()) {
      return read(json, bounded.bounds());
    } catch (JsonParseException | MalformedJsonException | EOFException e) {
      throw malformed(e);
    }
  }

  private static PlanFormatException malformed(Exception e) {
    String message = String.valueOf(e.getMessage());
    Matcher bound = BOUND.matcher(message);
    Matcher place = PLACE.matcher(message);
    return new PlanFormatException(
        "It is not a whole JSON document"
            + (bound.find() ? ": " + bound.group() : place.find() ? ", see " + place.group() : ""),
        e);
  }

  private static CleanupPlan read(JsonReader json, JsonBounds bounds) throws IOException {
    if (json.peek() != JsonToken.BEGIN_OBJECT) {
      throw new PlanFormatException("It is not a plan: a plan is a JSON object");
    }
    JsonObject members = new JsonObject();
    ListMultimap<String, Object> lists = ArrayListMultimap.create();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      bounds.beginValue();
      if (members.has(name)) {
        throw new PlanFormatException("It has two plan." + Printable.of(name));
      }
      Function<Reader, ?> convert = LISTS.get(name);
      if (convert != null && json.peek() == JsonToken.BEGIN_ARRAY) {
        members.add(name, new JsonArray());
        json.beginArray();
        while (json.hasNext()) {
          bounds.beginValue();
          String where = "plan." + name + "[" + lists.get(name).size() + "]";
          lists.put(name, element(where, JsonParser.parseReader(json), convert));
        }
        json.endArray();
      } else {
        members.add(name, JsonParser.parseReader(json));
        // Fails at the end of a torn document, of which Gson makes null
        JsonToken unused = json.peek();
        requireSchema(new Reader("plan", members));
      }
    }
    json.endObject();
    if (json.peek() != JsonToken.END_DOCUMENT) {
      throw new PlanFormatException("It is not a whole JSON document");
    }
    Reader plan = new Reader("plan", members);
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

  private static void requireSchema(Reader plan) {
    if (plan.has("schema") && plan.number("schema") != CleanupPlan.SCHEMA) {
      throw new PlanFormatException(
          "It has schema "
              + plan.number("schema")
              + ", and this version reads schema "
              + CleanupPlan.SCHEMA
              + "; make the plan again");
    }
  }

  private static <T> List<T> list(
      Reader plan, ListMultimap<String, Object> lists, String name, Class<T> type) {
    plan.read(name, "a list of objects", JsonElement::getAsJsonArray);
    return lists.get(name).stream().map(type::cast).toList();
  }

  private static <T> T element(String where, JsonElement element, Function<Reader, T> convert) {
    if (!element.isJsonObject()) {
      throw new PlanFormatException("Its " + where + " is not an object: " + shown(element));
    }
    try {
      return convert.apply(new Reader(where, element.getAsJsonObject()));
    } catch (IllegalArgumentException e) {
      throw new PlanFormatException("Its " + where + " is wrong: " + e.getMessage(), e);
    }
  }

  private static String shown(@Nullable JsonElement element) {
    return Printable.of(Ascii.truncate(String.valueOf(element), MAX_SHOWN, "..."));
  }

  private static CleanupTarget readTarget(Reader json) {
    return new CleanupTarget(
        json.text("id"),
        json.constant("kind", CleanupTarget.Kind.class),
        json.path(),
        new LinkedHashSet<>(json.texts("keep")));
  }

  private static PlanItem readItem(Reader json) {
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
      for (Requirement each : json.objects("requires", PlanJson::readRequirement)) {
        candidate = candidate.requiring(each);
      }
    }
    for (Path gone : json.paths("after")) {
      candidate = candidate.onlyAfter(gone);
    }
    for (Path lock : json.paths("locks")) {
      candidate = candidate.holding(lock);
    }
    if (json.has("marker")) {
      Reader marker = json.object("marker");
      candidate =
          candidate.withMarker(new Marker(marker.text("fileName"), marker.text("beginning")));
    }
    Reader identity = json.object("identity");
    long apparent = json.number("apparentBytes");
    return new PlanItem(
        json.text("id"),
        json.text("policy"),
        json.text("target"),
        candidate,
        apparent,
        readAllocated(json),
        readReclaimable(json),
        new SubtreeIdentity(
            readIdentity(identity),
            (int) identity.number("entries"),
            apparent,
            identity.instant("newestModified"),
            // Not in plans of earlier versions
            identity.has("newestChanged") ? identity.instant("newestChanged") : Instant.MAX,
            identity.has("severalNames") ? (int) identity.number("severalNames") : 0));
  }

  private static FileIdentity readIdentity(Reader identity) {
    return new FileIdentity(
        identity.constant("kind", FileKind.class),
        identity.number("device"),
        identity.number("inode"),
        identity.number("changedNanos"),
        identity.has("bornNanos") ? identity.number("bornNanos") : 0);
  }

  private static Requirement readRequirement(Reader json) {
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
      return new Same(json.path(), json.object("same").path(), json.flag("stays"));
    } else if (json.has("identity")) {
      return new There(json.path(), readIdentity(json.object("identity")));
    }
    return new Unlocked(json.path());
  }

  private static Refusal readRefusal(Reader json) {
    return new Refusal(json.text("policy"), json.path(), json.text("guard"), json.text("reason"));
  }

  private static Problem readProblem(Reader json) {
    return new Problem(json.path(), json.text("operation"), json.text("message"));
  }

  /** Reads the members of one object; whatever is wrong is said with the way to it. */
  private record Reader(String where, JsonObject json) {
    boolean has(String name) {
      return json.has(name);
    }

    private <T> T read(String name, String expected, Function<JsonElement, T> read) {
      JsonElement element = json.get(name);
      if (element == null) {
        throw new PlanFormatException("It has no " + where + "." + name);
      }
      try {
        return read.apply(element);
      } catch (PlanFormatException e) {
        throw e;
      } catch (RuntimeException e) {
        throw wrong(name, expected);
      }
    }

    PlanFormatException wrong(String name, String expected) {
      return new PlanFormatException(
          "Its " + where + "." + name + " is not " + expected + ": " + shown(json.get(name)));
    }

    String text(String name) {
      return read(name, "a text", JsonElement::getAsString);
    }

    long number(String name) {
      return read(name, "a whole number", JsonElement::getAsLong);
    }

    boolean flag(String name) {
      return switch (text(name)) {
        case "true" -> true;
        case "false" -> false;
        default -> throw wrong(name, "true or false");
      };
    }

    Instant instant(String name) {
      return read(name, "a time", element -> Instant.parse(element.getAsString()));
    }

    Bound bound() {
      return read("bound", "a bound such as 'at most'", element -> Bound.of(element.getAsString()));
    }

    <E extends Enum<E>> E constant(String name, Class<E> type) {
      return read(
          name,
          "one of " + List.of(type.getEnumConstants()),
          element -> Enum.valueOf(type, element.getAsString()));
    }

    Path path() {
      return read(
          "uri", "the URI of a file", element -> Path.of(URI.create(element.getAsString())));
    }

    List<Path> paths(String name) {
      return has(name) ? objects(name, Reader::path) : List.of();
    }

    List<String> texts(String name) {
      return read(
          name,
          "a list of texts",
          element -> {
            List<String> texts = new ArrayList<>();
            element.getAsJsonArray().forEach(each -> texts.add(each.getAsString()));
            return texts;
          });
    }

    Reader object(String name) {
      return read(
          name, "an object", element -> new Reader(where + "." + name, element.getAsJsonObject()));
    }

    <T> List<T> objects(String name, Function<Reader, T> convert) {
      return read(
          name,
          "a list of objects",
          element -> {
            List<T> values = new ArrayList<>();
            for (JsonElement each : element.getAsJsonArray()) {
              values.add(
                  PlanJson.element(where + "." + name + "[" + values.size() + "]", each, convert));
            }
            return values;
          });
    }
  }
}
