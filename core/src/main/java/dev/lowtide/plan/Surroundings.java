package dev.lowtide.plan;

import com.google.common.base.Suppliers;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.collect.Iterators;
import dev.lowtide.fs.MountTable;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
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
  private final Map<Entry, GitRepository.Signs> below = new ConcurrentHashMap<>();
  private final Supplier<List<GitRepository.Signs>> above;
  private final Supplier<Optional<Path>> link;
  private volatile @Nullable Set<Path> mounts;

  private Surroundings(Path root) {
    this.root = root;
    this.above = Suppliers.memoize(() -> signsAbove(root));
    this.link = Suppliers.memoize(() -> linkAbove(root));
  }

  /** Those of the snapshots that are in use. */
  static final class All {
    private final LoadingCache<Snapshot, Surroundings> known =
        CacheBuilder.newBuilder() // by identity
            .weakKeys()
            .build(CacheLoader.from(snapshot -> new Surroundings(snapshot.rootPath())));

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

  /** What tells a repository at an entry, at the directory above it, and so on up to the top. */
  Iterator<GitRepository.Signs> signsFrom(Entry subtree) {
    List<GitRepository.Signs> signs = new ArrayList<>();
    signs.add(GitRepository.Signs.of(subtree));
    for (Optional<Entry> each = subtree.parent(); each.isPresent(); each = each.get().parent()) {
      signs.add(below.computeIfAbsent(each.get(), GitRepository.Signs::of));
    }
    return Iterators.concat(signs.iterator(), above.get().iterator());
  }

  private static List<GitRepository.Signs> signsAbove(Path root) {
    return Stream.iterate(root.getParent(), Objects::nonNull, Path::getParent)
        .map(GitRepository.Signs::of)
        .toList();
  }
}
