package dev.lowtide.plan;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.fs.Stat;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.time.Instant;

/**
 * Tells whether a tree is still the one that was planned. A directory's own times do not show what
 * happens further down, so the newest time, the bytes and the number of entries of the whole tree
 * belong to it.
 */
public record SubtreeIdentity(
    FileIdentity root, int entries, long apparentBytes, Instant newestModified) {

  /** Of something that is not looked into, and so is never found to have changed. */
  static final SubtreeIdentity UNREAD =
      new SubtreeIdentity(new FileIdentity(FileKind.OTHER, 0, 0, 0), 1, 0, Instant.EPOCH);

  /** What identifies a tree; reads the status of its root from the disk. */
  public static SubtreeIdentity of(Entry subtree) throws IOException {
    return new SubtreeIdentity(
        Stat.of(subtree.path()).identity(),
        subtree.count(),
        subtree.usage().apparentBytes(),
        subtree.newestModified());
  }

  /**
   * What differs from an earlier look although only the root was renamed in between, which changes
   * its status, as a phrase; empty if nothing does.
   */
  public String differenceAfterRenameFrom(SubtreeIdentity earlier) {
    FileIdentity renamed =
        new FileIdentity(
            root.kind(),
            root.device(),
            root.inode(),
            earlier.root.changedNanos(),
            root.bornNanos());
    return new SubtreeIdentity(renamed, entries, apparentBytes, newestModified)
        .differenceFrom(earlier);
  }

  /** What differs from an earlier look, as a phrase; empty if nothing does. */
  public String differenceFrom(SubtreeIdentity earlier) {
    if (!root.isSameFile(earlier.root)) {
      return "something else has taken its place";
    } else if (entries != earlier.entries) {
      return "it has " + entries + " entries now, and had " + earlier.entries;
    } else if (apparentBytes != earlier.apparentBytes) {
      return "it has " + apparentBytes + " bytes now, and had " + earlier.apparentBytes;
    } else if (!newestModified.equals(earlier.newestModified)) {
      return "something in it was modified at " + newestModified;
    } else if (root.kind() == FileKind.DIRECTORY
        && root.changedNanos() != earlier.root.changedNanos()) {
      // A file's own status also changes when another of its names goes, which an item before may
      // have done
      return "the directory's status has changed";
    }
    return "";
  }
}
