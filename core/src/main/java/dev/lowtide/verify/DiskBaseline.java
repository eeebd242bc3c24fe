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
 * A record of the entries of some locations at one time, and of what is expected of these
 * locations: one of the two inputs of a {@link Verification}. Immutable and safe for use by many
 * threads; it needs 53 bytes and the name for each entry.
 */
public final class DiskBaseline {
  /** Enough for about four million entries, which need as much memory when they are read. */
  private static final long MAX_BYTES = 256L << 20;

  private final Instant takenAt;
  private final ImmutableList<Location> locations;

  DiskBaseline(Instant takenAt, List<Location> locations) {
    this.takenAt = takenAt;
    this.locations = ImmutableList.copyOf(locations);
  }

  /** One location as it was. */
  public static final class Location {
    private final DiskLocation rules;
    private final Inventory inventory;
    private final boolean exact;
    private final long unreadable;
    private final OptionalLong freeBytes;
    private final Optional<OnFileSystem> onFileSystem;

    Location(
        DiskLocation rules,
        Inventory inventory,
        boolean exact,
        long unreadable,
        OptionalLong freeBytes,
        Optional<OnFileSystem> onFileSystem) {
      this.rules = rules;
      this.inventory = inventory;
      this.exact = exact;
      this.unreadable = unreadable;
      this.freeBytes = freeBytes;
      this.onFileSystem = onFileSystem;
    }

    /** The location, with what is expected of it. */
    public DiskLocation rules() {
      return rules;
    }

    /**
     * The space that it occupied, in allocated bytes with each inode counted once, without
     * exceptions and without other locations inside it; 0 if it did not exist.
     */
    public long bytes() {
      return Difference.bytes(this);
    }

    /** The space that it occupied, with its bound. */
    public BoundedSize size() {
      Bound bound = !exact ? Bound.ESTIMATE : unreadable > 0 ? Bound.AT_LEAST : Bound.EXACT;
      return new BoundedSize(bytes(), bound);
    }

    /**
     * The number of its entries, including the root and everything excepted; 0 if it did not exist.
     */
    public int entries() {
      return inventory.size();
    }

    /**
     * True if the file system reported the allocated bytes; false if some were estimated from
     * sizes.
     */
    public boolean exact() {
      return exact;
    }

    /** The number of entries that could not be read; if not 0, the bytes are a lower bound. */
    public long unreadable() {
      return unreadable;
    }

    /**
     * The free bytes of its file system, including those reserved for root; empty if the file
     * system did not report them.
     */
    public OptionalLong freeBytes() {
      return freeBytes;
    }

    Inventory inventory() {
      return inventory;
    }

    /** What it occupies of which file system; empty if that is unknown or was read from a file. */
    Optional<OnFileSystem> onFileSystem() {
      return onFileSystem;
    }

    Location with(DiskLocation changed) {
      return new Location(changed, inventory, exact, unreadable, freeBytes, onFileSystem);
    }
  }

  /**
   * What a location occupies of its file system, including what is excepted and other locations
   * inside it.
   */
  record OnFileSystem(FileStore fileSystem, long usedBytes) {}

  /**
   * Captures locations. A location that does not exist occupies nothing; a location inside another
   * one is counted separately, and not as part of the other.
   *
   * @throws IllegalArgumentException if two locations have the same name
   * @throws IOException if a location cannot be read
   */
  public static DiskBaseline capture(Collection<DiskLocation> rules, SizeProbe probe, Instant now)
      throws IOException {
    Set<String> names = new HashSet<>();
    for (DiskLocation location : rules) {
      if (!names.add(location.name())) {
        throw new IllegalArgumentException(
            "There are two locations with the name '" + Printable.of(location.name()) + "'");
      }
    }
    List<Location> locations = new ArrayList<>();
    for (DiskLocation location : rules) {
      Set<Path> nested =
          rules.stream()
              .map(DiskLocation::root)
              .filter(root -> isWithin(root, location.root()))
              .collect(Collectors.toUnmodifiableSet());
      locations.add(capture(location, nested, probe));
    }
    return new DiskBaseline(now, locations);
  }

  private static boolean isWithin(Path path, Path root) {
    return path.startsWith(root) && !path.equals(root);
  }

  private static Location capture(DiskLocation location, Set<Path> nested, SizeProbe probe)
      throws IOException {
    Optional<FileStore> fileSystem = fileSystem(location.root());
    OptionalLong free =
        fileSystem.isPresent() ? FreeSpaceChanges.free(fileSystem.get()) : OptionalLong.empty();
    Snapshot snapshot;
    try {
      snapshot = probe.capture(location.root());
    } catch (NoSuchFileException e) {
      return new Location(
          location,
          Inventory.empty(),
          true,
          0,
          free,
          fileSystem.map(store -> new OnFileSystem(store, 0)));
    }
    DiskUsage usage = snapshot.usage();
    return new Location(
        location,
        Inventory.of(snapshot, nested),
        usage.allocatedExact(),
        usage.unreadable(),
        free,
        fileSystem.map(store -> new OnFileSystem(store, usage.allocatedBytes())));
  }

  /** The file system on which a path is, or would be created. */
  private static Optional<FileStore> fileSystem(Path root) {
    for (Path path = root; path != null; path = path.getParent()) {
      if (Files.exists(path)) {
        try {
          return Optional.of(Files.getFileStore(path));
        } catch (IOException | UnsupportedOperationException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** When it was taken. */
  public Instant takenAt() {
    return takenAt;
  }

  /** The locations, in the given order. */
  public List<Location> locations() {
    return locations;
  }

  /** The location with this name. */
  public Optional<Location> location(String name) {
    return locations.stream().filter(each -> each.rules().name().equals(name)).findFirst();
  }

  /**
   * Captures the same locations again.
   *
   * @throws IOException if a location cannot be read
   */
  public DiskBaseline again(SizeProbe probe, Instant now) throws IOException {
    return capture(locations.stream().map(Location::rules).toList(), probe, now);
  }

  /**
   * The same contents with other expectations.
   *
   * @param change may change everything but the name
   */
  public DiskBaseline expecting(UnaryOperator<DiskLocation> change) {
    return new DiskBaseline(
        takenAt, locations.stream().map(each -> each.with(change.apply(each.rules()))).toList());
  }

  /** The same contents, with further exceptions in all locations. */
  public DiskBaseline excepting(String... globs) {
    return expecting(rules -> rules.excepting(globs));
  }

  /** Writes this baseline to a file, as a JSON document that {@link #load} reads. */
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
   * @throws IllegalArgumentException if it is not a baseline of this version; the message says what
   *     to do
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
              + "' cannot be used as a baseline: "
              + e.getMessage(),
          e);
    }
  }

  static DiskBaseline read(Reader in) throws IOException {
    return BaselineJson.read(in);
  }
}
