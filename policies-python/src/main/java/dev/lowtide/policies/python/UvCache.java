package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cache of uv, which only uv itself cleans: its processes lock it and link into it, and what it
 * holds changes from version to version.
 *
 * <p>{@code uv cache prune} removes whatever it does not know at the top of its cache, so a cache
 * with something of somebody else is left alone.
 */
final class UvCache {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;
  static final String EXECUTABLE = "uv";

  /**
   * Buckets carry the version of their format, {@code wheels-v6}; "Cache versioning" in the
   * documentation of uv 0.8.
   */
  private static final Pattern BUCKET = Pattern.compile("[a-z]+(-[a-z]+)*-v[0-9]+");

  private static final Pattern OTHER =
      Pattern.compile("\\.lock|CACHEDIR\\.TAG|\\.gitignore|\\.tmp.*");

  private UvCache() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Entry cache = snapshot.root();
    List<Entry> children = cache.children();
    if (children.isEmpty()) {
      return List.of();
    }
    Candidate prune =
        Candidate.run(
            cache,
            List.of(EXECUTABLE, "cache", "prune", "--cache-dir", cache.path().toString()),
            Cause.REGENERABLE,
            COST,
            "uv removes what it no longer needs itself");
    Optional<Entry> foreign = children.stream().filter(child -> !isOfUv(child)).findFirst();
    if (foreign.isPresent()) {
      return List.of(
          prune.withheld(
              "'uv cache prune' would remove "
                  + foreign.get().path()
                  + ", which is not uv's; move it elsewhere"));
    }
    if (context.host().executable(EXECUTABLE).isEmpty()) {
      return List.of(
          prune.withheld(
              "only uv may clean its cache, and it is not on PATH; install uv, or use a private"
                  + " cache by setting UV_CACHE_DIR"));
    }
    return List.of(prune);
  }

  private static boolean isOfUv(Entry child) {
    return (child.isDirectory() && BUCKET.matcher(child.name()).matches())
        || OTHER.matcher(child.name()).matches();
  }
}
