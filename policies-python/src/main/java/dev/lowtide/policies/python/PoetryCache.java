package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The caches of Poetry 1 and 2 ({@code poetry/utils/cache.py}): {@code artifacts} with downloaded
 * and built distributions, {@code cache} with what indexes said. Beside them lies {@code
 * virtualenvs} with the environments of projects, which are no cache.
 */
final class PoetryCache {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final Map<String, String> OURS =
      Map.of(
          "artifacts", "distributions that Poetry downloads again when it needs them",
          "cache", "what indexes said, which Poetry asks for again");

  private PoetryCache() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return OURS.keySet().stream()
        .sorted()
        .flatMap(name -> snapshot.root().child(name).stream())
        .filter(Entry::isDirectory)
        .flatMap(
            directory ->
                (context.retention().isNone() ? Stream.of(directory) : files(directory))
                    .map(entry -> candidate(entry, OURS.getOrDefault(directory.name(), ""))))
        .toList();
  }

  private static Stream<Entry> files(Entry directory) {
    return directory.entries().filter(entry -> !entry.isDirectory());
  }

  private static Candidate candidate(Entry entry, String reason) {
    Candidate candidate = Candidate.delete(entry, Cause.REGENERABLE, COST, reason);
    return entry.isFile() ? candidate.datedByModification(entry.lastModified()) : candidate;
  }
}
