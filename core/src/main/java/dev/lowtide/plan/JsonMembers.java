package dev.lowtide.plan;

import com.google.common.base.Ascii;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The members of one JSON object. Errors are reported as a {@link CleanupPlan.FormatException} that
 * names the position of the faulty member.
 *
 * @param where the position of the object, such as {@code plan.items[3]}
 */
record JsonMembers(String where, JsonObject json) {
  /**
   * The number of characters of a faulty value that are shown, so that the message stays readable.
   */
  private static final int MAX_SHOWN = 100;

  boolean has(String name) {
    return json.has(name);
  }

  <T> T read(String name, String expected, Function<JsonElement, T> read) {
    JsonElement element = json.get(name);
    if (element == null) {
      throw new CleanupPlan.FormatException("It has no " + where + "." + name);
    }
    try {
      return read.apply(element);
    } catch (CleanupPlan.FormatException e) {
      throw e;
    } catch (RuntimeException e) {
      throw wrong(name, expected);
    }
  }

  CleanupPlan.FormatException wrong(String name, String expected) {
    return new CleanupPlan.FormatException(
        "Its " + where + "." + name + " is not " + expected + ": " + shown(json.get(name)));
  }

  String text(String name) {
    return read(name, "a string", JsonElement::getAsString);
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
    return read("uri", "the URI of a file", element -> Path.of(URI.create(element.getAsString())));
  }

  List<Path> paths(String name) {
    return has(name) ? objects(name, JsonMembers::path) : List.of();
  }

  List<String> texts(String name) {
    return read(
        name,
        "a list of strings",
        element -> {
          List<String> texts = new ArrayList<>();
          element.getAsJsonArray().forEach(each -> texts.add(each.getAsString()));
          return texts;
        });
  }

  JsonMembers object(String name) {
    return read(
        name,
        "an object",
        element -> new JsonMembers(where + "." + name, element.getAsJsonObject()));
  }

  <T> List<T> objects(String name, Function<JsonMembers, T> convert) {
    return read(
        name,
        "a list of objects",
        element -> {
          List<T> values = new ArrayList<>();
          for (JsonElement each : element.getAsJsonArray()) {
            values.add(element(where + "." + name + "[" + values.size() + "]", each, convert));
          }
          return values;
        });
  }

  /**
   * Reads one element of a list.
   *
   * @param where the position of the element, for messages
   */
  static <T> T element(String where, JsonElement element, Function<JsonMembers, T> convert) {
    if (!element.isJsonObject()) {
      throw new CleanupPlan.FormatException(
          "Its " + where + " is not an object: " + shown(element));
    }
    try {
      return convert.apply(new JsonMembers(where, element.getAsJsonObject()));
    } catch (IllegalArgumentException e) {
      throw new CleanupPlan.FormatException("Its " + where + " is wrong: " + e.getMessage(), e);
    }
  }

  private static String shown(@Nullable JsonElement element) {
    return Printable.of(Ascii.truncate(String.valueOf(element), MAX_SHOWN, "..."));
  }
}
