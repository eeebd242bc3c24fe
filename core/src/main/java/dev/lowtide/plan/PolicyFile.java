package dev.lowtide.plan;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.PolicySelection;
import dev.lowtide.policy.Retention;
import dev.lowtide.policy.TomlBounds;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
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
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * What a policy file says: where to clean, by which policies, and how much to keep. It holds the
 * same objects that a program would give to the builder of {@code dev.lowtide.execute.Lowtide}.
 *
 * <p>A policy file is TOML 1.0:
 *
 * <pre>{@code
 * policies = ["python.bytecode", "rust"]   # ids or ecosystems; all if left out
 *
 * [[targets]]
 * path = "."                               # relative to the file
 * keep = ["dist/**"]
 *
 * [limits]
 * older-than = "7d"
 * }</pre>
 *
 * <p>{@code docs/policy-file.md} lists every key. A key that is not known is an error, so that a
 * misspelt {@code keep} cannot pass for none. Immutable.
 *
 * @param targets where the policies are asked, in the order of the file
 * @param policies which are asked, and with which settings
 * @param retention the limits of age, size and number
 * @param goal how much space is to be made
 * @param gracePeriod how long something must have been left alone, if not what the kind of target
 *     says
 */
public record PolicyFile(
    List<CleanupTarget> targets,
    PolicySelection policies,
    Retention retention,
    SpaceGoal goal,
    Optional<Duration> gracePeriod) {

  /** People write it by hand. */
  private static final int MAX_BYTES = 1 << 20;

  private static final Duration LONGEST_GRACE = CleanupTarget.Kind.CACHE.gracePeriod();

  public PolicyFile {
    targets = ImmutableList.copyOf(targets);
  }

  /**
   * Reads a policy file.
   *
   * @param providers what its policies and settings are checked against
   * @throws PolicyFileException if it is no TOML, or says something that is unknown or makes no
   *     sense
   * @throws IOException if it cannot be read as UTF-8
   */
  public static PolicyFile read(Path file, Collection<? extends PolicyProvider> providers)
      throws IOException {
    Path absolute = file.toAbsolutePath();
    String text = ForeignFile.at(absolute).followingLinks().text(MAX_BYTES);
    if (!TomlBounds.hold(text)) {
      throw new PolicyFileException(absolute, 1, "It is nested too deeply for a policy file");
    }
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      TomlParseError first = toml.errors().get(0);
      throw new PolicyFileException(
          absolute, first.position().line(), String.valueOf(first.getMessage()));
    }
    return new Source(absolute).policyFile(toml, providers);
  }

  /**
   * Reads a policy file that may be a project's rather than the user's or the machine's own. A
   * project's file speaks of directories below its own alone, keeps more and takes less; what would
   * widen a run is an error. A file is a project's if it lies in a workspace, or in a directory
   * under version control that does not hold the home directory, or if anybody but this user and
   * root can write to it.
   *
   * @param workspaces directories that will be cleaned in any case
   * @param caches whether caches are cleaned too, which all projects share
   * @throws PolicyFileException as the other one, and if a project's file would widen something
   */
  public static PolicyFile read(
      Path file,
      Collection<? extends PolicyProvider> providers,
      HostEnvironment host,
      Collection<Path> workspaces,
      boolean caches)
      throws IOException {
    Path absolute = file.toAbsolutePath();
    PolicyFile read = read(absolute, providers);
    List<Path> cleaned = new ArrayList<>(workspaces);
    read.targets().stream()
        .filter(target -> target.kind() == CleanupTarget.Kind.WORKSPACE)
        .forEach(target -> cleaned.add(target.root()));
    Optional<String> foreign = foreign(absolute, host, cleaned);
    if (foreign.isPresent()) {
      read.widening(absolute, host, workspaces, caches)
          .ifPresent(
              what -> {
                throw new PolicyFileException(
                    absolute,
                    1,
                    "It "
                        + what
                        + ", and may not, since "
                        + foreign.get()
                        + "; put that into a file of your own, such as "
                        + Printable.of(host.configHome().resolve("lowtide.toml")));
              });
    }
    return read;
  }

  /** Why a file is not this user's or the machine's own. */
  private static Optional<String> foreign(
      Path file, HostEnvironment host, Collection<Path> workspaces) {
    Path real = host.resolved(file);
    Optional<String> writable = host.writableByOthers(file).or(() -> host.writableByOthers(real));
    if (writable.isPresent()) {
      return writable;
    }
    for (Path workspace : workspaces) {
      if (file.startsWith(workspace) || real.startsWith(host.resolved(workspace))) {
        return Optional.of("it lies in " + Printable.of(workspace) + ", which is being cleaned");
      }
    }
    if (file.startsWith(host.configHome())) {
      return Optional.empty(); // also of those who keep their settings under version control
    }
    return host.projectAround(real)
        .map(project -> "it belongs to the project " + Printable.of(project));
  }

  /** What in it does more than keep, below the file's own directory. */
  private Optional<String> widening(
      Path file, HostEnvironment host, Collection<Path> workspaces, boolean caches) {
    Path parent = file.getParent();
    Path base = host.resolved(parent == null ? file : parent);
    boolean alone =
        !caches && workspaces.stream().allMatch(each -> host.resolved(each).startsWith(base));
    return targets.stream()
        .map(CleanupTarget::root)
        .filter(root -> !host.resolved(root).startsWith(base))
        .findFirst()
        .map(root -> "names " + Printable.of(root) + " outside of its directory")
        .or(
            () ->
                alone || policies.settings().isEmpty()
                    ? Optional.empty()
                    : Optional.of("changes settings by which other directories are cleaned too"))
        .or(
            () ->
                gracePeriod
                    .filter(period -> !alone && period.compareTo(LONGEST_GRACE) < 0)
                    .map(period -> "shortens the grace period of other directories"));
  }

  /** The file, to say where something is wrong. */
  private record Source(Path file) {

    PolicyFile policyFile(TomlTable toml, Collection<? extends PolicyProvider> providers)
        throws IOException {
      Section top = section("", toml, Set.of("policies", "targets", "limits", "settings"));
      Path parent = file.getParent();
      Path base = (parent == null ? file : parent).toRealPath();
      List<CleanupTarget> targets = new ArrayList<>();
      SpaceGoal goal = SpaceGoal.NONE;
      for (Section target :
          top.sections("targets", Set.of("id", "path", "kind", "keep", "reserve"))) {
        CleanupTarget named = target(target, base, targets.size() + 1);
        targets.add(named);
        Optional<ByteSize> reserve = target.value("reserve", ByteSize::parse);
        if (reserve.isPresent()) {
          goal = goal.reserve(named.id(), reserve.get());
        }
      }
      Section limits =
          section(
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

    private CleanupTarget target(Section target, Path base, int number) {
      CleanupTarget.Kind kind =
          target.value("kind", Source::kind).orElse(CleanupTarget.Kind.WORKSPACE);
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
              .filter(kind -> kind != CleanupTarget.Kind.STORE) // a tool has it, nobody names it
              .toList();
      return kinds.stream()
          .filter(kind -> name(kind).equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "'"
                          + text
                          + "' is no kind of target; write "
                          + kinds.stream().map(Source::name).collect(Collectors.joining(", "))));
    }

    private static String name(CleanupTarget.Kind kind) {
      return kind.name().toLowerCase(Locale.ROOT);
    }

    /** A dot alone is the directory of the file; within a path it stays what it is, an error. */
    private static Path root(Path base, String text) {
      if (text.equals(".")) {
        return base;
      }
      try {
        Path given = base.getFileSystem().getPath(text);
        return CleanupTarget.checkedRoot(text.isEmpty() ? given : base.resolve(given));
      } catch (InvalidPathException e) {
        // In the locale C, a name that is not ASCII is none
        String hint =
            CharMatcher.ascii().matchesAllOf(text) ? "" : "; if it is there, set LC_ALL=C.UTF-8";
        throw new IllegalArgumentException(
            "'" + text + "' is not a path: " + e.getReason() + hint, e);
      }
    }

    private PolicySelection policies(Section top, Collection<? extends PolicyProvider> providers) {
      Map<String, Map<String, String>> settings = new LinkedHashMap<>();
      Optional<TomlTable> tables = top.table("settings");
      if (tables.isPresent()) {
        Section section = section("settings", tables.get(), ecosystems(providers));
        for (String ecosystem : tables.get().keySet()) {
          Map<String, String> values = settings(section, ecosystem);
          settings.put(ecosystem, values);
          // Each ecosystem by itself, so that what it rejects is said with the right line
          section.checked(
              ecosystem,
              () ->
                  new PolicySelection(Set.of(ecosystem), Map.of(ecosystem, values))
                      .from(providers));
        }
      }
      PolicySelection selection =
          new PolicySelection(new LinkedHashSet<>(top.texts("policies")), settings);
      top.checked("policies", () -> selection.from(providers));
      return selection;
    }

    private static Set<String> ecosystems(Collection<? extends PolicyProvider> providers) {
      return providers.stream().map(PolicyProvider::ecosystem).collect(Collectors.toSet());
    }

    private Map<String, String> settings(Section section, String ecosystem) {
      Optional<TomlTable> table = section.table(ecosystem);
      Map<String, String> values = new LinkedHashMap<>();
      if (table.isPresent()) {
        flatten("settings." + ecosystem, "", table.get(), values);
      }
      return values;
    }

    /** In TOML, {@code target-stale.mode = "age"} is a table in a table. */
    private void flatten(String name, String prefix, TomlTable table, Map<String, String> values) {
      Section of = section(name, table, table.keySet());
      for (String key : table.keySet()) {
        if (of.get(key) instanceof TomlTable nested) {
          flatten(name + "." + key, prefix + key + ".", nested, values);
        } else {
          of.value(key, Function.identity()).ifPresent(value -> values.put(prefix + key, value));
        }
      }
    }

    private Section section(String name, TomlTable table, Set<String> known) {
      Section section = new Section(file, name, table);
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
  }

  /** One table of the file. */
  private record Section(Path file, String name, TomlTable table) {

    PolicyFileException wrong(String key, @Nullable String problem) {
      TomlPosition position = table.inputPositionOf(List.of(key));
      if (position == null) {
        position = table.inputPositionOf(List.of());
      }
      return new PolicyFileException(
          file, position == null ? 1 : position.line(), String.valueOf(problem));
    }

    private PolicyFileException notA(String key, String expected) {
      return wrong(key, "'" + key + "' is to be " + expected);
    }

    private @Nullable Object get(String key) {
      return table.get(List.of(key));
    }

    Optional<TomlTable> table(String key) {
      Object value = get(key);
      if (value == null || value instanceof TomlTable) {
        return Optional.ofNullable((TomlTable) value);
      }
      throw notA(key, "a table");
    }

    List<Section> sections(String key, Set<String> known) {
      Object value = get(key);
      if (value == null) {
        return List.of();
      }
      List<Section> sections = new ArrayList<>();
      for (Object each : value instanceof TomlArray array ? array.toList() : List.of(value)) {
        if (!(value instanceof TomlArray) || !(each instanceof TomlTable element)) {
          throw notA(key, "a list of tables: [[" + key + "]]");
        }
        sections.add(new Source(file).section(key, element, known));
      }
      return sections;
    }

    /** A text, or a number or truth value as it is written. */
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
}
