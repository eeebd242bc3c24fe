package dev.lowtide.policies.python.places;

import dev.lowtide.CleanupTarget;
import dev.lowtide.CleanupTarget.Kind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.verify.StandardLocation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directories in which a tool keeps one kind of data, and the sources that say where they are.
 *
 * <p>The first source that names a plausible directory decides. The last source names the default
 * directory; it decides even if that is implausible, so that a guard refuses it with a reason.
 */
record Place(String id, Kind kind, List<Source> sources) {

  /**
   * One way to learn where a place is. Returns its directories; none if the source does not know
   * them.
   */
  @FunctionalInterface
  interface Source {
    List<Path> directories(HostEnvironment host);

    /** Whether it starts a program. */
    default boolean startsProgram() {
      return false;
    }
  }

  Place(String id, Kind kind, Source... sources) {
    this(id, kind, List.of(sources));
  }

  boolean startsProgram() {
    return sources.stream().anyMatch(Source::startsProgram);
  }

  /** The same place without the sources that start a program. */
  Place withoutAsking() {
    return new Place(id, kind, sources.stream().filter(source -> !source.startsProgram()).toList());
  }

  List<CleanupTarget> targetsOn(HostEnvironment host) {
    List<Path> roots =
        sources.stream()
            .map(
                source -> source.directories(host).stream().filter(root -> isPlausible(root, host)))
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

  /**
   * Whether a path may be a tool's directory. A relative path, or a directory that contains the
   * home directory, is a mistake in the settings.
   */
  private static boolean isPlausible(Path root, HostEnvironment host) {
    try {
      return root.isAbsolute()
          && root.getNameCount() > 0
          && !host.home().startsWith(CleanupTarget.checkedRoot(root));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Asks a tool, which answers with one line. */
  static Source answer(String... argv) {
    return startingProgram(
        host ->
            host
                .ask(argv)
                .map(String::strip)
                .filter(answer -> answer.lines().count() == 1)
                .flatMap(answer -> Places.path(answer, host))
                .stream()
                .toList());
  }

  /**
   * Asks a tool that creates its own directories when it answers, as Poetry 1.3 and pipx 1.1 do. It
   * is asked only if one of them exists, because looking must change nothing.
   */
  static Source answerIfUsed(Source created, String... argv) {
    Source answer = answer(argv);
    return startingProgram(
        host ->
            created.directories(host).stream().anyMatch(Files::isDirectory)
                ? answer.directories(host)
                : List.of());
  }

  static Source startingProgram(Source source) {
    return new Source() {
      @Override
      public List<Path> directories(HostEnvironment host) {
        return source.directories(host);
      }

      @Override
      public boolean startsProgram() {
        return true;
      }
    };
  }

  static Source below(Source source, String... names) {
    return host ->
        source.directories(host).stream()
            .map(directory -> host.path(directory.toString(), names))
            .toList();
  }

  static Source overridden(StandardLocation location) {
    return host -> location.overridden(host).stream().toList();
  }

  static Source usual(StandardLocation location) {
    return host -> List.of(location.usual(host));
  }

  static Source variable(String name) {
    return host -> host.directory(name).stream().toList();
  }

  /**
   * The user's cache directory of a tool, as {@code user_cache_path} of platformdirs 4 finds it.
   *
   * @param windows the names below {@code %LOCALAPPDATA%}
   */
  static Source cache(String name, String... windows) {
    return host ->
        List.of(
            host.operatingSystem() == OperatingSystem.WINDOWS
                ? host.path(host.cacheHome().toString(), windows)
                : host.cacheHome().resolve(name));
  }
}
