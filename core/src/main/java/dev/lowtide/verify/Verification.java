package dev.lowtide.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.math.LongMath;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The result of comparing the states of locations, according to what is {@linkplain
 * DiskLocation.Expectation expected} of each. Immutable.
 *
 * @param locations one result for each location of the baseline
 * @param freeSpace how the free space of their file systems changed, which decides nothing, since
 *     other programs write there too; empty if the baseline was read from a file
 */
public record Verification(List<Location> locations, List<FreeSpaceChange> freeSpace) {

  public Verification {
    locations = ImmutableList.copyOf(locations);
    freeSpace = ImmutableList.copyOf(freeSpace);
  }

  /**
   * The result for one location.
   *
   * @param name as in the baseline
   * @param path its path
   * @param expectation what is expected of it
   * @param beforeBytes the space that it occupied before, in allocated bytes
   * @param afterBytes the space that it occupies now, in allocated bytes
   * @param toleranceBytes the number of bytes by which it may grow
   * @param grown the paths that are new or occupy more than before
   * @param vanished the paths that no longer exist
   * @param replaced the paths that still exist but have changed, except directories
   * @param unreadableBefore the number of entries that could not be read before; if not 0, the
   *     bytes are a lower bound
   * @param unreadableAfter the number of entries that cannot be read now
   * @param exact true if the file system reported the bytes both times; false if some were
   *     estimated from sizes
   * @param freedOnFileSystem by how many bytes the free space of its file system has grown,
   *     including changes by other programs; empty if the file system does not report it
   */
  public record Location(
      String name,
      Path path,
      DiskLocation.Expectation expectation,
      long beforeBytes,
      long afterBytes,
      long toleranceBytes,
      Changes grown,
      Changes vanished,
      Changes replaced,
      long unreadableBefore,
      long unreadableAfter,
      boolean exact,
      OptionalLong freedOnFileSystem) {

    /** The number of bytes by which it has grown; negative if it has shrunk. */
    public long deltaBytes() {
      return afterBytes - beforeBytes;
    }

    /** The size by which it has grown; an estimate if either size is not exact. */
    public BoundedSize delta() {
      return new BoundedSize(deltaBytes(), bound() == Bound.EXACT ? Bound.EXACT : Bound.ESTIMATE);
    }

    /** How the sizes before and after relate to the true numbers. */
    public Bound bound() {
      return !exact
          ? Bound.ESTIMATE
          : unreadableBefore + unreadableAfter > 0 ? Bound.AT_LEAST : Bound.EXACT;
    }

    /** The prefix that marks a number of bytes as an estimate; empty if it is exact. */
    private String mark() {
      return exact ? "" : Bound.ESTIMATE.prefix();
    }

    /** Whether the expectation is met. */
    public boolean passed() {
      return failures().isEmpty();
    }

    /** Why the expectation is not met, as parts of a sentence; empty if it is met. */
    public List<String> failures() {
      List<String> failures = new ArrayList<>();
      if (deltaBytes() > toleranceBytes) {
        failures.add(
            "it grew by "
                + mark()
                + new ByteSize(deltaBytes())
                + ", more than the tolerated "
                + new ByteSize(toleranceBytes));
      }
      if (expectation == DiskLocation.Expectation.UNCHANGED) {
        long created = grown.created();
        if (created > 0 && toleranceBytes == 0 && failures.isEmpty()) {
          failures.add(count(created, "path is new", "paths are new"));
        }
        if (!vanished.isEmpty()) {
          failures.add(count(vanished.count(), "path is gone", "paths are gone"));
        }
        if (!replaced.isEmpty()) {
          failures.add(count(replaced.count(), "file changed", "files changed"));
        }
        if (unreadableAfter > unreadableBefore) {
          failures.add("less of it is readable than before");
        }
      }
      return List.copyOf(failures);
    }

    private static String count(long count, String one, String several) {
      return count + " " + (count == 1 ? one : several);
    }
  }

  /**
   * How the free space of a file system changed between two captures, and how much of that the
   * captured locations explain. It does not know who changed the rest: it may be a file that was
   * written elsewhere, a deleted file that is still open, or another program. Immutable.
   *
   * @param fileSystem the file system
   * @param freedBytes the number of bytes by which its free space has grown; negative if it shrank
   * @param grownBytes the number of bytes by which the locations on it have grown, including what
   *     is excepted; negative if they shrank
   */
  public record FreeSpaceChange(FileStore fileSystem, long freedBytes, long grownBytes) {
    /**
     * The difference that needs no explanation. A disk that nobody used changed by less than 1 MiB
     * in a minute; but the journal of systemd grows in steps of 8 MiB, and a package manager renews
     * lists of some 10 MiB. Builds of others exceed any limit that would still show a leak.
     */
    private static final long USUAL_BYTES = ByteSize.mebibytes(64).bytes();

    /** The bytes that are missing although no location grew; negative if they appeared. */
    public long unexplainedBytes() {
      return LongMath.saturatedSubtract(-freedBytes, grownBytes);
    }

    /** Whether the growth of the locations explains the change, except for what is usual. */
    public boolean isExplained() {
      return Math.abs(unexplainedBytes()) <= USUAL_BYTES;
    }

    /** The change and its possible reasons, as sentences for people. */
    public String explain() {
      long unexplained = unexplainedBytes();
      return Printable.of(fileSystem.toString())
          + ": free space "
          + (freedBytes < 0 ? "shrank" : "grew")
          + " by "
          + new ByteSize(Math.abs(freedBytes))
          + ", and the locations on it "
          + (grownBytes < 0 ? "shrank" : "grew")
          + " by "
          + new ByteSize(Math.abs(grownBytes))
          + ". "
          + new ByteSize(Math.abs(unexplained))
          + (unexplained < 0
              ? " came from elsewhere: something outside of the locations was removed"
              : " went elsewhere: to a file outside of the locations, to a deleted file that is"
                  + " still open ('lowtide doctor' names these)")
          + ", or other programs did it";
    }

    /** This change, of which the growth of a further tree explains a part. */
    FreeSpaceChange alsoGrown(long bytes) {
      return new FreeSpaceChange(fileSystem, freedBytes, LongMath.saturatedAdd(grownBytes, bytes));
    }
  }

  /** What happened to a path. */
  public enum Kind {
    /** It did not exist before. A directory stands for everything in it. */
    CREATED("new"),
    /** It occupies more than before. */
    GREW("grew"),
    /** It no longer exists. A directory stands for everything that was in it. */
    VANISHED("gone"),
    /** A different file now has its name: one of another kind, or with another inode. */
    REPLACED("another file with that name"),
    /** Its size or its modification time differs. */
    REWRITTEN("written again"),
    /**
     * Only its status has changed: permissions, owner, hard links, or the content if the
     * modification time was set back.
     */
    TOUCHED("only its status changed, for example by a write after which its time was set back");

    private final String phrase;

    Kind(String phrase) {
      this.phrase = phrase;
    }
  }

  /**
   * One path and what happened to it.
   *
   * @param path absolute
   * @param kind what happened
   * @param bytes allocated bytes: the increase if it is new or grew, the former size if it no
   *     longer exists, the present size if it was replaced; a created or removed directory includes
   *     its contents
   * @param entries the number of entries that this change stands for, including itself
   */
  public record Change(Path path, Kind kind, long bytes, long entries) {
    @Override
    public String toString() {
      return explain("");
    }

    private String explain(String mark) {
      String sign =
          switch (kind) {
            case CREATED, GREW -> "+";
            case VANISHED -> "-";
            default -> "";
          };
      return String.format(
          Locale.ROOT,
          "%12s  %s  (%s%s)",
          mark + sign + new ByteSize(bytes),
          Printable.of(path),
          kind.phrase,
          entries > 1 ? ", " + entries + " entries" : "");
    }
  }

  /**
   * All changes of one category.
   *
   * @param largest the 20 largest changes, largest first
   * @param count the number of changes
   * @param created how many of them are new entries
   * @param bytes the sum of the bytes of all changes
   */
  public record Changes(List<Change> largest, long count, long created, long bytes) {
    /** No changes. */
    public static final Changes NONE = new Changes(List.of(), 0, 0, 0);

    public Changes {
      largest = ImmutableList.copyOf(largest);
    }

    /** Whether there are no changes. */
    public boolean isEmpty() {
      return count == 0;
    }

    private void explain(StringBuilder text, String mark) {
      long listedBytes = 0;
      for (Change change : largest) {
        text.append("        ").append(change.explain(mark)).append('\n');
        listedBytes += change.bytes();
      }
      if (count > largest.size()) {
        text.append("              and ").append(count - largest.size()).append(" more, together ");
        text.append(mark).append(new ByteSize(bytes - listedBytes)).append('\n');
      }
    }
  }

  /**
   * Compares two captures of the same locations, according to the expectations of the first one. If
   * they do not explain how much free space a file system has, this waits until it has settled, at
   * most ten seconds, and asks again.
   *
   * @throws IllegalArgumentException if a location of the first is not in the second
   */
  public static Verification compare(DiskBaseline before, DiskBaseline after) {
    List<Location> compared = new ArrayList<>();
    for (DiskBaseline.Location then : before.locations()) {
      String name = then.rules().name();
      DiskBaseline.Location now =
          after
              .location(name)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "The location '" + Printable.of(name) + "' was not captured again"));
      compared.add(new Difference(then, now).result());
    }
    return new Verification(compared, FreeSpaceChanges.between(before, after));
  }

  /**
   * This verification, in which the growth of a further tree explains a change of the free space.
   * What is in a location explains it anyway, and does not count twice.
   *
   * @param path the root of the tree
   * @param bytes the number of allocated bytes by which it has grown
   */
  public Verification explainedBy(Path path, long bytes) {
    if (locations.stream().anyMatch(location -> path.startsWith(location.path()))) {
      return this;
    }
    try {
      FileStore fileSystem = Files.getFileStore(path);
      return new Verification(
          locations,
          freeSpace.stream()
              .map(each -> each.fileSystem().equals(fileSystem) ? each.alsoGrown(bytes) : each)
              .toList());
    } catch (IOException | UnsupportedOperationException e) {
      return this; // it is gone, and explains nothing
    }
  }

  /** What may be wrong but decides nothing, as sentences for people. */
  public List<String> warnings() {
    return freeSpace.stream()
        .filter(change -> !change.isExplained())
        .map(FreeSpaceChange::explain)
        .toList();
  }

  /** Whether every location passed. */
  public boolean passed() {
    return locations.stream().allMatch(Location::passed);
  }

  /**
   * Returns this if every location passed.
   *
   * @throws AssertionError if not; the message names the locations that failed and the responsible
   *     paths
   */
  public Verification orThrow() {
    if (!passed()) {
      throw new AssertionError("The disk has changed:\n" + explain());
    }
    return this;
  }

  /**
   * The result as one JSON document: {@code schema}, {@code passed}, {@code locations} and {@code
   * freeSpace} of {@code docs/schema/verify.json}.
   */
  public String toJson() {
    return VerificationWriter.write(this);
  }

  /**
   * A text for people: one line for each location; for each failed one also the reasons and the
   * responsible paths. A line that begins with {@code WARN} is a {@linkplain #warnings warning}.
   */
  public String explain() {
    StringBuilder text = new StringBuilder();
    locations.forEach(location -> explain(location, text));
    warnings().forEach(warning -> text.append("WARN  ").append(warning).append('\n'));
    return text.toString();
  }

  private static void explain(Location location, StringBuilder text) {
    String mark = location.mark();
    boolean atLeast = location.unreadableBefore() + location.unreadableAfter() > 0;
    text.append(
        String.format(
            Locale.ROOT,
            "%s  %-12s %10s -> %10s  (%s, tolerated %s%s)  %s\n",
            location.passed() ? "PASS" : "FAIL",
            Printable.of(location.name()),
            mark + new ByteSize(location.beforeBytes()),
            mark + new ByteSize(location.afterBytes()),
            mark + signed(location.deltaBytes()),
            new ByteSize(location.toleranceBytes()),
            atLeast ? "; lower bounds, because something was unreadable" : "",
            Printable.of(location.path())));
    if (location.passed()) {
      return;
    }
    text.append("      ").append(String.join("; ", location.failures())).append('\n');
    location.grown().explain(text, mark);
    if (location.expectation() == DiskLocation.Expectation.UNCHANGED) {
      location.vanished().explain(text, mark);
      location.replaced().explain(text, mark);
    }
    if (location.freedOnFileSystem().isPresent()) {
      text.append("      change in free space on its file system: ");
      text.append(signed(location.freedOnFileSystem().getAsLong())).append('\n');
    }
  }

  private static String signed(long bytes) {
    return (bytes > 0 ? "+" : "") + new ByteSize(bytes);
  }
}
