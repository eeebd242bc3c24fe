package dev.lowtide.policies.python.places;

import static dev.lowtide.policies.python.places.Place.answer;
import static dev.lowtide.policies.python.places.Place.answerIfUsed;
import static dev.lowtide.policies.python.places.Place.below;
import static dev.lowtide.policies.python.places.Place.cache;
import static dev.lowtide.policies.python.places.Place.overridden;
import static dev.lowtide.policies.python.places.Place.startingProgram;
import static dev.lowtide.policies.python.places.Place.usual;
import static dev.lowtide.policies.python.places.Place.variable;

import com.google.common.util.concurrent.Futures;
import dev.lowtide.CleanupTarget;
import dev.lowtide.CleanupTarget.Kind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.verify.StandardLocation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The places where Python's tools keep what all builds of a user share.
 *
 * <p>Each place is looked up in the same order as by its tool: the answer of the tool if it is
 * installed, a variable, a configuration file, the platform's usual directory. Implausible values
 * are ignored: relative paths, and directories that contain the home directory. A cache that only a
 * project's settings name belongs to that project and is not listed.
 *
 * <p>From "Caching" and the configuration of {@code cache-dir} in the documentation of pip 23 to
 * 26; "Storage" in that of uv 0.8; {@code cibuildwheel/util/file.py} of cibuildwheel 3; {@code
 * pre_commit/store.py} of pre-commit 4; "Configuration" in the documentation of Poetry 2; {@code
 * conda/base/context.py} of conda 24.
 */
public final class Places {
  /** The command of uv. */
  public static final String UV = "uv";

  /** The command of conda. */
  public static final String CONDA = "conda";

  public static final String PIP_CACHE = StandardLocation.PIP_CACHE.id();
  public static final String UV_CACHE = StandardLocation.UV_CACHE.id();

  /** Where older versions of uv kept the cache on macOS. Newer versions still do if it exists. */
  public static final String UV_LEGACY_CACHE = "uv-cache-legacy";

  /** The directory that {@code PYTHONPYCACHEPREFIX} names, for the bytecode of all sources. */
  public static final String BYTECODE = "python-bytecode";

  public static final String CIBUILDWHEEL_CACHE = "cibuildwheel-cache";
  public static final String PRE_COMMIT_CACHE = "pre-commit-cache";
  public static final String POETRY_CACHE = "poetry-cache";

  /** If conda has several package directories, the others are {@code conda-pkgs-2} and so on. */
  public static final String CONDA_PACKAGES = "conda-pkgs";

  /** The interpreters that uv installed. */
  public static final String UV_PYTHON = "uv-python";

  public static final String UV_TOOLS = "uv-tools";
  public static final String PIPX = "pipx-environments";
  public static final String HATCH = "hatch-environments";

  static final String TEMP = StandardLocation.TEMP.id();

  private static final List<Place> TABLE =
      List.of(
          new Place(
              PIP_CACHE,
              Kind.CACHE,
              answer("pip", "cache", "dir"),
              overridden(StandardLocation.PIP_CACHE),
              SettingsFiles::pipCache,
              usual(StandardLocation.PIP_CACHE)),
          new Place(
              UV_CACHE,
              Kind.CACHE,
              startingProgram(Places::uvCacheAnswer),
              overridden(StandardLocation.UV_CACHE),
              SettingsFiles::uvCache,
              usual(StandardLocation.UV_CACHE)),
          new Place(UV_LEGACY_CACHE, Kind.CACHE, Places::uvLegacyCache),
          new Place(BYTECODE, Kind.CACHE, variable("PYTHONPYCACHEPREFIX"), host -> List.of()),
          new Place(
              CIBUILDWHEEL_CACHE,
              Kind.CACHE,
              variable("CIBW_CACHE_PATH"),
              cache("cibuildwheel", "pypa", "cibuildwheel", "Cache")),
          new Place(
              PRE_COMMIT_CACHE,
              Kind.CACHE,
              variable("PRE_COMMIT_HOME"),
              host -> List.of(host.xdgCacheHome().resolve("pre-commit"))),
          new Place(
              POETRY_CACHE,
              Kind.CACHE,
              answerIfUsed(Places::poetrySettings, "poetry", "config", "cache-dir"),
              variable("POETRY_CACHE_DIR"),
              SettingsFiles::poetryCache,
              cache("pypoetry", "pypoetry", "Cache")),
          new Place(
              CONDA_PACKAGES,
              Kind.CACHE,
              startingProgram(Places::packagesOfConda),
              Places::condaVariable,
              SettingsFiles::condaPackages,
              Places::condaUsual),
          new Place(
              UV_PYTHON,
              Kind.CACHE,
              answer(UV, "python", "dir"),
              variable("UV_PYTHON_INSTALL_DIR"),
              below(usual(StandardLocation.UV_DATA), "python")),
          new Place(
              UV_TOOLS,
              Kind.CACHE,
              answer(UV, "tool", "dir"),
              variable("UV_TOOL_DIR"),
              below(usual(StandardLocation.UV_DATA), "tools")),
          new Place(
              PIPX,
              Kind.CACHE,
              answerIfUsed(Places::pipxUsual, "pipx", "environment", "--value", "PIPX_LOCAL_VENVS"),
              below(variable("PIPX_HOME"), "venvs"),
              below(Places::pipxUsual, "venvs")),
          new Place(
              HATCH,
              Kind.CACHE,
              below(variable("HATCH_DATA_DIR"), "env", "virtual"),
              below(host -> List.of(host.dataHome()), "hatch", "env", "virtual")),
          new Place(TEMP, Kind.TEMPORARY, usual(StandardLocation.TEMP)));

  private Places() {}

  /**
   * All places on a machine. The tools are asked in parallel, because some take a second to start.
   */
  public static List<CleanupTarget> shared(HostEnvironment host) {
    List<Supplier<List<CleanupTarget>>> answers =
        TABLE.stream()
            .map(place -> place.startsProgram() ? asked(place, host) : known(place, host))
            .toList();
    return answers.stream().flatMap(answer -> answer.get().stream()).toList();
  }

  private static Supplier<List<CleanupTarget>> known(Place place, HostEnvironment host) {
    return () -> place.targetsOn(host);
  }

  private static Supplier<List<CleanupTarget>> asked(Place place, HostEnvironment host) {
    FutureTask<List<CleanupTarget>> answer = new FutureTask<>(() -> place.targetsOn(host));
    Thread thread = new Thread(answer, "lowtide-ask-" + place.id());
    thread.setDaemon(true);
    thread.start();
    return () -> Futures.getUnchecked(answer);
  }

  /** The directory of one place; asks only the tool of that place. */
  public static Optional<Path> root(String id, HostEnvironment host) {
    return TABLE.stream()
        .filter(place -> place.id().equals(id))
        .flatMap(place -> place.targetsOn(host).stream())
        .map(CleanupTarget::root)
        .findFirst();
  }

  /**
   * The directories of one place according to variables, files and platform, each as named and with
   * links resolved. Starts no program.
   */
  public static List<Path> rootsWithoutAsking(String id, HostEnvironment host) {
    return TABLE.stream()
        .filter(place -> place.id().equals(id))
        .flatMap(place -> place.withoutAsking().targetsOn(host).stream())
        .flatMap(target -> Stream.of(target.root(), host.resolved(target.root())))
        .distinct()
        .toList();
  }

  /** Whether a target is the place with an id, or one of several such places. */
  public static boolean isPlace(String id, CleanupTarget target) {
    return target.id().startsWith(id) && target.id().substring(id.length()).matches("(-[0-9]+)?");
  }

  /** Whether a target is the shared cache with an id. */
  public static boolean isCache(String id, CleanupTarget target) {
    return target.kind() == Kind.CACHE && target.id().equals(id);
  }

  /** The programs that {@link #shared} may ask. */
  public static Set<String> askedTools() {
    return Set.of("pip", UV, "poetry", CONDA, "pipx");
  }

  /** The directory into which uv unpacks each wheel once: the bucket that uv 0.5 to 0.8 use. */
  public static Path uvArchives(HostEnvironment host) {
    return StandardLocation.UV_CACHE.root(host).resolve("archive-v0");
  }

  /**
   * Where uv keeps what only the user can restore: interpreters on which environments depend,
   * installed tools and credentials.
   */
  public static Set<Path> uvData(HostEnvironment host) {
    Set<Path> all = new LinkedHashSet<>(keptByUv(host));
    all.add(StandardLocation.UV_DATA.root(host));
    return all;
  }

  /** The parts of uv's data that only uv itself may change. */
  public static Set<Path> keptByUv(HostEnvironment host) {
    Path data = StandardLocation.UV_DATA.root(host);
    Set<Path> kept = new LinkedHashSet<>();
    kept.addAll(rootsWithoutAsking(UV_PYTHON, host));
    kept.addAll(rootsWithoutAsking(UV_TOOLS, host));
    kept.add(host.directory("UV_CREDENTIALS_DIR").orElse(data.resolve("credentials")));
    return kept;
  }

  private static List<Path> poetrySettings(HostEnvironment host) {
    return List.of(host.configHome().resolve("pypoetry"));
  }

  public static Optional<Path> path(String text, HostEnvironment host) {
    try {
      return Optional.of(host.path(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** With {@code UV_NO_CACHE}, uv answers with a directory that it deletes when it ends. */
  private static List<Path> uvCacheAnswer(HostEnvironment host) {
    return host.variable("UV_NO_CACHE").isPresent()
        ? List.of()
        : answer(UV, "cache", "dir").directories(host);
  }

  private static List<Path> uvLegacyCache(HostEnvironment host) {
    Path legacy = host.cacheHome().resolve("uv");
    return host.operatingSystem() == OperatingSystem.MACOS
            && StandardLocation.UV_CACHE.overridden(host).isEmpty()
            && root(UV_CACHE, host).filter(legacy::equals).isEmpty()
        ? List.of(legacy)
        : List.of();
  }

  /** conda answers in the format of its configuration files. */
  public static List<Path> packagesOfConda(HostEnvironment host) {
    return host.ask(CONDA, "config", "--show", "pkgs_dirs")
        .map(answer -> SettingsFiles.parsePackageDirectories(answer, host))
        .orElse(List.of());
  }

  private static List<Path> condaVariable(HostEnvironment host) {
    return host.variable("CONDA_PKGS_DIRS").stream()
        .flatMap(value -> Stream.of(value.split(",")))
        .flatMap(value -> path(value.strip(), host).stream())
        .toList();
  }

  /**
   * The directories in {@code pipx/paths.py} of pipx 1.2 to 1.9, which changed between versions;
   * each that exists may be in use. On Windows platformdirs repeats the name, once as the author's.
   */
  private static List<Path> pipxUsual(HostEnvironment host) {
    Path first = host.home().resolve(".local").resolve("pipx");
    return host.operatingSystem() == OperatingSystem.WINDOWS
        ? List.of(
            host.home().resolve("pipx"), host.dataHome().resolve("pipx").resolve("pipx"), first)
        : List.of(host.dataHome().resolve("pipx"), first);
  }

  /** The package directories of the installation that the shell has set up, and of the user. */
  private static List<Path> condaUsual(HostEnvironment host) {
    List<Path> found = new ArrayList<>();
    host.directory("CONDA_EXE")
        .map(Path::getParent)
        .map(Path::getParent)
        .map(installation -> installation.resolve("pkgs"))
        .ifPresent(found::add);
    found.add(
        host.operatingSystem() == OperatingSystem.WINDOWS
            ? host.cacheHome().resolve("conda").resolve("conda").resolve("pkgs")
            : host.home().resolve(".conda").resolve("pkgs"));
    return found;
  }
}
