package dev.lowtide.plan;

import dev.lowtide.BoundedSize;
import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One file or directory that a plan removes, or one directory that a command cleans.
 *
 * @param id unique in its plan
 * @param policy the id of the policy that proposed it
 * @param target the id of the target in which it lies
 * @param candidate the action, and the reason for it
 * @param apparentBytes the sum of the sizes of all files in it
 * @param allocated the space that it occupies on the disk
 * @param reclaimable the space that is freed if only this item is removed: without files that also
 *     have a name elsewhere, and without blocks that are shared with a file elsewhere
 * @param identity the identity that the tree must still have when it is removed
 */
public record PlanItem(
    String id,
    String policy,
    String target,
    Candidate candidate,
    long apparentBytes,
    BoundedSize allocated,
    BoundedSize reclaimable,
    Identity identity) {

  /** This item with another candidate. */
  public PlanItem with(Candidate other) {
    return new PlanItem(id, policy, target, other, apparentBytes, allocated, reclaimable, identity);
  }

  /** The path of the item, absolute. */
  public Path path() {
    return candidate.path();
  }

  /**
   * Recognizes whether a tree is still the one that was planned. The times of a directory do not
   * show changes further down, so an identity has the newest times, the bytes and the number of
   * entries of the whole tree.
   *
   * @param newestModified the latest modification in it
   * @param newestChanged the latest change of status, by {@code st_ctime}, which no program can
   *     set: it reveals a file whose modification time was set back. It leaves out files with
   *     several names, since their status also changes when another name is added or removed, and
   *     the root if that is a directory, since {@code root} has its status; {@link Instant#MAX} if
   *     it was not recorded
   * @param severalNames the number of files in it that have several names
   */
  public record Identity(
      FileIdentity root,
      int entries,
      long apparentBytes,
      Instant newestModified,
      Instant newestChanged,
      int severalNames) {

    /** The identity of something that is not read, and so never counts as changed. */
    public static final Identity UNREAD =
        new Identity(
            new FileIdentity(FileKind.OTHER, 0, 0, 0), 1, 0, Instant.EPOCH, Instant.MAX, 0);

    /** Makes the identity of a tree; reads the status of its root from the disk. */
    public static Identity of(Entry subtree) throws IOException {
      return new Identity(
          Stat.of(subtree.path()).identity(),
          subtree.count(),
          subtree.usage().apparentBytes(),
          subtree.newestModified(),
          exceptRootDirectory(subtree)
              .filter(entry -> !hasSeveralNames(entry))
              .map(Entry::lastChangedByAnybody)
              .max(Instant::compareTo)
              .orElse(Instant.EPOCH),
          severalNames(subtree));
    }

    /**
     * What has changed in a tree whose root was renamed, as a phrase; empty if nothing has. The
     * status change of the root by the rename itself is ignored.
     */
    public String differenceAfterRename(Entry now) throws IOException {
      return differenceIn(now, true);
    }

    /** What has changed in a tree, as a phrase; empty if nothing has. */
    public String differenceIn(Entry now) throws IOException {
      return differenceIn(now, false);
    }

    private String differenceIn(Entry now, boolean renamed) throws IOException {
      FileIdentity rootNow = Stat.of(now.path()).identity();
      long bytesNow = now.usage().apparentBytes();
      Instant modified = now.newestModified();
      if (!rootNow.isSameFile(root)) {
        return "something else has taken its place";
      } else if (now.count() != entries) {
        return "it has " + now.count() + " entries now, and had " + entries;
      } else if (bytesNow != apparentBytes) {
        return "it has " + bytesNow + " bytes now, and had " + apparentBytes;
      } else if (!modified.equals(newestModified)) {
        return "something in it was modified at " + modified;
      } else if (!renamed
          && root.kind() == FileKind.DIRECTORY
          && rootNow.changedNanos() != root.changedNanos()) {
        return "the directory's status has changed";
      }
      return changedIn(now, renamed)
          .map(
              entry ->
                  "the status of "
                      + Printable.of(entry.path())
                      + " has changed, at "
                      + entry.lastChanged())
          .orElse("");
    }

    /**
     * An entry whose status has changed since it was planned. As many changes are accepted as files
     * lost their other names: an item that was removed before may have held these.
     */
    private Optional<Entry> changedIn(Entry now, boolean renamed) {
      long lostNames = Math.max(0, severalNames - severalNames(now));
      return exceptRootDirectory(now)
          .filter(entry -> !(renamed && entry.equals(now)))
          .filter(entry -> !hasSeveralNames(entry))
          .filter(entry -> entry.lastChanged().isAfter(newestChanged))
          .skip(lostNames)
          .findFirst();
    }

    /**
     * All entries except a root that is a directory: a rename changes its status, so that is
     * compared separately.
     */
    private static Stream<Entry> exceptRootDirectory(Entry subtree) {
      return subtree.entries().skip(subtree.isDirectory() ? 1 : 0);
    }

    private static int severalNames(Entry subtree) {
      return (int) exceptRootDirectory(subtree).filter(Identity::hasSeveralNames).count();
    }

    private static boolean hasSeveralNames(Entry entry) {
      return entry.isFile() && entry.links() > 1;
    }
  }
}
