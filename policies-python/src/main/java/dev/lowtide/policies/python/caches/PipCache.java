package dev.lowtide.policies.python.caches;

import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The cache of pip 20 to 26: {@code http} (until 23.2) and {@code http-v2} with responses, {@code
 * wheels} with wheels that pip built, and {@code selfcheck}. Without limits, whole directories are
 * removed. With limits, single responses and the wheels of single sources are removed, the oldest
 * first.
 *
 * <p>pip takes no locks, replaces files atomically and ignores what it cannot write ({@code
 * pip/_internal/network/cache.py}), so entries can be removed at any time. Lowtide does not run pip
 * for this: {@code pip cache purge} knows neither age nor size, and {@code pip cache remove} cannot
 * remove responses.
 */
public final class PipCache {
  private static final RebuildCost HTTP_COST = RebuildCost.DOWNLOAD;
  private static final RebuildCost WHEELS_COST = RebuildCost.COMPUTE;

  private static final String BODY = ".body";

  /**
   * A SHA-224 in hexadecimal digits, in nested directories named after its first five ({@code
   * pip/_internal/network/cache.py}, pip 20 to 26); {@code .body} since 23.2; a suffix of tempfile
   * while the file is being written.
   */
  private static final String RESPONSE =
      "http-v2/([0-9a-f])/([0-9a-f])/([0-9a-f])/([0-9a-f])/([0-9a-f])/"
          + "\\1\\2\\3\\4\\5[0-9a-f]{51}(\\.body)?([a-z0-9_]{8}(\\.tmp)?)?";

  /**
   * A response until pip 23.2. The hash may be shorter, but the name still begins with the names of
   * its directories.
   */
  private static final String EARLIER_RESPONSE =
      "http/([0-9a-f]+)/([0-9a-f]+)/([0-9a-f]+)/([0-9a-f]+)/([0-9a-f]+)/"
          + "\\9\\10\\11\\12\\13[0-9a-f]{0,51}([a-z0-9_]{8}\\.tmp)?";

  /** {@code pip/_internal/self_outdated_check.py}: a hash of the interpreter's path. */
  private static final String SELFCHECK = "selfcheck/[0-9a-f]{56}([a-z0-9_]{8}\\.tmp)?";

  /** Name, version, build number, and tags: PEP 427; the platforms of PEP 425, 600 and 656. */
  private static final String WHEEL =
      "[^/-]+-[0-9][^/-]*(-[0-9][^/-]*)?-[a-z0-9_.]+-[a-z0-9_.]+"
          + "-(any|(linux|manylinux|musllinux|macosx|win|freebsd|android|ios)[a-z0-9_.]*)\\.whl";

  /** The responses that pip downloaded, and its record of its own latest version. */
  static final CacheLayout HTTP =
      new CacheLayout(
          "pip",
          Set.of("http", "http-v2", "selfcheck"),
          Pattern.compile("http-v2(/[0-9a-f]){0,5}|http(/[0-9a-f]+){0,5}|selfcheck"),
          Pattern.compile(RESPONSE + "|" + EARLIER_RESPONSE + "|" + SELFCHECK),
          PipCache::responseKey);

  /**
   * The wheels that pip built, in directories named after parts of a hash of the sources: {@code
   * pip/_internal/cache.py}, pip 20 to 26; {@code origin.json} since 23.1.
   */
  static final CacheLayout WHEELS =
      new CacheLayout(
          "pip",
          Set.of("wheels"),
          Pattern.compile("wheels(/[0-9a-f]{2}){0,3}|wheels(/[0-9a-f]{2}){3}/[0-9a-f]{50}"),
          Pattern.compile("wheels(/[0-9a-f]{2}){3}/[0-9a-f]{50}/(" + WHEEL + "|origin\\.json)"),
          file -> "");

  public static final Policy HTTP_POLICY =
      Policy.of(
          "python.pip-cache.http",
          "downloads of pip",
          HTTP_COST,
          target -> Places.isCache(Places.PIP_CACHE, target),
          PipCache::http,
          HTTP);

  public static final Policy WHEELS_POLICY =
      Policy.of(
          "python.pip-cache.wheels",
          "wheels that pip built",
          WHEELS_COST,
          target -> Places.isCache(Places.PIP_CACHE, target),
          PipCache::wheels,
          WHEELS);

  private static final Map<String, String> REASONS =
      Map.of("selfcheck", "pip's record of its latest version");

  private static final String RESPONSES = "downloads of pip; pip downloads them again";

  /** These files only describe the directory. */
  private static final Set<String> DESCRIPTIVE_FILES = Set.of("CACHEDIR.TAG", ".gitignore");

  private PipCache() {}

  /** Proposes what pip downloaded, and reports what in the cache is not pip's. */
  private static List<Candidate> http(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates =
        new ArrayList<>(
            HTTP.propose(
                snapshot.root(),
                context,
                (top, entry) -> candidate(entry, HTTP_COST, REASONS.getOrDefault(top, RESPONSES))));
    for (Entry child : snapshot.root().children()) {
      boolean known =
          child.isDirectory()
              && (HTTP.topDirectories().contains(child.name())
                  || WHEELS.topDirectories().contains(child.name()));
      if (!known && !DESCRIPTIVE_FILES.contains(child.name())) {
        candidates.add(
            candidate(child, HTTP_COST, "an entry in pip's cache").withheld("it is not from pip"));
      }
    }
    return candidates;
  }

  /** Proposes the wheels that pip built. */
  private static List<Candidate> wheels(Snapshot snapshot, PolicyContext context) {
    return WHEELS.propose(
        snapshot.root(),
        context,
        (top, entry) ->
            candidate(entry, WHEELS_COST, "wheels built by pip; pip builds them again"));
  }

  private static Candidate candidate(Entry entry, RebuildCost cost, String reason) {
    return Candidate.delete(entry, Cause.REGENERABLE, cost, reason);
  }

  /**
   * The key of a response. It has two files, headers and body, with the same name: the hash of the
   * URL. Both were used when the later one was.
   */
  private static String responseKey(Entry file) {
    String name = file.name();
    return name.endsWith(BODY) ? name.substring(0, name.length() - BODY.length()) : name;
  }
}
