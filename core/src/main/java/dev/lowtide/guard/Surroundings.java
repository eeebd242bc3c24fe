package dev.lowtide.guard;

import com.google.common.base.Suppliers;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.collect.ImmutableList;
import dev.lowtide.FileKind;
import dev.lowtide.fs.DirectoryNames;
import dev.lowtide.fs.MountTable;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
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
 * new snapshot of that entry alone is taken. What is found in the directories above it is then used
 * for a short time, since thousands of items have nearly all of these in common.
 *
 * <p>Safe for use by many threads.
 */
final class Surroundings {
  private final Path root;
  private final boolean isRootLink;
  private final Cache cache;
  private final Map<Entry, List<GitRepository.Signs>> signsByEntry = new ConcurrentHashMap<>();
  private final Supplier<List<GitRepository.Signs>> signsAboveRoot;
  private final Supplier<Optional<Path>> link;
  private volatile @Nullable Set<Path> mounts;

  private Surroundings(Snapshot snapshot, Cache cache) {
    this.root = snapshot.rootPath();
    this.isRootLink = snapshot.root().kind() == FileKind.SYMLINK;
    this.cache = cache;
    this.signsAboveRoot = Suppliers.memoize(this::signsAbove);
    this.link = Suppliers.memoize(this::linkAbove);
  }

  /** The surroundings of all snapshots in use. */
  static final class Cache {
    private final Recent<Path, Directory> directories = new Recent<>(Directory::new);

    private final LoadingCache<Snapshot, Surroundings> bySnapshot =
        CacheBuilder.newBuilder() // by identity
            .weakKeys()
            .build(CacheLoader.from(snapshot -> new Surroundings(snapshot, this)));

    private Directory directory(Path path) {
      try {
        return directories.get(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e); // cannot happen: nothing is read yet
      }
    }

    Surroundings of(Entry subtree) {
      return bySnapshot.getUnchecked(subtree.snapshot());
    }

    /**
     * Whether the file name of a path is certainly spelled so on the disk; false also if its
     * directory cannot be listed.
     */
    boolean isSpelledSo(Path path) {
      Path parent = path.getParent();
      return parent != null
          && directory(parent)
              .names
              .get()
              .filter(names -> names.contains(String.valueOf(path.getFileName())))
              .isPresent();
    }
  }

  /** A directory above a snapshot. Each thing is looked up when it is needed, and then kept. */
  private static final class Directory {
    final Supplier<Boolean> isLink;
    final Supplier<Optional<Set<String>>> names;
    private final Supplier<Optional<GitRepository.Signs>> signs;
    private final Supplier<Optional<GitRepository.Signs>> signsByNames;

    Directory(Path path) {
      isLink = Suppliers.memoize(() -> Files.isSymbolicLink(path));
      names = Suppliers.memoize(() -> DirectoryNames.of(path));
      signs =
          Suppliers.memoize(() -> GitRepository.Signs.of(path, VersionControl.metadataIn(path)));
      signsByNames =
          Suppliers.memoize(
              () ->
                  names.get().filter(all -> GitRepository.Signs.areNone(path, all)).isPresent()
                      ? Optional.empty()
                      : signs.get());
    }
  }

  /**
   * The symbolic link in the path of the snapshot's root that is nearest to the root. Below the
   * root, no path in a snapshot leads through a link.
   */
  Optional<Path> linkInRootPath() {
    return link.get();
  }

  private Optional<Path> linkAbove() {
    return above().filter(directory -> cache.directory(directory).isLink.get()).findFirst();
  }

  private Stream<Path> above() {
    return Stream.iterate(root.getParent(), Objects::nonNull, Path::getParent);
  }

  /** The mount points at the snapshot's root or below. */
  Set<Path> mounts() throws IOException {
    Set<Path> found = mounts;
    if (found == null) {
      MountTable table = MountTable.read();
      found =
          isRootLink || link.get().isPresent() ? table.atOrBelow(root) : table.atOrBelowReal(root);
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

  /**
   * The directory of the snapshot's root is listed, which takes fewer calls than to ask for each
   * name of a repository. The others are asked for each name, since they may be unreadable, or as
   * large as a home directory or {@code /tmp}.
   */
  private List<GitRepository.Signs> signsAbove() {
    Path parent = root.getParent();
    return above()
        .flatMap(
            path -> {
              Directory directory = cache.directory(path);
              return (path.equals(parent) ? directory.signsByNames : directory.signs)
                  .get().stream();
            })
        .toList();
  }
}
