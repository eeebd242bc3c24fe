package dev.lowtide.cli;

import static dev.lowtide.cli.Options.option;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.DiskLocation.Expectation;
import dev.lowtide.verify.DiskLocation.Tolerance;
import dev.lowtide.verify.StandardLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The options that name the locations to measure and say what is expected of each. */
final class Locations {
  private Map<String, Optional<Path>> given = new LinkedHashMap<>();
  private List<String> tolerances = new ArrayList<>();
  private Map<String, Expectation> expectations = new LinkedHashMap<>();
  private List<String> exceptions = new ArrayList<>();

  /** Adds the options to a command. */
  void addTo(Options options) {
    OptionSpec.Builder location =
        option("--location=NAME[=PATH]")
            .description(
                "A location to compare; repeatable. Standard names need no path: workspace,"
                    + " uv-cache, pip-cache, uv-data, cargo-home, target, sccache, temp. Default:"
                    + " all of these, and the caches that policies find.");
    location.mapFallbackValue(Option.NULL_VALUE);
    options.map(
        location, (Map<String, Optional<Path>> value) -> given = value, Optional.class, Path.class);
    options.list(
        "--tolerate=[NAME=]SIZE",
        String.class,
        value -> tolerances = value,
        "How much a location may grow, or every location if NAME is omitted: a size, or a"
            + " share such as 5%%; repeatable.");
    options.map(
        option("--expect=NAME=unchanged|bounded")
            .description(
                "Whether everything in a location must stay unchanged, or only its size is bounded;"
                    + " repeatable. Default: caches and temp are bounded, all others unchanged."),
        (Map<String, Expectation> value) -> expectations = value,
        Expectation.class);
    options.list(
        "--except=GLOB",
        String.class,
        value -> exceptions = value,
        "Ignore what matches this pattern, relative to the location, for example 'dist/**';"
            + " repeatable.");
  }

  /** Whether any of the options was given. */
  boolean areGiven() {
    return !given.isEmpty()
        || !tolerances.isEmpty()
        || !expectations.isEmpty()
        || !exceptions.isEmpty();
  }

  /**
   * The named locations, or those that builds usually fill.
   *
   * @throws UsageException if an option is wrong
   */
  List<DiskLocation> chosen(Session session) throws IOException {
    List<DiskLocation> places = given.isEmpty() ? usual(session) : named(session);
    Rules rules = rules(places);
    return places.stream().map(rules::applyTo).toList();
  }

  /**
   * Applies the options to the locations of a baseline.
   *
   * @throws UsageException if an option is wrong, or names a location that the baseline lacks
   */
  DiskBaseline applyTo(DiskBaseline baseline) {
    List<DiskLocation> known =
        baseline.locations().stream().map(DiskBaseline.Location::rules).toList();
    requireKnown("--location", given.keySet(), known);
    return baseline.expecting(rules(known)::applyTo);
  }

  /**
   * The locations of a baseline as they are now; at the recorded paths, unless the options say
   * otherwise.
   */
  List<DiskLocation> now(DiskBaseline baseline, Session session) throws IOException {
    Map<String, Path> moved = new LinkedHashMap<>();
    for (DiskLocation place : named(session)) {
      moved.put(place.name(), place.root());
    }
    return baseline.locations().stream()
        .map(DiskBaseline.Location::rules)
        .map(place -> place.at(moved.getOrDefault(place.name(), place.root())))
        .toList();
  }

  private List<DiskLocation> named(Session session) throws IOException {
    List<DiskLocation> places = new ArrayList<>();
    for (Map.Entry<String, Optional<Path>> location : given.entrySet()) {
      String name = location.getKey();
      if (name.isBlank()) {
        throw new UsageException(
            "--location must be NAME=PATH, for example --location cache=/var/cache/build");
      }
      Optional<StandardLocation> standard = StandardLocation.named(name);
      if (location.getValue().isEmpty() && standard.isEmpty()) {
        throw new UsageException(
            "There is no standard location '"
                + Printable.of(name)
                + "'; write NAME=PATH, or one of "
                + StandardLocation.names());
      }
      try {
        if (location.getValue().isPresent()) {
          Inputs.requireThere(Inputs.root(session.host(), location.getValue().get()));
        }
        places.add(
            location.getValue().isPresent()
                ? new DiskLocation(
                    name,
                    Inputs.real(Inputs.root(session.host(), location.getValue().get())),
                    StandardLocation.expectationOf(name),
                    Tolerance.NONE,
                    Set.of())
                : real(standard.get().on(session.host())));
      } catch (IllegalArgumentException e) {
        throw new UsageException(e);
      }
    }
    return places;
  }

  /** The caches that policies find replace the standard locations of the same name. */
  private static List<DiskLocation> usual(Session session) throws IOException {
    Map<String, DiskLocation> usual = new LinkedHashMap<>();
    DiskLocation temp = real(StandardLocation.TEMP.on(session.host()));
    for (StandardLocation standard : StandardLocation.values()) {
      if (standard != StandardLocation.TARGET || isCargoUsed(session.host())) {
        usual.put(standard.id(), real(standard.on(session.host())));
      }
    }
    for (CleanupTarget place :
        Selection.discover(session, session.host(), session.providers().get())) {
      if (place.kind() == CleanupTarget.Kind.CACHE) {
        usual.put(place.id(), DiskLocation.bounded(place.id(), place.root()));
      }
    }
    usual.remove(temp.name());
    usual.put(temp.name(), temp);
    return List.copyOf(usual.values());
  }

  /** Whether cargo made the directory: other tools, too, use the name {@code target}. */
  private static boolean isCargoUsed(HostEnvironment host) {
    return host.variable("CARGO_TARGET_DIR").isPresent()
        || Files.exists(host.workingDirectory().resolve("Cargo.toml"));
  }

  private static DiskLocation real(DiskLocation place) throws IOException {
    return place.at(Inputs.real(place.root()));
  }

  private record Rules(
      Optional<Tolerance> tolerance,
      Map<String, Tolerance> tolerances,
      Map<String, Expectation> expectations,
      List<String> exceptions) {

    DiskLocation applyTo(DiskLocation place) {
      Tolerance tolerated =
          tolerances.getOrDefault(place.name(), tolerance.orElse(place.tolerance()));
      return place
          .expecting(expectations.getOrDefault(place.name(), place.expectation()))
          .tolerating(tolerated)
          .excepting(exceptions.toArray(String[]::new));
    }
  }

  private Rules rules(List<DiskLocation> places) {
    Optional<Tolerance> all = Optional.empty();
    Map<String, Tolerance> each = new LinkedHashMap<>();
    for (String tolerance : tolerances) {
      int equals = tolerance.lastIndexOf('=');
      try {
        Tolerance parsed = Tolerance.parse(tolerance.substring(equals + 1));
        if (equals < 0) {
          all = Optional.of(parsed);
        } else {
          each.put(tolerance.substring(0, equals), parsed);
        }
      } catch (IllegalArgumentException e) {
        throw new UsageException("--tolerate: " + e.getMessage() + ", or a share such as 5%");
      }
    }
    requireKnown("--tolerate", each.keySet(), places);
    requireKnown("--expect", expectations.keySet(), places);
    try {
      places.forEach(place -> place.excepting(exceptions.toArray(String[]::new)));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--except: " + e.getMessage());
    }
    return new Rules(all, each, expectations, exceptions);
  }

  private static void requireKnown(
      String option, Collection<String> names, List<DiskLocation> places) {
    Set<String> known = places.stream().map(DiskLocation::name).collect(Collectors.toSet());
    for (String name : names) {
      if (!known.contains(name)) {
        throw new UsageException(
            option
                + " names the location '"
                + name
                + "', which was not measured before; there are "
                + places.stream().map(DiskLocation::name).collect(Collectors.joining(", ")));
      }
    }
  }
}
