package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The cache of pre-commit 2 to 4 ({@code pre_commit/store.py}): {@code repo*} with the clones and
 * environments of hooks, and {@code db.db}, which says what is in which of them. pre-commit takes
 * what stands there for installed, so the record goes first, and all of it or nothing; {@code
 * pre-commit gc} removes what no project has use of.
 *
 * <p>{@code patch*} holds what a user had changed and not staged when a hook ran ({@code
 * pre_commit/staged_files_only.py}): where it was not put back, it is the only copy.
 */
final class PreCommitCache {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final String LOCK = ".lock";
  private static final String RECORD = "db.db";

  private PreCommitCache() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Entry cache = snapshot.root();
    List<Candidate> candidates = new ArrayList<>();
    for (Entry child : cache.children()) {
      if (child.isFile() && child.name().startsWith("patch")) {
        candidates.add(
            candidate(child, "a patch")
                .withheld("it may be the only copy of edits that pre-commit did not put back"));
      }
    }
    Optional<Entry> record = cache.child(RECORD).filter(Entry::isFile);
    List<Entry> repositories =
        cache.children().stream()
            .filter(child -> child.isDirectory() && child.name().startsWith("repo"))
            .toList();
    if (record.isEmpty() || repositories.isEmpty()) {
      return candidates;
    }
    Optional<Entry> lock = cache.child(LOCK).filter(Entry::isFile);
    Instant lastUsed =
        cache.children().stream()
            .map(Entry::newestChange)
            .max(Comparator.naturalOrder())
            .orElseThrow();
    for (Entry repository : repositories) {
      Candidate candidate =
          candidate(repository, "hooks that pre-commit installs again when they run")
              .onlyAfter(record.get().path());
      candidates.add(locked(candidate, lock).lastUsedAt(lastUsed));
    }
    Candidate first = candidate(record.get(), "the record of the hooks that go");
    candidates.add(locked(first, lock).lastUsedAt(lastUsed));
    return candidates;
  }

  private static Candidate candidate(Entry entry, String reason) {
    return Candidate.delete(entry, Cause.REGENERABLE, COST, reason);
  }

  private static Candidate locked(Candidate candidate, Optional<Entry> lock) {
    return lock.map(file -> candidate.holding(file.path()))
        .orElseGet(
            () ->
                candidate.withheld(
                    "there is no " + LOCK + " in it, so that no pre-commit could be kept out"));
  }
}
