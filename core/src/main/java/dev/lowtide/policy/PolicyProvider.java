package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Provides the policies of one ecosystem. {@link java.util.ServiceLoader} finds implementations.
 *
 * <p>Providers need a public constructor without arguments that does nothing.
 */
public interface PolicyProvider {

  /** The first part of the ids of its policies, such as {@code python}. */
  String ecosystem();

  /**
   * The targets of this ecosystem that all builds of the user share, such as caches. Paths are
   * absolute. It does not check whether they exist: the planner skips those that do not.
   */
  List<CleanupTarget> discover(HostEnvironment host);

  /**
   * The policies.
   *
   * @param settings the settings by name, as in a policy file
   * @throws IllegalArgumentException if a setting is unknown or makes no sense, with a sentence for
   *     the user
   */
  List<Policy> policies(Map<String, String> settings);

  /**
   * Finds what makes a machine leak disk space: limits that are not effective, duplicates, caches
   * without a limit. By default nothing.
   *
   * @throws IllegalArgumentException as {@link #policies} does, of the examination's settings
   */
  default List<Finding> examine(Examination examination) {
    return List.of();
  }

  /** The gauges of its tools, for {@link Budget budgets}. By default none. */
  default List<Gauge> gauges() {
    return List.of();
  }

  /**
   * The tool of this ecosystem that manages a directory as its own, such as a cache, a store or a
   * toolchain, wherever the directory is; empty if there is none. It is recognised by its contents,
   * never by a name alone. Entries of such a directory are proposed only if the directory itself is
   * the target.
   */
  default Optional<String> managingTool(Entry directory) {
    return Optional.empty();
  }

  /** The paths that no policy may remove as a whole, such as a directory with credentials. */
  default Set<Path> protectedPaths(HostEnvironment host) {
    return Set.of();
  }

  /**
   * The directories that only a command of their own tool may remove or change, whichever policy
   * proposes it.
   */
  default Set<Path> keptByTools(HostEnvironment host) {
    return Set.of();
  }

  /**
   * The directories in which each file is written once, under a name derived from its content, so
   * that files are only added and removed. To measure them again it suffices to check the
   * directories, see {@link dev.lowtide.probe.SizeProbe#incremental}; such a measurement is never
   * used for decisions.
   */
  default Set<Path> contentAddressed(HostEnvironment host) {
    return Set.of();
  }

  /**
   * The disk usage of each package in a directory that one of its tools manages, by names for
   * people; empty for other directories. A file with several names counts for each package that has
   * one of them.
   */
  default Map<String, DiskUsage> packagesIn(Entry directory) {
    return Map.of();
  }

  /** The names of the executables that the provider may ask. */
  default Set<String> tools() {
    return Set.of();
  }

  /**
   * A selection of the policies of providers, with their settings. Immutable.
   *
   * @param names ids of policies, such as {@code python.bytecode}, or beginnings of ids up to a
   *     dot: ecosystems, such as {@code python}, and groups, such as {@code python.pip-cache};
   *     empty for all policies
   * @param settings by ecosystem, the settings for {@link PolicyProvider#policies}
   */
  record Selection(Set<String> names, Map<String, Map<String, String>> settings) {
    /** All policies, with their default settings. */
    public static final Selection ALL = new Selection(Set.of(), Map.of());

    public Selection {
      names = ImmutableSet.copyOf(names);
      settings = ImmutableMap.copyOf(settings);
    }

    /** Other policies, with the same settings. */
    public Selection named(Collection<String> otherNames) {
      return new Selection(ImmutableSet.copyOf(otherNames), settings);
    }

    /**
     * The selected policies, in the order of the providers.
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
     * Whether any policy of a provider is selected, so that its targets must be discovered.
     *
     * @throws IllegalArgumentException if the provider rejects its settings
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

    /**
     * The names that select a policy: each beginning of its id up to a dot, the ecosystem first,
     * and the id.
     */
    private static List<String> namesOf(Policy policy) {
      String id = policy.id();
      return IntStream.rangeClosed(1, id.length())
          .filter(end -> end == id.length() || id.charAt(end) == '.')
          .mapToObj(end -> id.substring(0, end))
          .toList();
    }

    private static void requireKnown(String kind, String name, Set<String> known) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "There is no "
                + kind
                + " '"
                + Printable.of(name)
                + "'; "
                + (known.isEmpty()
                    ? "none is installed"
                    : "there are " + String.join(", ", known)));
      }
    }
  }

  /**
   * The targets that some providers {@linkplain PolicyProvider#discover discover}. A provider that
   * fails does not keep the targets of the others away. Immutable.
   *
   * @param targets the targets, in the order of the providers, each once
   * @param failures a sentence for each failure, which names the ecosystem
   */
  record Discovery(List<CleanupTarget> targets, List<String> failures) {

    public Discovery {
      targets = ImmutableList.copyOf(targets);
      failures = ImmutableList.copyOf(failures);
    }

    /** Asks each provider. */
    public static Discovery of(
        Collection<? extends PolicyProvider> providers, HostEnvironment host) {
      Set<CleanupTarget> targets = new LinkedHashSet<>(); // some providers look in the same
      List<String> failures = new ArrayList<>();
      for (PolicyProvider provider : providers) {
        try {
          targets.addAll(provider.discover(host));
        } catch (RuntimeException | LinkageError e) {
          failures.add(
              "The policies of "
                  + Printable.of(provider.ecosystem())
                  + " cannot say where their caches are: "
                  + Printable.of(e.toString()));
        }
      }
      return new Discovery(List.copyOf(targets), failures);
    }

    /**
     * The targets that exist, with the symbolic links in their paths resolved: a home directory
     * behind a link is part of this machine's set-up. Whether a store exists, only its tool knows,
     * so all stores remain.
     */
    public Discovery existing() {
      Set<CleanupTarget> existing = new LinkedHashSet<>();
      List<String> all = new ArrayList<>(failures);
      for (CleanupTarget target : targets) {
        try {
          if (target.kind() == CleanupTarget.Kind.STORE) {
            existing.add(target);
          } else {
            existing.add(
                new CleanupTarget(
                    target.id(), target.kind(), target.root().toRealPath(), target.keep()));
          }
        } catch (NoSuchFileException | AccessDeniedException e) {
          // there is nothing that this user could clean
        } catch (IOException e) {
          all.add(
              "The cache " + Printable.of(target.id()) + " is left out: " + Printable.of("" + e));
        }
      }
      return new Discovery(List.copyOf(existing), all);
    }
  }
}
