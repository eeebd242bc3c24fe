package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.CleanupTarget.Kind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.InvalidPathNameException;
import dev.lowtide.verify.StandardLocation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

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

  static final String CIBUILDWHEEL_CACHE = "cibuildwheel-cache";
  static final String PRE_COMMIT_CACHE = "pre-commit-cache";
  static final String POETRY_CACHE = "poetry-cache";

  /** Where conda has several, the others are {@code conda-pkgs-2} and so on. */
  static final String CONDA_PACKAGES = "conda-pkgs";

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
              Places::uvCacheAnswer,
              overridden(StandardLocation.UV_CACHE),
              SettingsFiles::uvCache,
              usual(StandardLocation.UV_CACHE)),
          new Place(UV_LEGACY_CACHE, Kind.CACHE, Places::uvLegacyCache),
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
              answer("poetry", "config", "cache-dir"),
              variable("POETRY_CACHE_DIR"),
              SettingsFiles::poetryCache,
              cache("pypoetry", "pypoetry", "Cache")),
          new Place(
              CONDA_PACKAGES,
              Kind.CACHE,
              Places::condaAnswer,
              Places::condaVariable,
              SettingsFiles::condaPackages,
              Places::condaUsual),
          new Place(TEMP, Kind.TEMPORARY, usual(StandardLocation.TEMP)));

  /** One way to learn of a place: the directories that it names, none if it has nothing to say. */
  @FunctionalInterface
  private interface Source {
    List<Path> directories(HostEnvironment host);
  }

  /**
   * A row: the first source that names something that can be meant is believed. The last one, which
   * says what is usual, is believed anyway, so that a guard refuses it with a reason if need be.
   */
  private record Place(String id, Kind kind, List<Source> sources) {
    Place(String id, Kind kind, Source... sources) {
      this(id, kind, List.of(sources));
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

  /** What all builds of a user share. */
  static List<CleanupTarget> shared(HostEnvironment host) {
    return TABLE.stream().flatMap(place -> place.on(host).stream()).toList();
  }

  /** Where one of them is; asks no more tools than its own. */
  static Optional<Path> root(String id, HostEnvironment host) {
    return TABLE.stream()
        .filter(place -> place.id().equals(id))
        .flatMap(place -> place.on(host).stream())
        .map(CleanupTarget::root)
        .findFirst();
  }

  /** The tools that are asked. */
  static Set<String> askedTools() {
    return Set.of("pip", "uv", "poetry", "conda");
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
    Path data = StandardLocation.UV_DATA.root(host);
    return Set.of(
        data,
        host.directory("UV_PYTHON_INSTALL_DIR").orElse(data.resolve("python")),
        host.directory("UV_TOOL_DIR").orElse(data.resolve("tools")),
        host.directory("UV_CREDENTIALS_DIR").orElse(data.resolve("credentials")));
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
    return host ->
        host
            .ask(argv)
            .map(String::strip)
            .filter(answer -> answer.lines().count() == 1)
            .flatMap(answer -> path(answer, host))
            .stream()
            .toList();
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
  private static List<Path> condaAnswer(HostEnvironment host) {
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
