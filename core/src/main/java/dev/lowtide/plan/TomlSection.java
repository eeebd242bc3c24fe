package dev.lowtide.plan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** One table of a policy file. Error messages name the line. */
record TomlSection(Path file, String name, TomlTable table) {

  /**
   * Wraps a table in which only the given keys are allowed.
   *
   * @throws PolicyFile.FormatException if there is another key
   */
  static TomlSection of(Path file, String name, TomlTable table, Set<String> allowedKeys) {
    TomlSection section = new TomlSection(file, name, table);
    for (String key : table.keySet()) {
      if (!allowedKeys.contains(key)) {
        String where = name.isEmpty() ? "" : " in " + name;
        throw section.wrong(
            key,
            "Unknown key '"
                + key
                + "'"
                + where
                + "; the known keys are "
                + allowedKeys.stream().sorted().collect(Collectors.joining(", ")));
      }
    }
    return section;
  }

  PolicyFile.FormatException wrong(String key, @Nullable String problem) {
    TomlPosition position = table.inputPositionOf(List.of(key));
    if (position == null) {
      position = table.inputPositionOf(List.of());
    }
    return new PolicyFile.FormatException(
        file, position == null ? 1 : position.line(), String.valueOf(problem));
  }

  private PolicyFile.FormatException unexpected(String key, String expected) {
    return wrong(key, "'" + key + "' must be " + expected);
  }

  @Nullable Object get(String key) {
    return table.get(List.of(key));
  }

  Optional<TomlTable> table(String key) {
    Object value = get(key);
    if (value == null || value instanceof TomlTable) {
      return Optional.ofNullable((TomlTable) value);
    }
    throw unexpected(key, "a table");
  }

  List<TomlSection> sections(String key, Set<String> allowedKeys) {
    Object value = get(key);
    if (value == null) {
      return List.of();
    }
    List<TomlSection> sections = new ArrayList<>();
    for (Object each : value instanceof TomlArray array ? array.toList() : List.of(value)) {
      if (!(value instanceof TomlArray) || !(each instanceof TomlTable element)) {
        throw unexpected(key, "a list of tables: [[" + key + "]]");
      }
      sections.add(of(file, key, element, allowedKeys));
    }
    return sections;
  }

  /** The value of a key as text; numbers and booleans as they are written. */
  <T> Optional<T> value(String key, Function<String, T> convert) {
    Object value = get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof TomlTable || value instanceof TomlArray) {
      throw unexpected(key, "a string");
    }
    try {
      return Optional.of(convert.apply(value.toString()));
    } catch (IllegalArgumentException e) {
      throw wrong(key, e.getMessage());
    }
  }

  List<String> texts(String key) {
    Object value = get(key);
    if (value == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (Object each : value instanceof TomlArray array ? array.toList() : List.of(value)) {
      if (!(value instanceof TomlArray) || !(each instanceof String text)) {
        throw unexpected(key, "a list of strings");
      }
      texts.add(text);
    }
    return texts;
  }

  void checked(String key, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw wrong(key, e.getMessage());
    }
  }
}
