package dev.lowtide.policies.python.caches;

import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The caches of Poetry 1 and 2 ({@code poetry/utils/cache.py}): {@code artifacts} with downloaded
 * and built distributions, {@code cache} with responses of package indexes. {@code virtualenvs}
 * beside them contains environments of projects and is not a cache.
 */
public final class PoetryCache {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  /**
   * Directories named after parts of a hash of the link: {@code
   * ArtifactCache.get_cache_directory_for_link}.
   */
  private static final String ARTIFACT_DIRECTORY =
      "artifacts(/[0-9a-f]{2}){0,3}|artifacts(/[0-9a-f]{2}){3}/[0-9a-f]{58}";

  private static final String ARTIFACT =
      "artifacts(/[0-9a-f]{2}){3}/[0-9a-f]{58}/[^/]+\\.(whl|zip|tgz|tar\\.(gz|bz2|xz))";

  /**
   * Responses, as CacheControl 0.12 to 0.14 stores them ({@code
   * cachecontrol/caches/file_cache.py}); with filelock, {@code .lock} is appended twice.
   */
  private static final String RESPONSE =
      "cache/repositories/[^/]+/_http/(?<a>[0-9a-f])/(?<b>[0-9a-f])/(?<c>[0-9a-f])"
          + "/(?<d>[0-9a-f])/(?<e>[0-9a-f])/\\k<a>\\k<b>\\k<c>\\k<d>\\k<e>[0-9a-f]{51}(\\.body|(\\.lock){1,2}|[a-z0-9_]{8}(\\.tmp)?)?";

  /**
   * Parsed responses of {@code FileCache}: files named by a SHA-256, inside eight nested
   * directories, each named after one byte of it.
   */
  private static final String RELEASE = "cache/repositories/[^/]+(/[0-9a-f]{2}){8}/[0-9a-f]{64}";

  static final CacheLayout LAYOUT =
      new CacheLayout(
          "Poetry",
          Set.of("artifacts", "cache"),
          Pattern.compile(
              ARTIFACT_DIRECTORY
                  + "|cache(/repositories(/[^/]+(/_http(/[0-9a-f]){0,5}|(/[0-9a-f]{2}){0,8})?)?)?"),
          Pattern.compile(ARTIFACT + "|" + RESPONSE + "|" + RELEASE),
          Entry::name);

  public static final Policy POLICY =
      Policy.of(
          "python.poetry-cache",
          "downloads of Poetry",
          COST,
          target -> Places.isCache(Places.POETRY_CACHE, target),
          PoetryCache::propose,
          LAYOUT);

  private static final Map<String, String> REASONS =
      Map.of(
          "artifacts", "distributions; Poetry downloads them again",
          "cache", "responses of package indexes; Poetry downloads them again");

  private PoetryCache() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return LAYOUT.propose(
        snapshot.root(),
        context,
        (top, entry) ->
            Candidate.delete(
                entry, Cause.REGENERABLE, COST, REASONS.getOrDefault(top, "a file of Poetry")));
  }
}
