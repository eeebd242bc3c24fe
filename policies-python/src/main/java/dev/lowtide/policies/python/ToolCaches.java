package dev.lowtide.policies.python;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Explanation;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What linters, type checkers and tests keep beside a project so that the next run is faster.
 *
 * <p>Not among them: {@code .hypothesis}, whose examples are failures that no later run is sure to
 * find again; {@code .coverage} and {@code htmlcov}, which are the outcome of a run.
 */
final class ToolCaches {
  static final RebuildCost COST = RebuildCost.COMPUTE;

  /**
   * A directory that a tool makes.
   *
   * @param name how it is called
   * @param marker what the tool writes into it first
   * @param files the paths of all files that the tool puts into it
   */
  private record ToolCache(
      String name, String tool, Marker marker, Pattern files, RebuildCost cost) {
    ToolCache(String name, String tool, Marker marker, String files, RebuildCost cost) {
      this(name, tool, marker, Pattern.compile(files), cost);
    }
  }

  /** As pytest 9.1, mypy 2.4, ruff 0.16 and setuptools 84 make them. */
  private static final Map<String, ToolCache> KNOWN =
      List.of(
              new ToolCache(
                  ".pytest_cache",
                  "pytest",
                  new Marker("README.md", "# pytest cache directory #"),
                  "v/cache/(lastfailed|nodeids|stepwise)|README\\.md|CACHEDIR\\.TAG|\\.gitignore",
                  COST),
              new ToolCache(
                  ".mypy_cache",
                  "mypy",
                  Marker.CACHE_DIRECTORY,
                  "[0-9]+\\.[0-9]+/(.+\\.(meta|data|deps|err)(_ex)?\\.(json|ff)"
                      + "|cache(\\.[0-9]+)?\\.db(-(journal|wal|shm))?|@[a-z_]+\\.json)"
                      + "|missing_stubs|CACHEDIR\\.TAG|\\.gitignore",
                  COST),
              new ToolCache(
                  ".ruff_cache",
                  "ruff",
                  Marker.CACHE_DIRECTORY,
                  "([0-9]+\\.[0-9]+\\.[0-9]+[a-z0-9.]*|content)/[0-9a-f]+"
                      + "|CACHEDIR\\.TAG|\\.gitignore",
                  COST),
              // An egg has no record; setuptools fetched it, and the next build does so again
              new ToolCache(
                  ".eggs",
                  "setuptools",
                  new Marker(
                      "README.txt",
                      "This directory contains eggs that were downloaded by setuptools"),
                  "[^/]+\\.egg(/EGG-INFO/.+|/.+\\.(py|pyc|pyi|so|pyd|typed))?|README\\.txt",
                  RebuildCost.DOWNLOAD))
          .stream()
          .collect(Collectors.toUnmodifiableMap(ToolCache::name, Function.identity()));

  private ToolCaches() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return SourceTree.entries(snapshot)
        .filter(Entry::isDirectory)
        .flatMap(
            directory ->
                Optional.ofNullable(KNOWN.get(directory.name()))
                    .map(cache -> judge(directory, cache))
                    .stream())
        .toList();
  }

  private static Candidate judge(Entry directory, ToolCache cache) {
    Candidate candidate =
        Candidate.delete(
            directory,
            Cause.REGENERABLE,
            cache.cost(),
            "the cache of " + cache.tool() + ", which writes it again");
    if (!cache.marker().isIn(directory)) {
      return candidate.withheld(
          "it has no " + cache.marker().fileName() + " as " + cache.tool() + " writes it");
    }
    return candidate.withMarker(cache.marker());
  }

  /** Explains the files that the tool puts into its cache, if that bears the tool's mark. */
  static Explanation explain(Entry subtree, HostEnvironment host) {
    ToolCache cache = KNOWN.get(subtree.name());
    if (cache == null) {
      return Explanation.unexplained(subtree, "is not a cache of a known tool");
    } else if (!cache.marker().isIn(subtree)) {
      return Explanation.unexplained(subtree, "has no " + cache.marker().fileName());
    }
    Explanation.Builder unexplained = new Explanation.Builder();
    subtree
        .entries()
        .filter(entry -> !entry.isDirectory())
        .filter(entry -> !isExplained(entry, path(entry, subtree), cache))
        .forEach(entry -> unexplained.add(entry, "is not of " + cache.tool()));
    return unexplained.build();
  }

  private static String path(Entry entry, Entry subtree) {
    return RecordedPath.slashed(subtree.path().relativize(entry.path()));
  }

  private static boolean isExplained(Entry entry, String path, ToolCache cache) {
    return entry.isFile() && cache.files().matcher(path).matches();
  }
}
