package dev.lowtide.policies.python.files;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A directory beside the sources in which a linter, a type checker, a test runner or setuptools
 * caches something, recognised by the tool's marker and by the names of the files in it.
 *
 * <p>Not among them: {@code .hypothesis}, whose examples are failures that a later run may not find
 * again; {@code .coverage} and {@code htmlcov}, which are results.
 *
 * @param name of the directory
 * @param marker what the tool writes into the directory first
 * @param files the paths of all files that the tool writes into it
 */
public record ToolCache(String name, String tool, Marker marker, Pattern files, RebuildCost cost) {
  /** As pytest 9.1, mypy 2.4, ruff 0.16 and setuptools 84 make them. */
  private static final Map<String, ToolCache> BY_NAME =
      List.of(
              new ToolCache(
                  ".pytest_cache",
                  "pytest",
                  new Marker("README.md", "# pytest cache directory #"),
                  "v/cache/(lastfailed|nodeids|stepwise)|README\\.md|CACHEDIR\\.TAG|\\.gitignore",
                  RebuildCost.COMPUTE),
              new ToolCache(
                  ".mypy_cache",
                  "mypy",
                  Marker.CACHE_DIRECTORY,
                  "[0-9]+\\.[0-9]+/(.+\\.(meta|data|deps|err)(_ex)?\\.(json|ff)"
                      + "|cache(\\.[0-9]+)?\\.db(-(journal|wal|shm))?|@[a-z_]+\\.json)"
                      + "|missing_stubs|CACHEDIR\\.TAG|\\.gitignore",
                  RebuildCost.COMPUTE),
              new ToolCache(
                  ".ruff_cache",
                  "ruff",
                  Marker.CACHE_DIRECTORY,
                  "([0-9]+\\.[0-9]+\\.[0-9]+[a-z0-9.]*|content)/[0-9a-f]+"
                      + "|CACHEDIR\\.TAG|\\.gitignore",
                  RebuildCost.COMPUTE),
              // An egg has no record; setuptools downloaded it, and the next build does so again
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

  private ToolCache(String name, String tool, Marker marker, String files, RebuildCost cost) {
    this(name, tool, marker, Pattern.compile(files), cost);
  }

  /** The cache whose name a directory has; the name alone proves nothing. */
  public static Optional<ToolCache> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** Explains the files that the tool writes into its cache, if the cache has the tool's marker. */
  public static Explanation explain(Entry subtree, HostEnvironment host) {
    ToolCache cache = BY_NAME.get(subtree.name());
    if (cache == null) {
      return Explanation.unexplained(subtree, "is not a cache of a known tool");
    } else if (!cache.marker().isIn(subtree)) {
      return Explanation.unexplained(subtree, "has no " + cache.marker().fileName());
    }
    Explanation.Builder unexplained = new Explanation.Builder();
    subtree
        .entries()
        .filter(entry -> !entry.isDirectory())
        .filter(entry -> !cache.isWrittenByTool(entry, subtree))
        .forEach(entry -> unexplained.add(entry, "is not from " + cache.tool()));
    return unexplained.build();
  }

  private boolean isWrittenByTool(Entry entry, Entry subtree) {
    return entry.isFile()
        && files
            .matcher(RecordedPath.withSlashes(subtree.path().relativize(entry.path())))
            .matches();
  }
}
