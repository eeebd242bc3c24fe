package dev.lowtide.guard;

import com.google.common.base.Suppliers;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.collect.ImmutableList;
import dev.lowtide.fs.MountTable;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What lies around the entries of one snapshot, looked up once for all that is asked about in it.
 *
 * <p>A plan asks about each of a hundred thousand entries in one snapshot. Before one of them goes,
 * a snapshot is taken of it alone, and so everything is looked up again.
 *
 * <p>Safe for use by many threads.
 */
final class Surroundings {
  private final Path root;
  private final Map<Entry, List<GitRepository.Signs>> below = new ConcurrentHashMap<>();
  private final Supplier<List<GitRepository.Signs>> above;
  private final Supplier<Optional<Path>> link;
  private volatile @Nullable Set<Path> mounts;

  private Surroundings(Path root, Map<Path, Optional<Path>> otherSystems) {
    this.root = root;
    this.above = Suppliers.memoize(() -> signsAbove(root, otherSystems));
    this.link = Suppliers.memoize(() -> linkAbove(root));
  }

  /** Those of the snapshots that are in use. */
  static final class All {
    /** Asked once for each directory: a dozen names above each of many items are many. */
    private final Map<Path, Optional<Path>> otherSystems = new ConcurrentHashMap<>();

    private final LoadingCache<Snapshot, Surroundings> known =
        CacheBuilder.newBuilder() // by identity
            .weakKeys()
            .build(
                CacheLoader.from(snapshot -> new Surroundings(snapshot.rootPath(), otherSystems)));

    Surroundings of(Entry subtree) {
      return known.getUnchecked(subtree.snapshot());
    }
  }

  /**
   * The symbolic link on the way to the snapshot's root that is nearest to it. Below the root a
   * snapshot has no way through a link.
   */
  Optional<Path> linkOnTheWay() {
    return link.get();
  }

  private static Optional<Path> linkAbove(Path root) {
    return Stream.iterate(root.getParent(), Objects::nonNull, Path::getParent)
        .filter(Files::isSymbolicLink)
        .findFirst();
  }

  /** Where something is mounted at the snapshot's root or below. */
  Set<Path> mounts() throws IOException {
    Set<Path> found = mounts;
    if (found == null) {
      found = MountTable.read().atOrBelow(root);
      mounts = found;
    }
    return found;
  }

  /** What looks like a repository: an entry, a directory around it; the nearest comes first. */
  List<GitRepository.Signs> signsAt(Entry entry) {
    return with(GitRepository.Signs.of(entry), signsAround(entry));
  }

  /** As {@link #signsAt}, of the directories around an entry alone. */
  List<GitRepository.Signs> signsAround(Entry entry) {
    List<GitRepository.Signs> signs = above.get();
    Deque<Entry> unknown = new ArrayDeque<>();
    for (Optional<Entry> each = entry.parent(); each.isPresent(); each = each.get().parent()) {
      List<GitRepository.Signs> known = below.get(each.get());
      if (known != null) {
        signs = known;
        break;
      }
      unknown.push(each.get());
    }
    for (Entry each : unknown) {
      signs = with(GitRepository.Signs.of(each), signs);
      below.put(each, signs);
    }
    return signs;
  }

  /** The same list for nearly all directories, so that to keep one for each costs little. */
  private static List<GitRepository.Signs> with(
      Optional<GitRepository.Signs> nearest, List<GitRepository.Signs> others) {
    return nearest.isEmpty()
        ? others
        : ImmutableList.<GitRepository.Signs>builder().add(nearest.get()).addAll(others).build();
  }

  private static List<GitRepository.Signs> signsAbove(
      Path root, Map<Path, Optional<Path>> otherSystems) {
    return Stream.iterate(root.getParent(), Objects::nonNull, Path::getParent)
        .flatMap(
            directory ->
                GitRepository.Signs.of(
                    directory, otherSystems.computeIfAbsent(directory, VersionControl::in))
                    .stream())
        .toList();
  }
}
