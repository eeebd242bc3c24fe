package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.files.Beside;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When a build last ran in a tree, by what its tool writes whenever it runs: what changed later was
 * changed by a person. Both the time of modification, which says more of a tree that was copied,
 * and that of the last change of status count, which nobody can set back.
 */
final class LastRun {
  /** Between what a tool makes and the record that it writes next, on a busy machine. */
  private static final Duration MOMENT = Duration.ofSeconds(2);

  private final Instant modified;
  private final Instant changed;

  private LastRun(Instant modified, Instant changed) {
    this.modified = modified;
    this.changed = changed;
  }

  /**
   * That in a tree.
   *
   * @param records files and directories, relative to the tree; those that are not there do not
   *     count
   */
  static LastRun in(Path tree, List<String> records, Beside beside) {
    Instant modified = Instant.MIN;
    Instant changed = Instant.MIN;
    for (String name : records) {
      Optional<Entry> record = beside.at(tree.resolve(name));
      if (record.isPresent()) {
        modified = later(modified, record.get().lastModified());
        changed = later(changed, record.get().lastChanged());
      }
    }
    changed =
        directories(tree, beside.snapshot())
            .filter(LastRun::wasCopied)
            .map(Entry::lastChanged)
            .reduce(changed, LastRun::later);
    return new LastRun(modified, changed);
  }

  private static Stream<Entry> directories(Path tree, Snapshot snapshot) {
    Path root = snapshot.rootPath();
    Optional<Entry> top =
        root.startsWith(tree)
            ? Optional.of(snapshot.root())
            : tree.startsWith(root) ? snapshot.entry(tree) : Optional.empty();
    return top.stream().flatMap(Entry::entries).filter(Entry::isDirectory);
  }

  /** As {@code cp -a}, {@code tar} and {@code chmod -R} leave one, after what it holds. */
  private static boolean wasCopied(Entry directory) {
    return directory.lastChanged().isAfter(directory.lastModified().plus(MOMENT));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** Whether a file is as the build left it; with several names it can only be told by content. */
  boolean isAfter(Entry file) {
    return isBy(file.lastModified(), modified)
        && (file.links() > 1 || isBy(file.lastChanged(), changed));
  }

  private static boolean isBy(Instant time, Instant last) {
    return last.equals(Instant.MIN) ? false : !time.isAfter(last.plus(MOMENT));
  }
}
