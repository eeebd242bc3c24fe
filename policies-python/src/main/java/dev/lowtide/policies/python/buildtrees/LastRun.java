package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When a build last ran in a tree, by the files that its tool writes in every run. Later changes
 * were made by a person. Both times count: the time of modification, which copying preserves, and
 * the time of the status change (ctime), which nobody can set.
 */
final class LastRun {
  /** The longest time between an output and the next record, on a busy machine. */
  private static final Duration TOLERANCE = Duration.ofSeconds(2);

  private final Instant modified;
  private final Instant changed;

  private LastRun(Instant modified, Instant changed) {
    this.modified = modified;
    this.changed = changed;
  }

  /**
   * Reads the times of a tree.
   *
   * @param records files and directories, relative to the tree; missing ones are ignored
   */
  static LastRun in(Path tree, List<String> records, FileLookup lookup) {
    Instant modified = Instant.MIN;
    Instant changed = Instant.MIN;
    for (String name : records) {
      Optional<Entry> record = lookup.entry(tree.resolve(name));
      if (record.isPresent()) {
        modified = later(modified, record.get().lastModified());
        changed = later(changed, record.get().lastChanged());
      }
    }
    changed =
        directories(tree, lookup.snapshot())
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

  /**
   * Whether the status of a directory changed after its content, as by {@code cp -a}, {@code tar}
   * or {@code chmod -R}.
   */
  private static boolean wasCopied(Entry directory) {
    return directory.lastChanged().isAfter(directory.lastModified().plus(TOLERANCE));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /**
   * Whether a file has not changed since the last run. The status of a file with several links does
   * not count, because each new link changes it.
   */
  boolean isAfter(Entry file) {
    return isNotLater(file.lastModified(), modified)
        && (file.links() > 1 || isNotLater(file.lastChanged(), changed));
  }

  private static boolean isNotLater(Instant time, Instant last) {
    return last.equals(Instant.MIN) ? false : !time.isAfter(last.plus(TOLERANCE));
  }
}
