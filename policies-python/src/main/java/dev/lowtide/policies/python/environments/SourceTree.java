package dev.lowtide.policies.python.environments;

import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Passes over a snapshot that leave out what lies in certain directories. */
public final class SourceTree {
  private SourceTree() {}

  /**
   * Everything below the root that is part of no environment and of no Git repository's own data;
   * those directories themselves are there.
   */
  public static Stream<Entry> entries(Snapshot snapshot) {
    return entries(snapshot, SourceTree::isClosed);
  }

  /** Whether what lies in a directory is no part of the sources around it. */
  public static boolean isClosed(Entry directory) {
    return directory.name().equals(".git")
        || VirtualEnvironments.isOne(directory)
        || CondaEnvironments.isOne(directory);
  }

  /**
   * Everything below the root, in tree order, in one pass.
   *
   * @param closed which directories are not looked into
   */
  public static Stream<Entry> entries(Snapshot snapshot, Predicate<Entry> closed) {
    return entries(snapshot.root(), closed);
  }

  /** The same below a directory of a snapshot. */
  public static Stream<Entry> entries(Entry top, Predicate<Entry> closed) {
    return top.entries(directory -> !directory.equals(top) && closed.test(directory)).skip(1);
  }
}
