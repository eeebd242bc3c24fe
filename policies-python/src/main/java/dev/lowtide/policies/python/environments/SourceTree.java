package dev.lowtide.policies.python.environments;

import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Walks over a snapshot that skip the content of certain directories. */
public final class SourceTree {
  private SourceTree() {}

  /**
   * Everything below the root except the content of environments and {@code .git}; these
   * directories themselves are included.
   */
  public static Stream<Entry> entries(Snapshot snapshot) {
    return entries(snapshot, SourceTree::isSkipped);
  }

  /** Whether the content of a directory is not part of the sources around it. */
  public static boolean isSkipped(Entry directory) {
    return directory.name().equals(".git")
        || VirtualEnvironments.isVirtualEnvironment(directory)
        || CondaEnvironments.isCondaEnvironment(directory);
  }

  /**
   * Everything below the root, in tree order, in one pass.
   *
   * @param skipped which directories are not entered
   */
  public static Stream<Entry> entries(Snapshot snapshot, Predicate<Entry> skipped) {
    return entries(snapshot.root(), skipped);
  }

  /** The same below a directory of a snapshot. */
  public static Stream<Entry> entries(Entry top, Predicate<Entry> skipped) {
    return top.entries(directory -> !directory.equals(top) && skipped.test(directory)).skip(1);
  }
}
