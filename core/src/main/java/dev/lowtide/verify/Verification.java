package dev.lowtide.verify;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Whether places are as they were, by what is {@linkplain DiskLocation.Expectation expected} of
 * each. Immutable.
 *
 * @param locations one for each place of the baseline
 */
public record Verification(List<Location> locations) {

  public Verification {
    locations = ImmutableList.copyOf(locations);
  }

  /**
   * One place.
   *
   * @param name as in the baseline
   * @param path where it is
   * @param expectation what is expected of it
   * @param beforeBytes what it took, in allocated bytes
   * @param afterBytes what it takes now
   * @param toleranceBytes how much more it may take
   * @param grown what is new or takes more than before
   * @param vanished what was there and is gone
   * @param replaced what is there and not as it was, directories excepted
   * @param unreadableBefore how many things could not be read; if not 0, the bytes are "at least"
   * @param unreadableAfter how many cannot be read now
   * @param exact whether the file system told the bytes both times, or some are estimated from
   *     sizes
   * @param freedOnFileSystem by how much the free space of its file system has grown, other
   *     programs' part included; empty if it does not tell
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

    /** How much more it takes than before; negative if less. */
    public long deltaBytes() {
      return afterBytes - beforeBytes;
    }

    /** How much more it takes than before: an estimate where either side is not exact. */
    public BoundedSize delta() {
      return new BoundedSize(deltaBytes(), bound() == Bound.EXACT ? Bound.EXACT : Bound.ESTIMATE);
    }

    /** How what it took and takes relates to the true numbers. */
    public Bound bound() {
      return !exact
          ? Bound.ESTIMATE
          : unreadableBefore + unreadableAfter > 0 ? Bound.AT_LEAST : Bound.EXACT;
    }

    /** What stands before a number of bytes that the file system did not tell. */
    private String mark() {
      return exact ? "" : Bound.ESTIMATE.prefix();
    }

    /** Whether it is as it is expected to be. */
    public boolean passed() {
      return failures().isEmpty();
    }

    /** Why it is not as it is expected to be, as parts of a sentence; nothing if it passed. */
    public List<String> failures() {
      List<String> failures = new ArrayList<>();
      if (deltaBytes() > toleranceBytes) {
        failures.add(
            "it grew by "
                + mark()
                + new ByteSize(deltaBytes())
                + ", tolerated are "
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

  /** What happened to a path. */
  public enum Kind {
    /** It was not there. A directory stands for everything in it. */
    CREATED("new"),
    /** It takes more than before. */
    GREW("grew"),
    /** It is gone. A directory stands for everything that was in it. */
    VANISHED("gone"),
    /** Another file has its name: of another kind, or with another inode. */
    REPLACED("another file with that name"),
    /** Its size or its time of modification is another. */
    REWRITTEN("written again"),
    /**
     * Its status changed, and nothing else: permissions, owner, hard links, or the content, with
     * the time of modification set back.
     */
    TOUCHED("its status changed, for example by a write with the time set back");

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
   * @param bytes how many more it takes, or how many it took that is gone, or takes that was
   *     replaced; allocated bytes, and for what is new or gone those of everything in it
   * @param entries how many entries this is about, itself included
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
   * Changes of one sort.
   *
   * @param largest the 20 largest of them, largest first
   * @param count how many there are
   * @param created how many of them are new
   * @param bytes the bytes of all
   */
  public record Changes(List<Change> largest, long count, long created, long bytes) {
    /** None. */
    public static final Changes NONE = new Changes(List.of(), 0, 0, 0);

    public Changes {
      largest = ImmutableList.copyOf(largest);
    }

    /** Whether there are none. */
    public boolean isEmpty() {
      return count == 0;
    }

    private void explain(StringBuilder text, String mark) {
      long listed = 0;
      for (Change change : largest) {
        text.append("        ").append(change.explain(mark)).append('\n');
        listed += change.bytes();
      }
      if (count > largest.size()) {
        text.append("              and ").append(count - largest.size()).append(" more of ");
        text.append(mark).append(new ByteSize(bytes - listed)).append(" in all\n");
      }
    }
  }

  /**
   * Compares two captures of the same places, by what the first one expects of them.
   *
   * @throws IllegalArgumentException if a place of the first is not in the second
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
    return new Verification(compared);
  }

  /** Whether every place passed. */
  public boolean passed() {
    return locations.stream().allMatch(Location::passed);
  }

  /**
   * Returns this if every place passed.
   *
   * @throws AssertionError naming the places that did not, with the paths that are to blame
   */
  public Verification orThrow() {
    if (!passed()) {
      throw new AssertionError("The disk is not where it was:\n" + explain());
    }
    return this;
  }

  /** For people: one line for each place, and where it failed why, and the paths to blame. */
  public String explain() {
    StringBuilder text = new StringBuilder();
    locations.forEach(location -> explain(location, text));
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
            atLeast ? "; at least, because something was unreadable" : "",
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
      text.append("      free on its file system: ");
      text.append(signed(location.freedOnFileSystem().getAsLong())).append('\n');
    }
  }

  private static String signed(long bytes) {
    return (bytes > 0 ? "+" : "") + new ByteSize(bytes);
  }
}
