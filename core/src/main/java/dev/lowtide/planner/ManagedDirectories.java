package dev.lowtide.planner;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Determines which directories a tool manages as its own, so that only the policies for that tool
 * propose their contents. They are recognised by their contents, and by the variables and settings
 * that name directories of tools. Where a provider fails, its directories may be anywhere: what it
 * was asked about counts as its own. Not thread-safe.
 */
public final class ManagedDirectories {
  /** Recognises only the stores of tools for which there are no policies. */
  public static final ManagedDirectories STANDARD =
      new ManagedDirectories(
          ImmutableList.of(), List.of(), () -> KnownPlaces.of(Map.of(), List.of()));

  /**
   * A kind of store.
   *
   * @param tool the tool that manages it
   * @param requiredPaths the relative paths that must exist, each as a list of names
   */
  private record Store(String tool, List<List<String>> requiredPaths) {
    Store(String tool, String... paths) {
      this(tool, Stream.of(paths).map(path -> List.of(path.split("/", -1))).toList());
    }

    boolean matches(Entry directory) {
      for (List<String> requiredPath : requiredPaths) {
        if (!has(directory, requiredPath)) {
          return false;
        }
      }
      return true;
    }

    private static boolean has(Entry directory, List<String> requiredPath) {
      Optional<Entry> current = Optional.of(directory);
      for (String name : requiredPath) {
        current = current.flatMap(parent -> parent.child(name));
      }
      return current.isPresent();
    }
  }

  /**
   * The directories of tools that variables and settings name.
   *
   * @param tools the tools, by directory
   * @param names the names of these directories, for a check that needs no path
   * @param failures a sentence for each provider that did not name its directories
   */
  private record KnownPlaces(Map<Path, String> tools, Set<String> names, List<String> failures) {
    static KnownPlaces of(Map<Path, String> tools, List<String> failures) {
      return new KnownPlaces(
          tools,
          tools.keySet().stream()
              .map(place -> String.valueOf(place.getFileName()))
              .collect(Collectors.toUnmodifiableSet()),
          failures);
    }
  }

  /** "Module cache" of Go 1.23, Gradle 8, Maven 3.9 and 4, cacache 18 and 19, pnpm 8 to 10. */
  private static final List<Store> STORES =
      List.of(
          new Store("go", "cache/download", "cache/lock"),
          new Store("gradle", "caches/modules-2", "caches/journal-1"),
          new Store("maven", "org/apache/maven", "org/codehaus/plexus"),
          new Store("npm", "_cacache/index-v5", "_cacache/content-v2"),
          new Store("pnpm", "v3/files/00"),
          new Store("pnpm", "v10/files/00"));

  private final List<PolicyProvider> providers;
  private final Supplier<KnownPlaces> places;
  private final List<String> failures;
  private final Set<PolicyProvider> failing = new HashSet<>();

  private ManagedDirectories(
      List<PolicyProvider> providers, Collection<String> failures, Supplier<KnownPlaces> places) {
    this.providers = providers;
    this.failures = new ArrayList<>(failures);
    this.places = places;
  }

  /**
   * Recognises the directories of the providers' tools and the standard stores; no tool is run.
   *
   * @param failures the first {@link #notes}
   */
  public static ManagedDirectories of(
      Collection<? extends PolicyProvider> providers,
      HostEnvironment host,
      Collection<String> failures) {
    HostEnvironment hostWithoutTools = host.withTools(Tools.NONE);
    Supplier<KnownPlaces> places =
        Suppliers.memoize(
            () -> {
              PolicyProvider.Discovery discovery =
                  PolicyProvider.Discovery.of(providers, hostWithoutTools);
              Map<Path, String> toolsByDirectory = new HashMap<>();
              for (CleanupTarget place : discovery.targets()) {
                if (place.kind() == CleanupTarget.Kind.CACHE) {
                  toolsByDirectory.put(place.root(), place.id());
                  toolsByDirectory.put(hostWithoutTools.resolved(place.root()), place.id());
                }
              }
              return KnownPlaces.of(toolsByDirectory, discovery.failures());
            });
    return new ManagedDirectories(ImmutableList.copyOf(providers), failures, places);
  }

  /** A sentence for each provider that has failed so far, for people. */
  List<String> notes() {
    return Stream.concat(failures.stream(), places.get().failures().stream()).toList();
  }

  /**
   * The directories in a target that a tool manages, with the name of the tool; none is inside
   * another. The root is not among them if the target was named as the cache that it is.
   */
  Map<Path, String> directoriesIn(CleanupTarget target, Snapshot snapshot) {
    Map<Path, String> toolsByDirectory = new LinkedHashMap<>();
    Entry root = snapshot.root();
    Predicate<Entry> isManaged =
        directory -> {
          boolean isRoot = directory.equals(root);
          if (isRoot && target.kind() == CleanupTarget.Kind.CACHE) {
            return false;
          }
          Optional<String> managingTool = managingTool(directory, isRoot);
          managingTool.ifPresent(tool -> toolsByDirectory.put(directory.path(), tool));
          return managingTool.isPresent();
        };
    root.entries(isManaged).forEach(entry -> {});
    return toolsByDirectory;
  }

  private Optional<String> toolByContents(Entry directory) {
    for (PolicyProvider provider : providers) {
      Optional<String> managingTool = managingTool(provider, directory);
      if (managingTool.isPresent()) {
        return managingTool;
      }
    }
    if (!directory.holdsDirectories()) {
      return Optional.empty();
    }
    for (Store store : STORES) {
      if (store.matches(directory)) {
        return Optional.of(store.tool());
      }
    }
    return Optional.empty();
  }

  private Optional<String> managingTool(PolicyProvider provider, Entry directory) {
    try {
      return provider.managingTool(directory);
    } catch (RuntimeException | LinkageError e) {
      if (failing.add(provider)) {
        failures.add(
            Protections.failure(
                provider, "recognise the directories of their tools, so what they saw stays", e));
      }
      return Optional.of(provider.ecosystem());
    }
  }

  /**
   * The tool that manages a directory. A workspace does not become a cache because a variable names
   * its root.
   */
  private Optional<String> managingTool(Entry directory, boolean isRoot) {
    Optional<String> byContents = toolByContents(directory);
    if (byContents.isPresent()) {
      return byContents;
    }
    return isRoot || !places.get().names().contains(directory.name())
        ? Optional.empty()
        : Optional.ofNullable(places.get().tools().get(directory.path()));
  }

  /**
   * Whether removing a candidate would remove a directory that a tool manages. False for a
   * candidate that Lowtide made for a build, since the caches in it were made for that build too.
   */
  static boolean isRemovedWith(Candidate candidate, Path directory) {
    return candidate.deletes()
        && !Marker.OWNED.isRequiredBy(candidate)
        && directory.startsWith(candidate.path());
  }
}
