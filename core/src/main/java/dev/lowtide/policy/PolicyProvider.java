package dev.lowtide.policy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Brings the policies of one ecosystem; found through {@link java.util.ServiceLoader}.
 *
 * <p>Providers need a public constructor without arguments that does nothing.
 */
public interface PolicyProvider {

  /** The first part of the ids of its policies, such as {@code python}. */
  String ecosystem();

  /**
   * Where this ecosystem keeps things that all builds of the user share, by absolute paths. Whether
   * a place is there is not looked at: the planner has nothing to clean in one that is not.
   */
  List<CleanupTarget> discover(HostEnvironment host);

  /**
   * The policies.
   *
   * @param settings by name, as in a policy file
   * @throws IllegalArgumentException if a setting is unknown or makes no sense, with a sentence for
   *     the user
   */
  List<Policy> policies(Map<String, String> settings);

  /**
   * Finds what makes a machine leak: limits that are not in force, things that are there twice,
   * caches that nobody bounds. Unless overridden, nothing.
   *
   * @throws IllegalArgumentException as {@link #policies} does, of the examination's settings
   */
  default List<Finding> examine(Examination examination) {
    return List.of();
  }

  /**
   * By what numbers its tools tell how they are doing, for {@link Budget budgets}. Unless
   * overridden, by none.
   */
  default List<Gauge> gauges() {
    return List.of();
  }

  /**
   * The tool that keeps a directory as its own, wherever it lies, if it is one of this ecosystem's:
   * a cache, a store, a toolchain. It is told by what lies in it, never by a name alone. What lies
   * in such a directory is proposed only where the directory itself is the target.
   */
  default Optional<String> keeperOf(Entry directory) {
    return Optional.empty();
  }

  /** What no policy may remove as a whole, such as a directory with credentials. */
  default Set<Path> protectedPaths(HostEnvironment host) {
    return Set.of();
  }

  /**
   * Directories from which nothing goes, the whole or a part, whoever proposes it, but by a command
   * of the tool that keeps them.
   */
  default Set<Path> keptByTools(HostEnvironment host) {
    return Set.of();
  }

  /**
   * Directories in which files are written once, under a name that stands for their content, and
   * only added and removed afterwards. To measure them again it is enough to look at directories,
   * see {@link dev.lowtide.probe.SizeProbe#incremental}; nothing is decided by that.
   */
  default Set<Path> contentAddressed(HostEnvironment host) {
    return Set.of();
  }

  /**
   * What a directory that one of its tools keeps takes by package, under names for people; empty
   * for all others. A file with several names counts for each package that has one of them.
   */
  default Map<String, DiskUsage> packagesIn(Entry directory) {
    return Map.of();
  }

  /** The programs, by the names of their executables, that it may ask. */
  default Set<String> tools() {
    return Set.of();
  }
}
