package dev.lowtide.planner;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Which directories a tool keeps as its own, so that only its policies look into them: by what lies
 * in them, and by where variables and settings say that tools keep things. Immutable.
 */
public final class Keepers {
  /** Knows the stores of tools for which there are no policies. */
  public static final Keepers STANDARD = new Keepers(ImmutableList.of(), Map::of);

  /**
   * A store.
   *
   * @param tool whose it is
   * @param signs what must be there, by relative paths
   */
  private record Store(String tool, List<String> signs) {
    boolean is(Entry directory) {
      return signs.stream().allMatch(sign -> has(directory, sign));
    }

    private static boolean has(Entry directory, String sign) {
      Optional<Entry> at = Optional.of(directory);
      for (String name : sign.split("/", -1)) {
        at = at.flatMap(above -> above.child(name));
      }
      return at.isPresent();
    }
  }

  /** "Module cache" of Go 1.23, Gradle 8, Maven 3.9 and 4, cacache 18 and 19, pnpm 8 to 10. */
  private static final List<Store> STORES =
      List.of(
          new Store("go", List.of("cache/download", "cache/lock")),
          new Store("gradle", List.of("caches/modules-2", "caches/journal-1")),
          new Store("maven", List.of("org/apache/maven", "org/codehaus/plexus")),
          new Store("npm", List.of("_cacache/index-v5", "_cacache/content-v2")),
          new Store("pnpm", List.of("v3/files/00")),
          new Store("pnpm", List.of("v10/files/00")));

  private final List<PolicyProvider> providers;
  private final Supplier<Map<Path, String>> places;

  private Keepers(List<PolicyProvider> providers, Supplier<Map<Path, String>> places) {
    this.providers = providers;
    this.places = places;
  }

  /** Those of ecosystems, and the standard ones; no tool is asked. */
  public static Keepers of(Collection<? extends PolicyProvider> providers, HostEnvironment host) {
    HostEnvironment silent = host.withTools(Tools.NONE);
    Supplier<Map<Path, String>> places =
        Suppliers.memoize(
            () -> {
              Map<Path, String> known = new HashMap<>();
              for (PolicyProvider provider : providers) {
                for (CleanupTarget place : provider.discover(silent)) {
                  if (place.kind() == CleanupTarget.Kind.CACHE) {
                    known.put(place.root(), place.id());
                    known.put(silent.resolved(place.root()), place.id());
                  }
                }
              }
              return known;
            });
    return new Keepers(ImmutableList.copyOf(providers), places);
  }

  /**
   * The directories in a target that a tool keeps, with its name; none inside another. A target
   * that was named as the cache that it is has none at its root.
   */
  Map<Path, String> in(CleanupTarget target, Snapshot snapshot) {
    Map<Path, String> kept = new LinkedHashMap<>();
    Iterator<Entry> entries = snapshot.entries().iterator();
    boolean first = true;
    while (entries.hasNext()) {
      Entry entry = entries.next();
      if (entry.isDirectory() && !(first && target.kind() == CleanupTarget.Kind.CACHE)) {
        Optional<String> keeper = keeper(entry, first);
        if (keeper.isPresent()) {
          kept.put(entry.path(), keeper.get());
          for (int below = entry.count() - 1; below > 0; below--) {
            entries.next();
          }
        }
      }
      first = false;
    }
    return kept;
  }

  /** That a variable names a whole workspace as a cache makes it none. */
  private Optional<String> keeper(Entry directory, boolean isRoot) {
    return Stream.concat(
            providers.stream().flatMap(provider -> provider.keeperOf(directory).stream()),
            STORES.stream().filter(store -> store.is(directory)).map(Store::tool))
        .findFirst()
        .or(
            () ->
                isRoot || places.get().isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(places.get().get(directory.path())));
  }
}
