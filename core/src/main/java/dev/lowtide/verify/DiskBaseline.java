package dev.lowtide.verify;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What some places held at one time, entry by entry, and what is expected of them: the one half of
 * a {@link Verification}. Immutable and safe for use by many threads; it keeps 53 bytes and the
 * name for each entry.
 */
public final class DiskBaseline {
  /** Some four million entries, which take as much memory when they are read. */
  private static final long MAX_BYTES = 256L << 20;

  private final Instant takenAt;
  private final ImmutableList<Location> locations;

  DiskBaseline(Instant takenAt, List<Location> locations) {
    this.takenAt = takenAt;
    this.locations = ImmutableList.copyOf(locations);
  }

  /** One place as it was. */
  public static final class Location {
    private final DiskLocation rules;
    private final Inventory inventory;
    private final boolean exact;
    private final long unreadable;
    private final OptionalLong freeBytes;

    Location(
        DiskLocation rules,
        Inventory inventory,
        boolean exact,
        long unreadable,
        OptionalLong freeBytes) {
      this.rules = rules;
      this.inventory = inventory;
      this.exact = exact;
      this.unreadable = unreadable;
      this.freeBytes = freeBytes;
    }

    /** Where it is and what is expected of it. */
    public DiskLocation rules() {
      return rules;
    }

    /**
     * What it took, in allocated bytes with each inode counted once, exceptions and the places that
     * lie in it left out; 0 if it was not there.
     */
    public long bytes() {
      return Difference.bytes(this);
    }

    /** The same, with how exact it is. */
    public BoundedSize size() {
      Bound bound = !exact ? Bound.ESTIMATE : unreadable > 0 ? Bound.AT_LEAST : Bound.EXACT;
      return new BoundedSize(bytes(), bound);
    }

    /**
     * How many entries it held, the root included, and everything that does not count; 0 if none.
     */
    public int entries() {
      return inventory.size();
    }

    /** Whether the file system told the bytes, or they are estimated from sizes. */
    public boolean exact() {
      return exact;
    }

    /** How many things could not be read; if not 0, the bytes are "at least". */
    public long unreadable() {
      return unreadable;
    }

    /** The free bytes of its file system, those for root included; empty if it did not tell. */
    public OptionalLong freeBytes() {
      return freeBytes;
    }

    Inventory inventory() {
      return inventory;
    }

    Location with(DiskLocation changed) {
      return new Location(changed, inventory, exact, unreadable, freeBytes);
    }
  }

  /**
   * Captures places. One that is not there takes nothing; one that lies in another counts for
   * itself and not for the other.
   *
   * @throws IllegalArgumentException if two places have one name
   * @throws IOException if a place cannot be read
   */
  public static DiskBaseline capture(Collection<DiskLocation> places, SizeProbe probe, Instant now)
      throws IOException {
    Set<String> names = new HashSet<>();
    for (DiskLocation place : places) {
      if (!names.add(place.name())) {
        throw new IllegalArgumentException(
            "There are two locations with the name '" + Printable.of(place.name()) + "'");
      }
    }
    List<Location> locations = new ArrayList<>();
    for (DiskLocation place : places) {
      Set<Path> within =
          places.stream()
              .map(DiskLocation::root)
              .filter(root -> isWithin(root, place.root()))
              .collect(Collectors.toUnmodifiableSet());
      locations.add(capture(place, within, probe));
    }
    return new DiskBaseline(now, locations);
  }

  private static boolean isWithin(Path path, Path root) {
    return path.startsWith(root) && !path.equals(root);
  }

  private static Location capture(DiskLocation place, Set<Path> within, SizeProbe probe)
      throws IOException {
    OptionalLong free = freeBytes(place.root());
    Snapshot snapshot;
    try {
      snapshot = probe.capture(place.root());
    } catch (NoSuchFileException e) {
      return new Location(place, Inventory.empty(), true, 0, free);
    }
    DiskUsage usage = snapshot.usage();
    return new Location(
        place, Inventory.of(snapshot, within), usage.allocatedExact(), usage.unreadable(), free);
  }

  private static OptionalLong freeBytes(Path root) {
    for (Path path = root; path != null; path = path.getParent()) {
      if (Files.exists(path)) {
        try {
          FileStore store = Files.getFileStore(path);
          return OptionalLong.of(store.getUnallocatedSpace());
        } catch (IOException | UnsupportedOperationException e) {
          return OptionalLong.empty();
        }
      }
    }
    return OptionalLong.empty();
  }

  /** When it was taken. */
  public Instant takenAt() {
    return takenAt;
  }

  /** The places, in the order in which they were given. */
  public List<Location> locations() {
    return locations;
  }

  /** The place of that name. */
  public Optional<Location> location(String name) {
    return locations.stream().filter(each -> each.rules().name().equals(name)).findFirst();
  }

  /**
   * What is in the same places now.
   *
   * @throws IOException if a place cannot be read
   */
  public DiskBaseline again(SizeProbe probe, Instant now) throws IOException {
    return capture(locations.stream().map(Location::rules).toList(), probe, now);
  }

  /**
   * The same contents with other expectations of them.
   *
   * @param change may change all but the name
   */
  public DiskBaseline expecting(UnaryOperator<DiskLocation> change) {
    return new DiskBaseline(
        takenAt, locations.stream().map(each -> each.with(change.apply(each.rules()))).toList());
  }

  /** The same contents, of which further things do not count, wherever they are. */
  public DiskBaseline excepting(String... globs) {
    return expecting(rules -> rules.excepting(globs));
  }

  /** Writes this into a file, as one JSON document that {@link #load} reads. */
  public void save(Path file) throws IOException {
    OutputFile.write(
        file,
        out -> {
          Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
          write(writer);
          writer.flush();
        });
  }

  void write(Writer out) throws IOException {
    BaselineJson.write(this, out);
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws IllegalArgumentException if it is not a baseline of this version, saying what to do
   */
  public static DiskBaseline load(Path file) throws IOException {
    try (Reader in =
        new InputStreamReader(
            ForeignFile.at(file).followingLinks().stream(MAX_BYTES),
            StandardCharsets.UTF_8.newDecoder())) {
      return read(in);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'"
              + Printable.of(file.toAbsolutePath())
              + "' cannot be compared with: "
              + e.getMessage(),
          e);
    }
  }

  static DiskBaseline read(Reader in) throws IOException {
    return BaselineJson.read(in);
  }
}
