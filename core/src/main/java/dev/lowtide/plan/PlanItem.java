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
 * One thing that is to go.
 *
 * @param id unique in its plan
 * @param policy the id of the policy that proposed it
 * @param target the id of the target in which it lies
 * @param candidate what is to be done, and why
 * @param apparentBytes the sizes of all files in it
 * @param allocated what it takes on the disk
 * @param reclaimable what comes free if it alone goes: files that also have a name elsewhere do
 *     not, and neither do blocks that are shared with a file elsewhere
 * @param identity what must be found when it is to go
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

  /** What it takes on the disk, without its bound. */
  public long allocatedBytes() {
    return allocated.bytes();
  }

  /** What comes free if it alone goes, without its bound. */
  public long reclaimableBytes() {
    return reclaimable.bytes();
  }

  /** The same, but for what is to be done and why. */
  public PlanItem with(Candidate other) {
    return new PlanItem(id, policy, target, other, apparentBytes, allocated, reclaimable, identity);
  }

  /** The one path that it is about, absolute. */
  public Path path() {
    return candidate.path();
  }

  /**
   * Tells whether a tree is still the one that was planned. A directory's own times do not show
   * what happens further down, so the newest times, the bytes and the number of entries of the
   * whole tree belong to it.
   *
   * @param newestModified the latest modification in it
   * @param newestChanged the latest change of status, by {@code st_ctime}, which no program can
   *     set: it shows a file whose modification time was put back. It leaves out the root if that
   *     is a directory, and files with several names, since their status also changes when another
   *     name comes or goes; {@link Instant#MAX} where it was not recorded
   * @param severalNames how many files in it have several names
   */
  public record Identity(
      FileIdentity root,
      int entries,
      long apparentBytes,
      Instant newestModified,
      Instant newestChanged,
      int severalNames) {

    /** Of something that is not looked into, and so is never found to have changed. */
    public static final Identity UNREAD =
        new Identity(
            new FileIdentity(FileKind.OTHER, 0, 0, 0), 1, 0, Instant.EPOCH, Instant.MAX, 0);

    /** What identifies a tree; reads the status of its root from the disk. */
    public static Identity of(Entry subtree) throws IOException {
      return new Identity(
          Stat.of(subtree.path()).identity(),
          subtree.count(),
          subtree.usage().apparentBytes(),
          subtree.newestModified(),
          withOwnStatus(subtree)
              .filter(entry -> !hasSeveralNames(entry))
              .map(Entry::lastChangedByAnybody)
              .max(Instant::compareTo)
              .orElse(Instant.EPOCH),
          severalNames(subtree));
    }

    /**
     * What differs in a tree although only its root was renamed since, which changes the status of
     * that, as a phrase; empty if nothing does.
     */
    public String differenceAfterRename(Entry now) throws IOException {
      return differenceIn(now, true);
    }

    /** What differs in a tree as it is now, as a phrase; empty if nothing does. */
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
     * An entry whose status has changed since. A file may have lost its other names to an item that
     * went before; each such file is one that had several names and has one now.
     */
    private Optional<Entry> changedIn(Entry now, boolean renamed) {
      long lostNames = Math.max(0, severalNames - severalNames(now));
      return withOwnStatus(now)
          .filter(entry -> !(renamed && entry.equals(now)))
          .filter(entry -> !hasSeveralNames(entry))
          .filter(entry -> entry.lastChanged().isAfter(newestChanged))
          .skip(lostNames)
          .findFirst();
    }

    /** The entries whose status does not change when a name comes or goes in the root. */
    private static Stream<Entry> withOwnStatus(Entry subtree) {
      return subtree.entries().skip(subtree.isDirectory() ? 1 : 0);
    }

    private static int severalNames(Entry subtree) {
      return (int) withOwnStatus(subtree).filter(Identity::hasSeveralNames).count();
    }

    private static boolean hasSeveralNames(Entry entry) {
      return entry.isFile() && entry.links() > 1;
    }
  }
}
