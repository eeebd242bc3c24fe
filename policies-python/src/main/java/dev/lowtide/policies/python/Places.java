package dev.lowtide.policies.python;

import com.google.common.util.concurrent.Futures;
import dev.lowtide.CleanupTarget;
import dev.lowtide.CleanupTarget.Kind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.InvalidPathNameException;
import dev.lowtide.verify.StandardLocation;
import java.nio.file.Files;
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
import java.util.stream.StreamSupport;

/**
 * Where the tools of Python keep what all builds of a user share.
 *
 * <p>Each place is asked for in the order in which its tool goes by: the tool itself where it is
 * installed, a variable, a configuration file, what is usual on the platform. What cannot be meant
 * is passed over, as if it were not there: relative paths, and directories that hold the home
 * directory. A cache that only a project's own settings name is that project's, and not here.
 *
 * <p>From "Caching" and the configuration of {@code cache-dir} in the documentation of pip 23 to
 * 26; "Storage" in that of uv 0.8; {@code cibuildwheel/util/file.py} of cibuildwheel 3; {@code
 * pre_commit/store.py} of pre-commit 4; "Configuration" in the documentation of Poetry 2; {@code
 * conda/base/context.py} of conda 24.
 */
final class Places {
  static final String PIP_CACHE = StandardLocation.PIP_CACHE.id();
  static final String UV_CACHE = StandardLocation.UV_CACHE.id();

  /** Where older versions of uv kept the cache on macOS, and newer ones do if it is there. */
  static final String UV_LEGACY_CACHE = "uv-cache-legacy";

  /** Bytecode of all sources, for those who do not want it beside them. */
  static final String BYTECODE = "python-bytecode";

  static final String CIBUILDWHEEL_CACHE = "cibuildwheel-cache";
  static final String PRE_COMMIT_CACHE = "pre-commit-cache";
  static final String POETRY_CACHE = "poetry-cache";

  /** Where conda has several, the others are {@code conda-pkgs-2} and so on. */
  static final String CONDA_PACKAGES = "conda-pkgs";

  /** The interpreters that uv installed. */
  static final String UV_PYTHON = "uv-python";

  static final String UV_TOOLS = "uv-tools";
  static final String PIPX = "pipx-environments";
  static final String HATCH = "hatch-environments";

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
              asking(Places::uvCacheAnswer),
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
              host -> List.of(xdgCacheHome(host).resolve("pre-commit"))),
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
              asking(Places::packagesOfConda),
              Places::condaVariable,
              SettingsFiles::condaPackages,
              Places::condaUsual),
          new Place(
              UV_PYTHON,
              Kind.CACHE,
              answer("uv", "python", "dir"),
              variable("UV_PYTHON_INSTALL_DIR"),
              uvData("python")),
          new Place(
              UV_TOOLS,
              Kind.CACHE,
              answer("uv", "tool", "dir"),
              variable("UV_TOOL_DIR"),
              uvData("tools")),
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

  /** One way to learn of a place: the directories that it names, none if it has nothing to say. */
  @FunctionalInterface
  private interface Source {
    List<Path> directories(HostEnvironment host);

    /** Whether a program has to be started for it. */
    default boolean asks() {
      return false;
    }
  }

  /**
   * A row: the first source that names something that can be meant is believed. The last one, which
   * says what is usual, is believed anyway, so that a guard refuses it with a reason if need be.
   */
  private record Place(String id, Kind kind, List<Source> sources) {
    Place(String id, Kind kind, Source... sources) {
      this(id, kind, List.of(sources));
    }

    boolean asks() {
      return sources.stream().anyMatch(Source::asks);
    }

    /** The same, believing no more than what is known without the tool. */
    Place withoutAsking() {
      return new Place(id, kind, sources.stream().filter(source -> !source.asks()).toList());
    }

    List<CleanupTarget> on(HostEnvironment host) {
      List<Path> roots =
          sources.stream()
              .map(source -> source.directories(host).stream().filter(root -> isMeant(root, host)))
              .map(Stream::toList)
              .filter(found -> !found.isEmpty())
              .findFirst()
              .orElseGet(() -> sources.get(sources.size() - 1).directories(host));
      List<CleanupTarget> targets = new ArrayList<>();
      for (Path root : roots) {
        String name = targets.isEmpty() ? id : id + "-" + (targets.size() + 1);
        targets.add(new CleanupTarget(name, kind, root, Set.of()));
      }
      return targets;
    }
  }

  private Places() {}

  /** What all builds of a user share. All tools are asked at once: some take a second to start. */
  static List<CleanupTarget> shared(HostEnvironment host) {
    List<Supplier<List<CleanupTarget>>> answers =
        TABLE.stream()
            .map(place -> place.asks() ? asked(place, host) : known(place, host))
            .toList();
    return answers.stream().flatMap(answer -> answer.get().stream()).toList();
  }

  private static Supplier<List<CleanupTarget>> known(Place place, HostEnvironment host) {
    return () -> place.on(host);
  }

  private static Supplier<List<CleanupTarget>> asked(Place place, HostEnvironment host) {
    FutureTask<List<CleanupTarget>> answer = new FutureTask<>(() -> place.on(host));
    Thread thread = new Thread(answer, "lowtide-ask-" + place.id());
    thread.setDaemon(true);
    thread.start();
    return () -> Futures.getUnchecked(answer);
  }

  /** Where one of them is; asks no more tools than its own. */
  static Optional<Path> root(String id, HostEnvironment host) {
    return TABLE.stream()
        .filter(place -> place.id().equals(id))
        .flatMap(place -> place.on(host).stream())
        .map(CleanupTarget::root)
        .findFirst();
  }

  /**
   * Where one of them is by variables, files and what is usual, with links and without; starts no
   * program.
   */
  static List<Path> withoutAsking(String id, HostEnvironment host) {
    return TABLE.stream()
        .filter(place -> place.id().equals(id))
        .flatMap(place -> place.withoutAsking().on(host).stream())
        .flatMap(target -> Stream.of(target.root(), host.resolved(target.root())))
        .distinct()
        .toList();
  }

  /** Whether a target is a place, or one of several of the same. */
  static boolean isOf(String id, CleanupTarget target) {
    return target.id().startsWith(id) && target.id().substring(id.length()).matches("(-[0-9]+)?");
  }

  /** The tools that are asked. */
  static Set<String> askedTools() {
    return Set.of("pip", "uv", "poetry", "conda", "pipx");
  }

  /** Where uv unpacks wheels, once for each: the bucket of that version, in uv 0.5 to 0.8. */
  static Path uvArchives(HostEnvironment host) {
    return StandardLocation.UV_CACHE.root(host).resolve("archive-v0");
  }

  /**
   * Where uv keeps what cannot be made again, or not without the user: interpreters on which
   * environments depend, installed tools, credentials.
   */
  static Set<Path> uvData(HostEnvironment host) {
    Set<Path> all = new LinkedHashSet<>(keptByUv(host));
    all.add(StandardLocation.UV_DATA.root(host));
    return all;
  }

  /** What of it only uv itself may change. */
  static Set<Path> keptByUv(HostEnvironment host) {
    Path data = StandardLocation.UV_DATA.root(host);
    Set<Path> kept = new LinkedHashSet<>();
    kept.addAll(withoutAsking(UV_PYTHON, host));
    kept.addAll(withoutAsking(UV_TOOLS, host));
    kept.add(host.directory("UV_CREDENTIALS_DIR").orElse(data.resolve("credentials")));
    return kept;
  }

  /** Whether one of the names that make up a path is this one. */
  static boolean hasName(Path path, String name) {
    return StreamSupport.stream(path.spliterator(), false)
        .anyMatch(each -> each.toString().equals(name));
  }

  private static boolean isMeant(Path root, HostEnvironment host) {
    try {
      return root.isAbsolute()
          && root.getNameCount() > 0
          && !host.home().startsWith(CleanupTarget.checkedRoot(root));
    } catch (InvalidPathNameException e) {
      return false;
    }
  }

  /** The one line that a tool prints. */
  private static Source answer(String... argv) {
    return asking(
        host ->
            host
                .ask(argv)
                .map(String::strip)
                .filter(answer -> answer.lines().count() == 1)
                .flatMap(answer -> path(answer, host))
                .stream()
                .toList());
  }

  /**
   * Of a tool that makes its own directories when it is asked, as Poetry 1.3 and pipx 1.1 do: it is
   * asked only if one of them is there, since looking must change nothing.
   */
  private static Source answerIfUsed(Source made, String... argv) {
    Source answer = answer(argv);
    return asking(
        host ->
            made.directories(host).stream().anyMatch(Files::isDirectory)
                ? answer.directories(host)
                : List.of());
  }

  private static List<Path> poetrySettings(HostEnvironment host) {
    return List.of(host.configHome().resolve("pypoetry"));
  }

  private static Source asking(Source source) {
    return new Source() {
      @Override
      public List<Path> directories(HostEnvironment host) {
        return source.directories(host);
      }

      @Override
      public boolean asks() {
        return true;
      }
    };
  }

  private static Source below(Source source, String... names) {
    return host ->
        source.directories(host).stream()
            .map(directory -> host.path(directory.toString(), names))
            .toList();
  }

  private static Source uvData(String name) {
    return below(usual(StandardLocation.UV_DATA), name);
  }

  static Optional<Path> path(String text, HostEnvironment host) {
    try {
      return Optional.of(host.path(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Source overridden(StandardLocation location) {
    return host -> location.overridden(host).stream().toList();
  }

  private static Source usual(StandardLocation location) {
    return host -> List.of(location.usual(host));
  }

  private static Source variable(String name) {
    return host -> host.directory(name).stream().toList();
  }

  /**
   * As platformdirs 4 has it for {@code user_cache_path}.
   *
   * @param windows the names below {@code %LOCALAPPDATA%}
   */
  private static Source cache(String name, String... windows) {
    return host ->
        List.of(
            host.operatingSystem() == OperatingSystem.WINDOWS
                ? host.path(host.cacheHome().toString(), windows)
                : host.cacheHome().resolve(name));
  }

  /** For tools that follow the XDG specification everywhere. */
  private static Path xdgCacheHome(HostEnvironment host) {
    return host.directory("XDG_CACHE_HOME").orElse(host.home().resolve(".cache"));
  }

  /** Told to keep no cache, uv names a directory that it throws away when it ends. */
  private static List<Path> uvCacheAnswer(HostEnvironment host) {
    return host.variable("UV_NO_CACHE").isPresent()
        ? List.of()
        : answer("uv", "cache", "dir").directories(host);
  }

  private static List<Path> uvLegacyCache(HostEnvironment host) {
    Path legacy = host.cacheHome().resolve("uv");
    return host.operatingSystem() == OperatingSystem.MACOS
            && StandardLocation.UV_CACHE.overridden(host).isEmpty()
            && root(UV_CACHE, host).filter(legacy::equals).isEmpty()
        ? List.of(legacy)
        : List.of();
  }

  /** What it prints is written as in its configuration files. */
  static List<Path> packagesOfConda(HostEnvironment host) {
    return host.ask("conda", "config", "--show", "pkgs_dirs")
        .map(answer -> SettingsFiles.condaPackages(answer, host))
        .orElse(List.of());
  }

  private static List<Path> condaVariable(HostEnvironment host) {
    return host.variable("CONDA_PKGS_DIRS").stream()
        .flatMap(value -> Stream.of(value.split(",")))
        .flatMap(value -> path(value.strip(), host).stream())
        .toList();
  }

  /**
   * {@code pipx/paths.py} of pipx 1.2 to 1.9, whose place has changed; where several are there,
   * each may be in use. On Windows platformdirs has the name twice, once as the author's.
   */
  private static List<Path> pipxUsual(HostEnvironment host) {
    Path first = host.home().resolve(".local").resolve("pipx");
    return host.operatingSystem() == OperatingSystem.WINDOWS
        ? List.of(
            host.home().resolve("pipx"), host.dataHome().resolve("pipx").resolve("pipx"), first)
        : List.of(host.dataHome().resolve("pipx"), first);
  }

  /** Beside the environments of the installation that the shell has set up, and the user's own. */
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
