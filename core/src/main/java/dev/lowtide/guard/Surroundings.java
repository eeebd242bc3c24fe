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
 * The links, mounts and repositories around the entries of one snapshot. Each is looked up once for
 * all entries.
 *
 * <p>A plan may check a hundred thousand entries of one snapshot. Before one of them is removed, a
 * new snapshot of that entry alone is taken, and so everything is looked up again.
 *
 * <p>Safe for use by many threads.
 */
final class Surroundings {
  private final Path root;
  private final Map<Entry, List<GitRepository.Signs>> signsByEntry = new ConcurrentHashMap<>();
  private final Supplier<List<GitRepository.Signs>> signsAboveRoot;
  private final Supplier<Optional<Path>> link;
  private volatile @Nullable Set<Path> mounts;

  private Surroundings(Path root, Map<Path, Optional<Path>> otherSystems) {
    this.root = root;
    this.signsAboveRoot = Suppliers.memoize(() -> signsAbove(root, otherSystems));
    this.link = Suppliers.memoize(() -> linkAbove(root));
  }

  /** The surroundings of all snapshots in use. */
  static final class Cache {
    /** Looked up once for each directory, since many items have a dozen directories above them. */
    private final Map<Path, Optional<Path>> otherSystems = new ConcurrentHashMap<>();

    private final LoadingCache<Snapshot, Surroundings> bySnapshot =
        CacheBuilder.newBuilder() // by identity
            .weakKeys()
            .build(
                CacheLoader.from(snapshot -> new Surroundings(snapshot.rootPath(), otherSystems)));

    Surroundings of(Entry subtree) {
      return bySnapshot.getUnchecked(subtree.snapshot());
    }
  }

  /**
   * The symbolic link in the path of the snapshot's root that is nearest to the root. Below the
   * root, no path in a snapshot leads through a link.
   */
  Optional<Path> linkInRootPath() {
    return link.get();
  }

  private static Optional<Path> linkAbove(Path root) {
    return Stream.iterate(root.getParent(), Objects::nonNull, Path::getParent)
        .filter(Files::isSymbolicLink)
        .findFirst();
  }

  /** The mount points at the snapshot's root or below. */
  Set<Path> mounts() throws IOException {
    Set<Path> found = mounts;
    if (found == null) {
      found = MountTable.read().atOrBelow(root);
      mounts = found;
    }
    return found;
  }

  /** The signs of repositories at an entry and in the directories above it, the nearest first. */
  List<GitRepository.Signs> signsAt(Entry entry) {
    return prepend(GitRepository.Signs.of(entry), signsAround(entry));
  }

  /** Like {@link #signsAt}, but only of the directories above an entry. */
  List<GitRepository.Signs> signsAround(Entry entry) {
    List<GitRepository.Signs> signs = signsAboveRoot.get();
    Deque<Entry> unvisited = new ArrayDeque<>();
    for (Optional<Entry> each = entry.parent(); each.isPresent(); each = each.get().parent()) {
      List<GitRepository.Signs> cached = signsByEntry.get(each.get());
      if (cached != null) {
        signs = cached;
        break;
      }
      unvisited.push(each.get());
    }
    for (Entry each : unvisited) {
      signs = prepend(GitRepository.Signs.of(each), signs);
      signsByEntry.put(each, signs);
    }
    return signs;
  }

  /**
   * Adds the nearest signs, if any. Nearly all directories share the same list, so storing one for
   * each needs little memory.
   */
  private static List<GitRepository.Signs> prepend(
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
                    directory, otherSystems.computeIfAbsent(directory, VersionControl::metadataIn))
                    .stream())
        .toList();
  }
}
