package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
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
   * @param contents the names of all that the tool puts directly into it
   */
  private record ToolCache(
      String name, String tool, Marker marker, String contents, RebuildCost cost) {
    boolean holds(Entry child) {
      return Pattern.matches(contents, child.name());
    }
  }

  /** As pytest 9.1, mypy 2.4, ruff 0.16 and setuptools 84 make them. */
  private static final Map<String, ToolCache> KNOWN =
      List.of(
              new ToolCache(
                  ".pytest_cache",
                  "pytest",
                  new Marker("README.md", "# pytest cache directory #"),
                  "v|d|README\\.md|CACHEDIR\\.TAG|\\.gitignore",
                  COST),
              new ToolCache(
                  ".mypy_cache",
                  "mypy",
                  Marker.CACHE_DIRECTORY,
                  "[0-9]+\\.[0-9]+|missing_stubs|CACHEDIR\\.TAG|\\.gitignore",
                  COST),
              new ToolCache(
                  ".ruff_cache",
                  "ruff",
                  Marker.CACHE_DIRECTORY,
                  "[0-9]+\\.[0-9]+\\.[0-9]+.*|content|CACHEDIR\\.TAG|\\.gitignore",
                  COST),
              new ToolCache(
                  ".eggs",
                  "setuptools",
                  new Marker(
                      "README.txt",
                      "This directory contains eggs that were downloaded by setuptools"),
                  ".+\\.egg|README\\.txt",
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
            "what " + cache.tool() + " keeps for its next run, and makes again");
    if (!cache.marker().isIn(directory)) {
      return candidate.withheld(
          "it has no " + cache.marker().fileName() + " as " + cache.tool() + " writes it");
    }
    return directory.children().stream()
        .filter(child -> !cache.holds(child))
        .findFirst()
        .map(
            child ->
                candidate.withheld(
                    "it also holds " + child.path() + ", which is not of " + cache.tool()))
        .orElse(candidate.withMarker(cache.marker()));
  }
}
