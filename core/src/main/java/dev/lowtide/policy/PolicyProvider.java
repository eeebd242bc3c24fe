package dev.lowtide.policy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

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

  /**
   * Which of the policies that providers bring are asked, and with which settings. Immutable.
   *
   * @param names ids of policies, such as {@code python.bytecode}, and what ids begin with before a
   *     dot: ecosystems, such as {@code python}, and groups, such as {@code python.pip-cache}; all
   *     policies if empty
   * @param settings by ecosystem, what {@link PolicyProvider#policies} is given
   */
  record Selection(Set<String> names, Map<String, Map<String, String>> settings) {
    /** All policies, with their usual settings. */
    public static final Selection ALL = new Selection(Set.of(), Map.of());

    public Selection {
      names = ImmutableSet.copyOf(names);
      settings = ImmutableMap.copyOf(settings);
    }

    /** These policies, with the same settings. */
    public Selection named(Collection<String> otherNames) {
      return new Selection(ImmutableSet.copyOf(otherNames), settings);
    }

    /**
     * Selects, in the order of the providers.
     *
     * @throws IllegalArgumentException if a name or an ecosystem with settings is unknown, or a
     *     provider rejects its settings; with a sentence for the user
     */
    public List<Policy> from(Collection<? extends PolicyProvider> providers) {
      List<Policy> selected = new ArrayList<>();
      Set<String> ecosystems = new TreeSet<>();
      Set<String> known = new TreeSet<>();
      for (PolicyProvider provider : providers) {
        String ecosystem = provider.ecosystem();
        ecosystems.add(ecosystem);
        known.add(ecosystem);
        for (Policy policy : provider.policies(settings.getOrDefault(ecosystem, Map.of()))) {
          known.addAll(namesOf(policy));
          if (isSelected(provider, policy)) {
            selected.add(policy);
          }
        }
      }
      for (String name : names) {
        requireKnown("policy", name, known);
      }
      for (String ecosystem : settings.keySet()) {
        requireKnown("ecosystem", ecosystem, ecosystems);
      }
      return List.copyOf(selected);
    }

    /**
     * Whether any policy of a provider is selected, so that its places are worth looking for.
     *
     * @throws IllegalArgumentException if it rejects its settings
     */
    public boolean selectsFrom(PolicyProvider provider) {
      return provider.policies(settings.getOrDefault(provider.ecosystem(), Map.of())).stream()
          .anyMatch(policy -> isSelected(provider, policy));
    }

    private boolean isSelected(PolicyProvider provider, Policy policy) {
      return names.isEmpty()
          || names.contains(provider.ecosystem())
          || namesOf(policy).stream().anyMatch(names::contains);
    }

    /** Its id, and what that begins with before a dot, the ecosystem first. */
    private static List<String> namesOf(Policy policy) {
      String id = policy.id();
      return IntStream.rangeClosed(1, id.length())
          .filter(end -> end == id.length() || id.charAt(end) == '.')
          .mapToObj(end -> id.substring(0, end))
          .toList();
    }

    private static void requireKnown(String what, String name, Set<String> known) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "There is no "
                + what
                + " '"
                + Printable.of(name)
                + "'; "
                + (known.isEmpty()
                    ? "none is installed"
                    : "there are " + String.join(", ", known)));
      }
    }
  }
}
