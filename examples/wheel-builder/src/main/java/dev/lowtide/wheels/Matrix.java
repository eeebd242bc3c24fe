package dev.lowtide.wheels;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.shared.TomlBounds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * The variants in which each wheel is built, as a TOML file lists them. The built-in one has the
 * CPU variants of vLLM.
 *
 * @param variants in the order of building; at least one
 * @param requirements by project name, the files that may list the requirements of its build; the
 *     first one that exists is installed before the wheel is built without isolation
 */
record Matrix(List<Variant> variants, Map<String, List<String>> requirements) {
  private static final String BUILT_IN = "vllm-cpu.toml";

  /** What is safe in the name of a directory, and unambiguous in a list. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private static final Pattern SUFFIX = Pattern.compile("([-_.]?[A-Za-z0-9]+)*");

  /**
   * One way to build a wheel.
   *
   * @param name on the command line
   * @param suffix what the name of the project gets
   * @param environment variables for the build
   * @param settings the settings for the build backend (PEP 517), by name
   */
  record Variant(
      String name, String suffix, Map<String, String> environment, Map<String, String> settings) {}

  /**
   * Reads a file.
   *
   * @param file the built-in one if null
   * @throws UsageException if it cannot be read or understood
   */
  static Matrix read(HostEnvironment host, @Nullable String file) {
    if (file == null) {
      return parse(BUILT_IN, resource(BUILT_IN));
    }
    Path path = host.path(file);
    return parse(
        path.toString(),
        host.configuration(path)
            .filter(TomlBounds::hold)
            .orElseThrow(() -> new UsageException("The matrix " + path + " cannot be read")));
  }

  /** A text that belongs to this program. */
  static String resource(String name) {
    try {
      return Resources.toString(Resources.getResource(Matrix.class, name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Matrix parse(String file, String text) {
    try {
      TomlParseResult toml = Toml.parse(text);
      if (toml.hasErrors()) {
        throw new IllegalArgumentException(toml.errors().get(0).toString());
      }
      requireOnly(toml, "variant", "build-requirements");
      List<Variant> variants = new ArrayList<>();
      TomlArray tables = toml.getArrayOrEmpty("variant");
      for (int i = 0; i < tables.size(); i++) {
        variants.add(variant(tables.getTable(i)));
      }
      if (variants.isEmpty()) {
        throw new IllegalArgumentException("it has no [[variant]]");
      }
      Set<String> names = new HashSet<>();
      Set<String> suffixes = new HashSet<>();
      for (Variant variant : variants) {
        if (!names.add(variant.name()) || !suffixes.add(variant.suffix())) {
          throw new IllegalArgumentException(
              "the variant '" + variant.name() + "' has the name or the suffix of another one");
        }
      }
      TomlTable requirements = toml.getTableOrEmpty("build-requirements");
      return new Matrix(
          List.copyOf(variants),
          requirements.keySet().stream()
              .collect(
                  Collectors.toUnmodifiableMap(
                      name -> name, name -> strings(requirements.getArrayOrEmpty(name)))));
    } catch (TomlInvalidTypeException | IllegalArgumentException e) {
      throw new UsageException("The matrix " + file + " cannot be used: " + e.getMessage());
    }
  }

  private static Variant variant(TomlTable table) {
    requireOnly(table, "name", "suffix", "environment", "config-settings");
    String name = Optional.ofNullable(table.getString("name")).orElse("");
    String suffix = Optional.ofNullable(table.getString("suffix")).orElse("");
    if (!NAME.matcher(name).matches() || !SUFFIX.matcher(suffix).matches()) {
      throw new IllegalArgumentException(
          "the name '"
              + name
              + "' or the suffix '"
              + suffix
              + "' has other characters than"
              + " letters, digits, '.', '-' and '_'");
    }
    return new Variant(name, suffix, map(table, "environment"), map(table, "config-settings"));
  }

  private static void requireOnly(TomlTable table, String... known) {
    for (String key : table.keySet()) {
      if (!List.of(known).contains(key)) {
        throw new IllegalArgumentException(
            "'" + key + "' is not known; there are " + String.join(", ", known));
      }
    }
  }

  private static Map<String, String> map(TomlTable table, String key) {
    ImmutableMap.Builder<String, String> map = ImmutableMap.builder();
    TomlTable values = table.getTableOrEmpty(key);
    for (String name : values.keySet()) {
      if (!(values.get(List.of(name)) instanceof String value)) {
        throw new IllegalArgumentException("the value of '" + name + "' is not a string");
      }
      map.put(name, value);
    }
    return map.buildOrThrow();
  }

  private static List<String> strings(TomlArray array) {
    return array.toList().stream().map(String::valueOf).toList();
  }

  /**
   * The variants with these names, in their order in the command.
   *
   * @param text names separated by commas, or {@code all}; the first variant if null
   * @throws UsageException if there is no such variant
   */
  List<Variant> select(@Nullable String text) {
    if (text == null) {
      return variants.subList(0, 1);
    }
    if (text.equals("all")) {
      return variants;
    }
    List<Variant> chosen = new ArrayList<>();
    for (String name : text.split(",", -1)) {
      chosen.add(
          variants.stream()
              .filter(variant -> variant.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new UsageException(
                          "'"
                              + name
                              + "' is not a variant; there are "
                              + variants.stream()
                                  .map(Variant::name)
                                  .collect(Collectors.joining(", "))
                              + " and all")));
    }
    return chosen.stream().distinct().toList();
  }
}
