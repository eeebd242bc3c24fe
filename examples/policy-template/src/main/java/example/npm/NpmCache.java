package example.npm;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The packages that npm has downloaded, and the index to them; npm downloads them again.
 *
 * <p>From {@code lib/content/path.js} and {@code lib/entry-index.js} of cacache 15 to 20, which npm
 * 7 to 11 use: content lies under its hash, {@code content-v2/sha512/ab/cd/…}, and the index under
 * the hash of its key, {@code index-v5/ab/cd/…}. Each line of the index begins with its own SHA-1.
 */
final class NpmCache {
  private static final Pattern CONTENT =
      Pattern.compile(
          "sha512/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{124}|sha1/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{36}");

  private static final Pattern INDEX = Pattern.compile("[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}");

  private static final Pattern LINE_START = Pattern.compile("\n[0-9a-f]{40}\t\\{\"key\":\"");

  private static final int LINE_START_LENGTH = 50;

  static final Policy POLICY =
      Policy.of(
          "npm.cache",
          "downloads of npm",
          RebuildCost.DOWNLOAD,
          target ->
              target.kind() == CleanupTarget.Kind.CACHE && target.id().equals(NpmPolicies.CACHE),
          NpmCache::propose,
          NpmCache::explain);

  private NpmCache() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return snapshot.root().children().stream()
        .filter(entry -> entry.name().equals("content-v2") || entry.name().equals("index-v5"))
        .map(
            entry ->
                Candidate.delete(
                    entry, Cause.REGENERABLE, RebuildCost.DOWNLOAD, "npm downloads it again"))
        .toList();
  }

  /** Lowtide asks this when planning, and again right before it removes the item. */
  private static Explanation explain(Entry item, HostEnvironment host) {
    Explanation.Builder unexplained = new Explanation.Builder();
    item.entries()
        .filter(entry -> !isOfNpm(item, entry))
        .forEach(entry -> unexplained.add(entry, "was not written by npm"));
    return unexplained.build();
  }

  private static boolean isOfNpm(Entry item, Entry entry) {
    if (entry.isDirectory()) {
      return true; // its contents are explained one by one
    }
    String path = item.path().relativize(entry.path()).toString();
    return entry.isFile()
        && (item.name().equals("content-v2")
            ? CONTENT.matcher(path).matches()
            : INDEX.matcher(path).matches() && isIndex(entry));
  }

  private static boolean isIndex(Entry entry) {
    return entry
        .text(LINE_START_LENGTH)
        .filter(text -> LINE_START.matcher(text).lookingAt())
        .isPresent();
  }
}
