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
  static TomlSection of(Path file, String name, TomlTable table, Set<String> known) {
    TomlSection section = new TomlSection(file, name, table);
    for (String key : table.keySet()) {
      if (!known.contains(key)) {
        String where = name.isEmpty() ? "" : " in " + name;
        throw section.wrong(
            key,
            "Unknown key '"
                + key
                + "'"
                + where
                + "; known are "
                + known.stream().sorted().collect(Collectors.joining(", ")));
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

  private PolicyFile.FormatException notA(String key, String expected) {
    return wrong(key, "'" + key + "' is to be " + expected);
  }

  @Nullable Object get(String key) {
    return table.get(List.of(key));
  }

  Optional<TomlTable> table(String key) {
    Object value = get(key);
    if (value == null || value instanceof TomlTable) {
      return Optional.ofNullable((TomlTable) value);
    }
    throw notA(key, "a table");
  }

  List<TomlSection> sections(String key, Set<String> known) {
    Object value = get(key);
    if (value == null) {
      return List.of();
    }
    List<TomlSection> sections = new ArrayList<>();
    for (Object each : value instanceof TomlArray array ? array.toList() : List.of(value)) {
      if (!(value instanceof TomlArray) || !(each instanceof TomlTable element)) {
        throw notA(key, "a list of tables: [[" + key + "]]");
      }
      sections.add(of(file, key, element, known));
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
      throw notA(key, "a text");
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
        throw notA(key, "a list of texts");
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
