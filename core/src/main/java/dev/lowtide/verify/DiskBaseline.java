package dev.lowtide.verify;

import com.google.common.collect.ImmutableMap;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What some places take on the disk at one time, entry by entry. Immutable.
 *
 * @param takenAt when
 * @param locations by name, in the order in which they were given
 */
public record DiskBaseline(Instant takenAt, Map<String, Location> locations) {

  public DiskBaseline {
    locations = ImmutableMap.copyOf(locations);
  }

  /**
   * One place.
   *
   * @param root where it is
   * @param bytes what it takes, in allocated bytes with each inode counted once; 0 if it is not
   *     there
   * @param exact whether the file system told the bytes, or they are estimated from sizes
   * @param unreadable how many things could not be read; if not 0, the bytes are "at least"
   * @param entries what each entry takes by itself, by the path relative to the root; a file with
   *     several names counts under the first of them
   */
  public record Location(
      Path root, long bytes, boolean exact, long unreadable, SortedMap<String, Long> entries) {

    private Location without(Path excluded) {
      if (!excluded.startsWith(root)) {
        return this;
      }
      String relative =
          root.relativize(excluded).toString().replace(root.getFileSystem().getSeparator(), "/");
      SortedMap<String, Long> remaining = new TreeMap<>(entries);
      remaining
          .keySet()
          .removeIf(
              path ->
                  relative.isEmpty() || path.equals(relative) || path.startsWith(relative + "/"));
      long left = remaining.values().stream().mapToLong(Long::longValue).sum();
      return new Location(root, left, exact, unreadable, remaining);
    }
  }

  /**
   * Captures places. One that is not there takes nothing.
   *
   * @param roots by name
   * @throws IOException if a place cannot be read
   */
  public static DiskBaseline capture(Map<String, Path> roots, SizeProbe probe, Instant now)
      throws IOException {
    Map<String, Location> locations = new LinkedHashMap<>();
    for (Map.Entry<String, Path> root : roots.entrySet()) {
      locations.put(root.getKey(), capture(root.getValue(), probe));
    }
    return new DiskBaseline(now, locations);
  }

  private static Location capture(Path root, SizeProbe probe) throws IOException {
    SortedMap<String, Long> entries = new TreeMap<>();
    Entry whole;
    try {
      whole = probe.capture(root).root();
    } catch (NoSuchFileException e) {
      return new Location(root, 0, true, 0, entries);
    }
    var usage = whole.usage();
    whole.forEachOwnBytes((path, bytes) -> entries.put(path, bytes));
    return new Location(
        root, usage.allocatedBytes(), usage.allocatedExact(), usage.unreadable(), entries);
  }

  /**
   * This baseline without what lies at or below a path: for a place inside a place that is meant to
   * grow, such as the directory for a build's results. The directories above it stay, and a file
   * with several names is left out with the first of them only.
   *
   * @param excluded absolute, spelled as the roots are
   */
  public DiskBaseline without(Path excluded) {
    Map<String, Location> remaining = new LinkedHashMap<>();
    locations.forEach((name, location) -> remaining.put(name, location.without(excluded)));
    return new DiskBaseline(takenAt, remaining);
  }

  /** This baseline as one JSON document. */
  public String toJson() {
    return BaselineJson.write(this);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException if it is not a baseline, saying why
   */
  public static DiskBaseline fromJson(String json) {
    return BaselineJson.read(json);
  }
}
