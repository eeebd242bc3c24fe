package dev.lowtide.policies.python.caches;

import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cache of pre-commit 2 to 4 ({@code pre_commit/store.py}): {@code repo*} with the clones and
 * environments of hooks, and {@code db.db}, which lists them. pre-commit believes that everything
 * in the list is installed, and never uses a clone that is not listed. So only {@code pre-commit
 * gc} cleans the cache: it removes unused clones together with their lines. {@code pre-commit
 * clean} would remove the whole directory, whatever is in it.
 *
 * <p>{@code patch*} contains edits that a user had not staged when a hook ran ({@code
 * pre_commit/staged_files_only.py}). If pre-commit did not restore them, it is the only copy.
 */
public final class PreCommitCache {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final String EXECUTABLE = "pre-commit";

  private static final CommandShape GC = CommandShape.of(EXECUTABLE, "gc");

  public static final Policy POLICY =
      Policy.of(
          "python.pre-commit-cache",
          "pre-commit hooks that no project uses",
          COST,
          target -> Places.isCache(Places.PRE_COMMIT_CACHE, target),
          PreCommitCache::propose,
          List.of(GC));

  private static final String LOCK = ".lock";
  private static final String DATABASE = "db.db";

  /** The suffix is from tempfile. */
  private static final Pattern CLONE = Pattern.compile("repo[a-z0-9_]{8}");

  private PreCommitCache() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Entry cache = snapshot.root();
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : cache.children()) {
      if (child.isFile() && child.name().startsWith("patch")) {
        candidates.add(
            Candidate.delete(child, Cause.REGENERABLE, COST, "a patch")
                .withheld("it may be the only copy of edits that pre-commit did not restore"));
      }
    }
    if (isPreCommitCache(cache)) {
      Candidate gc =
          Candidate.run(
              cache,
              List.of(EXECUTABLE, "gc"),
              Cause.ORPHANED,
              COST,
              "pre-commit removes the hooks that no project uses");
      candidates.add(
          objection(cache, context)
              .map(gc::withheld)
              .orElseGet(() -> gc.requiring(new Unlocked(cache.path().resolve(LOCK)))));
    }
    return candidates;
  }

  private static Optional<String> objection(Entry cache, PolicyContext context) {
    if (!cache.hasFile(LOCK)) {
      return Optional.of("there is no " + LOCK + " in it, so pre-commit did not make it");
    } else if (context.host().executable(EXECUTABLE).isEmpty()) {
      return Optional.of(
          "only pre-commit may clean its cache, because its database must match the content, and it"
              + " is not on PATH; install it");
    }
    return Places.rootsWithoutAsking(Places.PRE_COMMIT_CACHE, context.host()).contains(cache.path())
        ? Optional.empty()
        : Optional.of("'pre-commit gc' would clean another directory; set PRE_COMMIT_HOME to it");
  }

  static boolean isPreCommitCache(Entry directory) {
    return directory.hasFile(DATABASE)
        && directory.children().stream().anyMatch(PreCommitCache::isClone);
  }

  private static boolean isClone(Entry child) {
    return child.isDirectory() && CLONE.matcher(child.name()).matches();
  }
}
