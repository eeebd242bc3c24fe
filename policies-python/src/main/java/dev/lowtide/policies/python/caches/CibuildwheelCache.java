package dev.lowtide.policies.python.caches;

import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The cache of cibuildwheel 3: virtualenv, interpreters and SDKs that it downloaded. While it
 * downloads and unpacks an item, it holds {@code ITEM.lock} (by filelock, with flock(2)).
 *
 * <p>{@code cibuildwheel --clean-cache} (3.1.4) removes everything and takes no locks. Lowtide
 * removes single items and holds their locks. It needs the tag that cibuildwheel 3.1.4 and newer
 * write into the cache.
 */
public final class CibuildwheelCache {
  private static final RebuildCost COST = RebuildCost.DOWNLOAD;

  public static final Policy POLICY =
      Policy.of(
          "python.cibuildwheel-cache",
          "downloads of cibuildwheel",
          COST,
          target -> Places.isCache(Places.CIBUILDWHEEL_CACHE, target),
          CibuildwheelCache::propose);

  private static final String LOCK = ".lock";
  private static final String TAG = Marker.CACHE_DIRECTORY.fileName();
  private static final String TAGGED_BY = "created by cibuildwheel";
  private static final String UNTAGGED =
      "the cache has no "
          + TAG
          + " "
          + TAGGED_BY
          + ", which cibuildwheel 3.1.4 and newer write; remove by hand what you do not need";
  private static final int MAX_TEXT = 4096;

  private CibuildwheelCache() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Entry cache = snapshot.root();
    List<Entry> children = cache.children();
    boolean tagged = isTagged(cache);
    Set<String> files = new HashSet<>();
    children.stream().filter(Entry::isFile).map(Entry::name).forEach(files::add);
    return children.stream()
        .filter(child -> !child.name().equals(TAG) && !isLock(child))
        .map(child -> tagged ? judge(child, cache, files) : candidate(child).withheld(UNTAGGED))
        .toList();
  }

  private static boolean isTagged(Entry cache) {
    return Marker.CACHE_DIRECTORY.isIn(cache)
        && cache
            .child(TAG)
            .flatMap(tag -> tag.text(MAX_TEXT))
            .filter(text -> text.contains(TAGGED_BY))
            .isPresent();
  }

  private static boolean isLock(Entry child) {
    return child.isFile() && child.name().endsWith(LOCK);
  }

  private static Candidate judge(Entry item, Entry cache, Set<String> files) {
    return Optional.of(item.name() + LOCK)
        .filter(files::contains)
        .map(lock -> candidate(item).holding(cache.path().resolve(lock)))
        .orElseGet(
            () ->
                candidate(item)
                    .withheld(
                        "there is no "
                            + item.name()
                            + LOCK
                            + " to lock; if no build is running, run 'cibuildwheel"
                            + " --clean-cache'"));
  }

  private static Candidate candidate(Entry entry) {
    return Candidate.delete(
        entry, Cause.REGENERABLE, COST, "cibuildwheel downloaded it, and downloads it again");
  }
}
