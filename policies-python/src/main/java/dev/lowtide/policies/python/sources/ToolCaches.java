package dev.lowtide.policies.python.sources;

import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policies.python.files.ToolCache;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;

/** The caches of pytest, mypy, ruff and setuptools in projects: each {@link ToolCache}. */
public final class ToolCaches {
  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.tool-cache",
          "caches of pytest, mypy, ruff and setuptools in projects",
          RebuildCost.COMPUTE,
          ToolCaches::propose,
          ToolCache::explain);

  private ToolCaches() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return SourceTree.entries(snapshot)
        .filter(Entry::isDirectory)
        .flatMap(
            directory ->
                ToolCache.named(directory.name()).map(cache -> judge(directory, cache)).stream())
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
}
