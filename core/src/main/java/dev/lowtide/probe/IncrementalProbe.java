package dev.lowtide.probe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link SizeProbe#incremental} promises, on top of a walker. */
final class IncrementalProbe implements SizeProbe {
  private static final Logger LOG = LoggerFactory.getLogger(IncrementalProbe.class);

  /** The coarsest times of files that are in use are those of FAT. */
  static final Duration MOMENT = Duration.ofSeconds(2);

  private final TreeWalker walker;
  private final SizeProbe full;
  private final Path memory;
  private final List<Path> contentAddressed;
  private final Clock clock;

  IncrementalProbe(TreeWalker walker, Path memory, Collection<Path> contentAddressed, Clock clock) {
    this.walker = walker;
    this.full = new WalkingProbe(walker);
    this.memory = memory;
    this.contentAddressed = List.copyOf(contentAddressed);
    this.clock = clock;
  }

  @Override
  public String name() {
    return full.name();
  }

  @Override
  public Snapshot capture(Path root) throws IOException {
    return full.capture(root);
  }

  @Override
  public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
    Optional<Place> place = place(root);
    return place.isPresent() ? measure(root, place.get(), problems) : full.measure(root, problems);
  }

  /**
   * Where in content-addressed directories a root lies, or which of them lie in it.
   *
   * @param file where it is kept what was known of it
   */
  private record Place(Path file, long device, boolean within, Set<Long> regions) {}

  private Optional<Place> place(Path root) {
    try {
      Path real = root.toRealPath();
      boolean within = false;
      Set<Long> regions = new HashSet<>();
      for (Path each : contentAddressed) {
        Optional<Path> directory = real(each);
        if (directory.isPresent() && real.startsWith(directory.get())) {
          within = true;
        } else if (directory.isPresent() && directory.get().startsWith(real)) {
          regions.add(Stat.of(directory.get()).inode());
        }
      }
      long device = Stat.of(real).device(); // 0 where inodes are not told either
      if (device == 0 || (!within && regions.isEmpty())) {
        return Optional.empty();
      }
      String name = Hashing.sha256().hashString(Printable.uri(real), UTF_8) + ".sizes";
      return Optional.of(new Place(memory.resolve(name), device, within, regions));
    } catch (IOException e) {
      return Optional.empty(); // the full measurement says why, if it cannot either
    }
  }

  private static Optional<Path> real(Path directory) {
    try {
      return Optional.of(directory.toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private DiskUsage measure(Path root, Place place, Consumer<Problem> problems) throws IOException {
    Instant start = clock.instant();
    KnownTree nothing = new KnownTree(start, List.of());
    KnownTree known = known(place, start).orElse(nothing);
    IncrementalWalk.Result result = walk(root, place, known, problems);
    if (result.isAmbiguous()) {
      known = nothing;
      result = walk(root, place, known, problem -> {}); // they have been told
    }
    if (result.isWhole() && result.isNews()) {
      Instant moment = start.minus(MOMENT);
      long nanos = TimeUnit.SECONDS.toNanos(moment.getEpochSecond()) + moment.getNano();
      remember(place, new KnownTree(known.full(), result.settled(nanos)));
    }
    return result.usage();
  }

  private IncrementalWalk.Result walk(
      Path root, Place place, KnownTree known, Consumer<Problem> problems) throws IOException {
    IncrementalWalk walk = new IncrementalWalk(known, place.within(), place.regions(), problems);
    walker.walk(root, walk);
    return walk.result();
  }

  private Optional<KnownTree> known(Place place, Instant now) {
    try {
      return KnownTree.read(place.file(), name(), place.device(), now);
    } catch (IOException e) {
      LOG.debug("Cannot read {}", place.file(), e);
      return Optional.empty();
    }
  }

  private void remember(Place place, KnownTree tree) {
    try {
      tree.write(place.file(), name(), place.device());
    } catch (IOException e) {
      LOG.debug("Cannot write {}; the next measurement is full", place.file(), e);
    }
  }
}
