package dev.lowtide.plan;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import dev.lowtide.fs.MountTable;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private final Map<Path, GitRepository.Signs> signs = new ConcurrentHashMap<>();
  private volatile @Nullable Optional<Path> link;
  private volatile @Nullable Set<Path> mounts;

  private Surroundings(Path root) {
    this.root = root;
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
    Optional<Path> found = link;
    if (found == null) {
      found = Optional.empty();
      for (Path above = root.getParent();
          above != null && found.isEmpty();
          above = above.getParent()) {
        found = Files.isSymbolicLink(above) ? Optional.of(above) : Optional.empty();
      }
      link = found;
    }
    return found;
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

  /** What tells a repository at a directory above an entry. */
  GitRepository.Signs signs(Path directory) {
    return signs.computeIfAbsent(directory, GitRepository.Signs::of);
  }
}
