package dev.lowtide.policies.rust.builds;

import com.google.common.base.Splitter;
import com.google.common.base.Suppliers;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which workspaces build into which target directory: as cargo answers if it may be asked, else by
 * the position of the directories.
 */
final class Workspaces {
  private static final String MANIFEST = "Cargo.toml";
  private static final int MAX_TEXT = 1 << 20;

  /**
   * Variables that make all workspaces build into one directory, if the path is absolute; cargo
   * 1.95.
   */
  private static final List<String> VARIABLES =
      List.of("CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR");

  private final Collection<Snapshot> snapshots;
  private final HostEnvironment host;

  /**
   * The machine on which cargo is asked, in directories that may belong to anyone. Making it asks
   * rustup.
   */
  private final Supplier<HostEnvironment> asked;

  /** The workspaces that build into a directory, by target directory and by build directory. */
  private final Map<Path, Set<Path>> building = new HashMap<>();

  /** The directories of the programs, by build directory. */
  private final Map<Path, Set<Path>> outputs = new HashMap<>();

  private Workspaces(Collection<Snapshot> snapshots, HostEnvironment host) {
    this.snapshots = snapshots;
    this.host = host;
    this.asked = Suppliers.memoize(() -> Toolchains.withOwnCargo(host));
  }

  /**
   * The workspaces that build into some directories.
   *
   * @param targets all that are in the snapshots
   */
  static Workspaces of(
      Collection<Snapshot> snapshots, List<TargetDirectory> targets, HostEnvironment host) {
    Workspaces workspaces = new Workspaces(snapshots, host);
    List<Path> inside = targets.stream().map(TargetDirectory::path).toList();
    Set<Path> asked = new TreeSet<>();
    snapshots.stream()
        .flatMap(Snapshot::entries)
        .filter(entry -> entry.nameStartsWith(MANIFEST))
        .filter(entry -> entry.isFile() && entry.name().equals(MANIFEST))
        .map(entry -> entry.path())
        .filter(path -> inside.stream().noneMatch(path::startsWith))
        .map(Path::getParent)
        .forEach(
            directory -> {
              boolean below =
                  Stream.iterate(directory.getParent(), path -> path != null, Path::getParent)
                      .anyMatch(asked::contains);
              // Members of a workspace are below it and have no lock file
              if (!below || workspaces.entry(directory.resolve("Cargo.lock")).isPresent()) {
                asked.add(directory);
              }
            });
    inside.stream()
        .map(Path::getParent)
        .filter(path -> path != null && !workspaces.isExamined(path))
        .forEach(asked::add);
    asked.parallelStream().flatMap(workspaces::ask).toList().forEach(workspaces::add);
    for (TargetDirectory target : targets) {
      Path above = target.path().getParent();
      if (target.root().parent().filter(parent -> parent.hasFile(MANIFEST)).isPresent()
          && !workspaces.building.containsKey(target.path())) {
        workspaces.building.put(target.path(), new TreeSet<>(Set.of(above)));
      }
    }
    return workspaces;
  }

  /** Without dependencies, cargo starts none of the programs that a configuration file may name. */
  private Stream<String> ask(Path directory) {
    return asked
        .get()
        .askIn(directory, "cargo", "metadata", "--no-deps", "--offline", "--format-version", "1")
        .stream();
  }

  private void add(String metadata) {
    try {
      JsonObject answer = JsonParser.parseString(metadata).getAsJsonObject();
      Optional<Path> workspace = path(answer.get("workspace_root"));
      Optional<Path> target = path(answer.get("target_directory"));
      Optional<Path> build = path(answer.get("build_directory")).or(() -> target);
      if (workspace.isPresent() && target.isPresent() && build.isPresent()) {
        Path programs = host.resolved(target.get());
        Path units = host.resolved(build.get());
        building.computeIfAbsent(programs, each -> new TreeSet<>()).add(workspace.get());
        building.computeIfAbsent(units, each -> new TreeSet<>()).add(workspace.get());
        outputs.computeIfAbsent(units, each -> new TreeSet<>()).add(programs);
      }
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      // an answer in an unknown form proves nothing
    }
  }

  /** An absolute path; versions of cargo before 1.91 do not answer all of them. */
  private Optional<Path> path(@Nullable JsonElement text) {
    return text == null || text.isJsonNull() ? Optional.empty() : path(text.getAsString());
  }

  private Optional<Path> path(String text) {
    try {
      return Optional.of(host.path(text)).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private Optional<Entry> entry(Path path) {
    return snapshots.stream().flatMap(snapshot -> snapshot.entry(path).stream()).findFirst();
  }

  private boolean isExamined(Path path) {
    return snapshots.stream().anyMatch(snapshot -> path.startsWith(snapshot.rootPath()));
  }

  /** The workspaces in a snapshot of which cargo answered where it builds. */
  List<Path> in(Snapshot snapshot) {
    return building.values().stream()
        .flatMap(Set::stream)
        .distinct()
        .filter(workspace -> snapshot.entry(workspace).isPresent())
        .sorted()
        .toList();
  }

  /** The directories into which a workspace builds, and which were not examined. */
  List<Path> outside(Path workspace) {
    return building.keySet().stream()
        .filter(directory -> building.getOrDefault(directory, Set.of()).contains(workspace))
        .filter(directory -> !isExamined(directory) && !host.isGone(directory))
        .sorted()
        .toList();
  }

  /** The workspaces that are known to build into a directory. */
  Set<Path> of(TargetDirectory target) {
    return building.getOrDefault(target.path(), Set.of());
  }

  /** The versions that the workspace uses, if only one is known to build into a directory. */
  LockedVersions locked(TargetDirectory target) {
    Set<Path> known = of(target);
    return known.size() == 1
        ? LockedVersions.of(known.iterator().next(), host)
        : LockedVersions.UNKNOWN;
  }

  /**
   * Why a directory may contain units of several workspaces, so that a unit does not replace
   * another one of the same name; empty if it certainly belongs to one workspace.
   */
  Optional<String> sharing(TargetDirectory target) {
    Set<Path> known = of(target);
    Optional<String> variable =
        VARIABLES.stream()
            .filter(name -> host.variable(name).flatMap(this::path).isPresent())
            .findFirst();
    if (variable.isPresent()) {
      return variable.map(name -> name + " makes all workspaces build into one directory");
    } else if (known.isEmpty()) {
      return Optional.of("no workspace is known to build into it");
    } else if (known.size() > 1) {
      return Optional.of("several workspaces build into it: " + known);
    }
    Path workspace = known.iterator().next();
    if (!target.path().startsWith(workspace)) {
      return Optional.of("it is outside of the workspace " + workspace);
    }
    return sources(target).stream()
        .filter(group -> group.stream().noneMatch(source -> source.startsWith(workspace)))
        .findFirst()
        .map(group -> "something outside of the workspace was built into it, from " + group.get(0));
  }

  /**
   * The sources of each program or library in the directory of a profile, without generated
   * sources. The files for make beside them contain the absolute paths.
   */
  List<List<Path>> sources(TargetDirectory target) {
    Set<Path> places = new LinkedHashSet<>(outputs.getOrDefault(target.path(), Set.of()));
    places.add(target.path());
    List<List<Path>> sources = new ArrayList<>();
    for (Path place : places) {
      for (Profile profile : target.profiles()) {
        Path output = place.resolve(target.path().relativize(profile.directory().path()));
        entry(output).stream()
            .flatMap(
                directory ->
                    Stream.concat(
                        directory.children().stream(),
                        directory.child("examples").stream()
                            .flatMap(each -> each.children().stream())))
            .filter(file -> file.isFile() && file.name().endsWith(".d"))
            .map(file -> sources(file, target.path()))
            .filter(group -> !group.isEmpty())
            .forEach(sources::add);
      }
    }
    return sources;
  }

  /** Reads {@code OUTPUT: SOURCE SOURCE…}, where a backslash escapes a blank. */
  private List<Path> sources(Entry file, Path target) {
    String text = file.textUnnoticed(MAX_TEXT).orElse("");
    int colon = text.indexOf(": ");
    if (colon < 0) {
      return List.of();
    }
    String escaped = text.substring(colon + 2).strip().replace("\\ ", "\0");
    return Splitter.on(' ')
        .omitEmptyStrings()
        .splitToStream(escaped)
        .map(source -> source.replace('\0', ' '))
        .flatMap(source -> isReadable(source) ? path(source).stream() : Stream.of(host.path("/")))
        .filter(source -> !source.startsWith(target))
        .toList();
  }

  /**
   * Whether this locale can read a path. An unreadable path may be anywhere, so the root replaces
   * it.
   */
  private boolean isReadable(String path) {
    try {
      host.path(path);
      return path.indexOf('\uFFFD') < 0;
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
