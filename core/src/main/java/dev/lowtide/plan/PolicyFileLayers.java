package dev.lowtide.plan;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Combines several policy files into one: the general files of the machine and the user, and the
 * file for a run. Later files override earlier ones. A project's file overrides nothing: of each
 * pair of limits, the one that keeps more applies.
 */
final class PolicyFileLayers {
  private PolicyFileLayers() {}

  /** The existing files of the machine and the user, those with the lowest precedence first. */
  static List<Path> files(HostEnvironment host) throws IOException {
    List<Path> files = new ArrayList<>();
    if (host.machineConfigHome().isPresent()) {
      Path machine = host.machineConfigHome().get();
      files.add(machine.resolve("lowtide.toml"));
      Path dropInDirectory = machine.resolve("lowtide.d");
      if (Files.isDirectory(dropInDirectory)) {
        List<Path> children =
            host.list(dropInDirectory)
                .orElseThrow(() -> new IOException(dropInDirectory + " cannot be read"));
        children.stream()
            .map(each -> dropInDirectory.resolve(each.getFileName()))
            .filter(each -> each.toString().endsWith(".toml"))
            .sorted()
            .forEach(files::add);
      }
    }
    files.add(host.configHome().resolve("lowtide").resolve("lowtide.toml"));
    files.removeIf(file -> !Files.exists(file, LinkOption.NOFOLLOW_LINKS));
    return files;
  }

  /** Reads these files and combines them. */
  static PolicyFile read(HostEnvironment host, Collection<? extends PolicyProvider> providers)
      throws IOException {
    PolicyFile general = PolicyFile.NONE;
    for (Path file : files(host)) {
      Optional<String> writable =
          host.writableByOthers(file).or(() -> host.writableByOthers(host.resolved(file)));
      if (writable.isPresent()) {
        throw new PolicyFile.FormatException(
            file,
            1,
            "It is not used, because "
                + writable.get()
                + "; let only root and you own and write it, or remove it");
      }
      general = over(general, PolicyFile.read(file, providers));
    }
    return general;
  }

  /** Combines two files, of which the second one overrides the first. */
  static PolicyFile over(PolicyFile base, PolicyFile file) {
    List<CleanupTarget> targets = new ArrayList<>(base.targets());
    targets.addAll(file.targets());
    Map<String, Map<String, String>> settings = new HashMap<>(base.policies().settings());
    file.policies()
        .settings()
        .forEach(
            (ecosystem, values) -> {
              Map<String, String> all = new HashMap<>(settings.getOrDefault(ecosystem, Map.of()));
              all.putAll(values);
              settings.put(ecosystem, all);
            });
    Set<String> names =
        file.policies().names().isEmpty() ? base.policies().names() : file.policies().names();
    return new PolicyFile(
        targets,
        new PolicyProvider.Selection(names, settings),
        file.retention().or(base.retention()),
        (file.goal().isNone() ? base.goal() : file.goal())
            .reservingAlso(base.goal())
            .reservingAlso(file.goal()),
        file.gracePeriod().or(base::gracePeriod));
  }

  /**
   * Combines the general settings with a project's file, which names its targets and can only keep
   * more.
   *
   * @param file the path of the project's file, for error messages
   * @throws PolicyFile.FormatException if it cannot be determined whether the project's file keeps
   *     more
   */
  static PolicyFile restrict(PolicyFile general, PolicyFile project, Path file) {
    if (general.equals(PolicyFile.NONE)) {
      return project;
    } else if (!project.policies().settings().isEmpty()) {
      throw new PolicyFile.FormatException(
          file,
          1,
          "It changes settings of policies, which could allow more removals than the machine's"
              + " file or your own; move the settings to that file");
    }
    Set<String> names = intersection(general.policies().names(), project.policies().names());
    if (names.isEmpty() && !project.policies().names().isEmpty()) {
      throw new PolicyFile.FormatException(
          file, 1, "It selects none of the policies that the machine's or your own file selects");
    }
    return new PolicyFile(
        project.targets().stream().map(target -> keeping(general, target)).toList(),
        new PolicyProvider.Selection(names, general.policies().settings()),
        larger(general.retention(), project.retention()),
        (general.goal().isNone() ? project.goal() : general.goal())
            .reservingAlso(general.goal())
            .reservingAlso(project.goal()),
        restrictedGracePeriod(general, project));
  }

  /** A target with the keep globs of a file added. */
  static CleanupTarget keeping(PolicyFile general, CleanupTarget target) {
    CleanupTarget keeping = target;
    for (CleanupTarget each : general.targets()) {
      keeping =
          keeping.keeping(
              KeepGlobs.rebased(each.keep(), each.root(), target.root()).toArray(String[]::new));
    }
    return keeping;
  }

  /**
   * The names that both selections have; a name includes all names that begin with it and a dot.
   */
  private static Set<String> intersection(Set<String> one, Set<String> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isEmpty() ? other : one;
    }
    Set<String> intersection = new LinkedHashSet<>();
    one.stream().filter(name -> isWithin(name, other)).forEach(intersection::add);
    other.stream().filter(name -> isWithin(name, one)).forEach(intersection::add);
    return intersection;
  }

  private static boolean isWithin(String name, Set<String> names) {
    return names.stream().anyMatch(each -> name.equals(each) || name.startsWith(each + "."));
  }

  private static Retention larger(Retention one, Retention other) {
    OptionalInt newest =
        one.keepNewest().isPresent() && other.keepNewest().isPresent()
            ? OptionalInt.of(Math.max(one.keepNewest().getAsInt(), other.keepNewest().getAsInt()))
            : one.keepNewest().isPresent() ? one.keepNewest() : other.keepNewest();
    return new Retention(
        larger(one.olderThan(), other.olderThan()),
        larger(one.maxSize(), other.maxSize()),
        newest); // a policy file cannot set this limit
  }

  private static <T extends Comparable<T>> Optional<T> larger(Optional<T> one, Optional<T> other) {
    return one.isPresent() && other.isPresent()
        ? Optional.of(one.get().compareTo(other.get()) > 0 ? one.get() : other.get())
        : one.or(() -> other);
  }

  /**
   * The grace period, never shorter than the general one, or without a general one, than the
   * defaults of the kinds of the project's targets.
   */
  private static Optional<Duration> restrictedGracePeriod(PolicyFile general, PolicyFile project) {
    Optional<Duration> defaultPeriod =
        project.targets().stream()
            .map(target -> target.kind().gracePeriod())
            .max(Duration::compareTo)
            .filter(period -> project.gracePeriod().isPresent());
    return larger(
        general.gracePeriod(),
        general.gracePeriod().isPresent()
            ? project.gracePeriod()
            : larger(project.gracePeriod(), defaultPeriod));
  }
}
