package dev.lowtide.verify;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.fs.Names;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether places take as much as they did, within what is tolerated. Immutable.
 *
 * @param locations one for each place of the baseline
 */
public record Verification(List<Location> locations) {
  /** How many of the paths that grew are listed for each place. */
  private static final int MOST_GROWN = 20;

  public Verification {
    locations = ImmutableList.copyOf(locations);
  }

  /**
   * One place.
   *
   * @param name as in the baseline
   * @param path where it is
   * @param beforeBytes what it took, in allocated bytes
   * @param afterBytes what it takes now
   * @param toleranceBytes how much more it may take
   * @param grown the paths that take more than before, or were not there, largest growth first; the
   *     largest 20
   */
  public record Location(
      String name,
      Path path,
      long beforeBytes,
      long afterBytes,
      long toleranceBytes,
      List<Growth> grown) {
    public Location {
      grown = ImmutableList.copyOf(grown);
    }

    /** How much more it takes than before; negative if less. */
    public long deltaBytes() {
      return afterBytes - beforeBytes;
    }

    /** Whether it has not grown by more than is tolerated. */
    public boolean passed() {
      return deltaBytes() <= toleranceBytes;
    }
  }

  /**
   * A path that takes more than before.
   *
   * @param path absolute
   * @param bytes how many more, for itself and not for what lies below it
   */
  public record Growth(Path path, long bytes) {}

  /**
   * Compares two captures of the same places.
   *
   * @param tolerances by the name of the place; a place that is not named may not grow at all
   * @throws IllegalArgumentException if a tolerance or a place of the first baseline is in no
   *     second one
   */
  public static Verification compare(
      DiskBaseline before, DiskBaseline after, Map<String, ByteSize> tolerances) {
    for (String name : tolerances.keySet()) {
      if (!before.locations().containsKey(name)) {
        throw new IllegalArgumentException(
            "There is no location '"
                + Printable.of(name)
                + "' to tolerate anything in; there are "
                + String.join(", ", before.locations().keySet()));
      }
    }
    List<Location> compared = new ArrayList<>();
    before
        .locations()
        .forEach(
            (name, then) -> {
              DiskBaseline.Location now = after.locations().get(name);
              if (now == null) {
                throw new IllegalArgumentException(
                    "The location '" + name + "' was not captured again");
              }
              compared.add(
                  new Location(
                      name,
                      now.root(),
                      then.bytes(),
                      now.bytes(),
                      tolerances.getOrDefault(name, ByteSize.ZERO).bytes(),
                      grown(then, now)));
            });
    return new Verification(compared);
  }

  private static List<Growth> grown(DiskBaseline.Location before, DiskBaseline.Location after) {
    List<Growth> grown = new ArrayList<>();
    after
        .entries()
        .forEach(
            (path, bytes) -> {
              long more = bytes - before.entries().getOrDefault(path, 0L);
              if (more > 0) {
                grown.add(new Growth(resolve(after.root(), path), more));
              }
            });
    grown.sort(Comparator.comparingLong(Growth::bytes).reversed().thenComparing(Growth::path));
    return grown.subList(0, Math.min(MOST_GROWN, grown.size()));
  }

  /** Byte by byte, for a machine without a locale takes no other names than ASCII as text. */
  private static Path resolve(Path root, String path) {
    Path resolved = root;
    for (String name : Splitter.on('/').omitEmptyStrings().split(path)) {
      resolved = Names.resolve(resolved, name.getBytes(StandardCharsets.UTF_8));
    }
    return resolved;
  }

  /** Whether every place passed. */
  public boolean passed() {
    return locations.stream().allMatch(Location::passed);
  }

  /**
   * Returns this if every place passed.
   *
   * @throws AssertionError listing the places that did not, with the paths that grew
   */
  public Verification orThrow() {
    if (!passed()) {
      throw new AssertionError("The disk is not where it was:\n" + explain());
    }
    return this;
  }

  /** For people: one line for each place, and the paths that grew where it failed. */
  public String explain() {
    StringBuilder text = new StringBuilder();
    for (Location location : locations) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s  %-12s %10s -> %10s  (%s, tolerated %s)  %s%n",
              location.passed() ? "PASS" : "FAIL",
              location.name(),
              new ByteSize(location.beforeBytes()),
              new ByteSize(location.afterBytes()),
              (location.deltaBytes() > 0 ? "+" : "") + new ByteSize(location.deltaBytes()),
              new ByteSize(location.toleranceBytes()),
              Printable.of(location.path())));
      if (!location.passed()) {
        location
            .grown()
            .forEach(
                growth ->
                    text.append("        +")
                        .append(new ByteSize(growth.bytes()))
                        .append("  ")
                        .append(Printable.of(growth.path()))
                        .append('\n'));
      }
    }
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
