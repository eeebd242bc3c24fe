package dev.lowtide.plan;

import com.google.common.base.CharMatcher;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlTable;

/**
 * Makes a {@link PolicyFile} of the tables of a policy file. It neither reads nor parses the file.
 *
 * @param file the absolute path of the file, for error messages; relative paths in the file are
 *     resolved against its directory
 */
record PolicyFileSource(Path file) {

  PolicyFile policyFile(TomlTable toml, Collection<? extends PolicyProvider> providers)
      throws IOException {
    TomlSection top =
        TomlSection.of(file, "", toml, Set.of("policies", "targets", "limits", "settings"));
    Path parent = file.getParent();
    Path base = (parent == null ? file : parent).toRealPath();
    List<CleanupTarget> targets = new ArrayList<>();
    SpaceGoal goal = SpaceGoal.NONE;
    for (TomlSection target :
        top.sections("targets", Set.of("id", "path", "kind", "keep", "reserve"))) {
      CleanupTarget parsed = target(target, base, targets.size() + 1);
      targets.add(parsed);
      Optional<ByteSize> reserve = target.value("reserve", ByteSize::parse);
      if (reserve.isPresent()) {
        goal = goal.reserve(parsed.id(), reserve.get());
      }
    }
    TomlSection limits =
        TomlSection.of(
            file,
            "limits",
            top.table("limits").orElseGet(() -> Toml.parse("")),
            Set.of(
                "older-than",
                "max-size",
                "keep-newest",
                "grace-period",
                "until-free",
                "until-free-inodes",
                "max-total"));
    goal = limits.value("until-free", goal::untilFree).orElse(goal);
    goal = limits.value("until-free-inodes", goal::untilFreeInodes).orElse(goal);
    goal = limits.value("max-total", ByteSize::parse).map(goal::maxTotal).orElse(goal);
    return new PolicyFile(
        targets,
        policies(top, providers),
        new Retention(
            limits.value("older-than", Durations::parse),
            limits.value("max-size", ByteSize::parse),
            limits.value("keep-newest", Retention::parseCount).orElse(OptionalInt.empty())),
        goal,
        limits.value("grace-period", Durations::parse));
  }

  private CleanupTarget target(TomlSection target, Path base, int number) {
    CleanupTarget.Kind kind =
        target.value("kind", PolicyFileSource::kind).orElse(CleanupTarget.Kind.WORKSPACE);
    String id = target.value("id", Function.identity()).orElse(name(kind) + "-" + number);
    Path root =
        target
            .value("path", text -> root(base, text))
            .orElseThrow(() -> target.wrong("path", "The target has no path"));
    Set<String> keep = new LinkedHashSet<>(target.texts("keep"));
    try {
      return new CleanupTarget(id, kind, root, keep);
    } catch (IllegalArgumentException e) {
      throw target.wrong("keep", e.getMessage());
    }
  }

  private static CleanupTarget.Kind kind(String text) {
    List<CleanupTarget.Kind> kinds =
        Stream.of(CleanupTarget.Kind.values())
            .filter(kind -> kind != CleanupTarget.Kind.STORE) // only its tool can name a store
            .toList();
    return kinds.stream()
        .filter(kind -> name(kind).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'"
                        + text
                        + "' is not a kind of target; write "
                        + kinds.stream()
                            .map(PolicyFileSource::name)
                            .collect(Collectors.joining(", "))));
  }

  private static String name(CleanupTarget.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The root of a target. A single dot means the directory of the policy file; {@code .} or {@code
   * ..} as a part of a longer path is an error.
   */
  private static Path root(Path base, String text) {
    if (text.equals(".")) {
      return base;
    }
    try {
      Path given = base.getFileSystem().getPath(text);
      return CleanupTarget.checkedRoot(text.isEmpty() ? given : base.resolve(given));
    } catch (InvalidPathException e) {
      // In the C locale, the JVM cannot represent a name that is not ASCII
      String hint =
          CharMatcher.ascii().matchesAllOf(text) ? "" : "; if it exists, set LC_ALL=C.UTF-8";
      throw new IllegalArgumentException(
          "'" + text + "' is not a path: " + e.getReason() + hint, e);
    }
  }

  private PolicyProvider.Selection policies(
      TomlSection top, Collection<? extends PolicyProvider> providers) {
    Map<String, Map<String, String>> settings = new LinkedHashMap<>();
    Optional<TomlTable> tables = top.table("settings");
    if (tables.isPresent()) {
      TomlSection section = TomlSection.of(file, "settings", tables.get(), ecosystems(providers));
      for (String ecosystem : tables.get().keySet()) {
        Map<String, String> values = settings(section, ecosystem);
        settings.put(ecosystem, values);
        // Each ecosystem is checked by itself, so that an error names the right line
        section.checked(
            ecosystem,
            () ->
                new PolicyProvider.Selection(Set.of(ecosystem), Map.of(ecosystem, values))
                    .from(providers));
      }
    }
    PolicyProvider.Selection selection =
        new PolicyProvider.Selection(new LinkedHashSet<>(top.texts("policies")), settings);
    top.checked("policies", () -> selection.from(providers));
    return selection;
  }

  private static Set<String> ecosystems(Collection<? extends PolicyProvider> providers) {
    return providers.stream().map(PolicyProvider::ecosystem).collect(Collectors.toSet());
  }

  private Map<String, String> settings(TomlSection section, String ecosystem) {
    Optional<TomlTable> table = section.table(ecosystem);
    Map<String, String> values = new LinkedHashMap<>();
    if (table.isPresent()) {
      flatten("settings." + ecosystem, "", table.get(), values);
    }
    return values;
  }

  /**
   * Adds the settings of a table under their dotted names, since for TOML {@code target-stale.mode
   * = "age"} is a table in a table.
   */
  private void flatten(String name, String prefix, TomlTable table, Map<String, String> values) {
    TomlSection section = TomlSection.of(file, name, table, table.keySet());
    for (String key : table.keySet()) {
      if (section.get(key) instanceof TomlTable nested) {
        flatten(name + "." + key, prefix + key + ".", nested, values);
      } else {
        section.value(key, Function.identity()).ifPresent(value -> values.put(prefix + key, value));
      }
    }
  }
}
