package dev.lowtide.probe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Suppliers;
import com.google.common.hash.Hashing;
import dev.lowtide.FileKind;
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
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An implementation of {@link SizeProbe.Incremental} that uses a {@link TreeWalker}. */
final class IncrementalMeasurement implements SizeProbe.Incremental {
  private static final Logger LOG = LoggerFactory.getLogger(IncrementalMeasurement.class);

  /** The coarsest resolution of file times in use, that of FAT. */
  static final Duration MOMENT = Duration.ofSeconds(2);

  private final TreeWalker walker;
  private final SizeProbe full;
  private final Path memory;
  private final Supplier<? extends Collection<Path>> contentAddressed;
  private final Clock clock;

  IncrementalMeasurement(
      TreeWalker walker,
      Path memory,
      Supplier<? extends Collection<Path>> contentAddressed,
      Clock clock) {
    this.walker = walker;
    this.full = new WalkingProbe(walker);
    this.memory = memory;
    this.contentAddressed = Suppliers.memoize(contentAddressed::get);
    this.clock = clock;
  }

  @Override
  public Measured measure(Path root, Consumer<Problem> problems) throws IOException {
    Optional<Place> place = place(root);
    return place.isPresent()
        ? measure(root, place.get(), problems)
        : new Measured(full.measure(root, problems), false);
  }

  /**
   * The relation of a root to content-addressed directories: it lies in one, or contains some.
   *
   * @param file the file that stores the state of the last measurement
   */
  private record Place(Path file, long device, boolean within, Set<Long> regions) {}

  private Optional<Place> place(Path root) {
    try {
      Stat stat = Stat.of(root);
      if (stat.kind() != FileKind.DIRECTORY || stat.device() == 0) {
        return Optional.empty(); // without a device number, there are no inode numbers either
      }
      Path real = root.toRealPath();
      boolean within = false;
      Set<Long> regions = new HashSet<>();
      for (Path each : contentAddressed.get()) {
        Optional<Path> directory = real(each);
        if (directory.isPresent() && real.startsWith(directory.get())) {
          within = true;
        } else if (directory.isPresent() && directory.get().startsWith(real)) {
          Stat region = Stat.of(directory.get());
          if (region.device()
              == stat.device()) { // on another device, the number means another file
            regions.add(region.inode());
          }
        }
      }
      if (!within && regions.isEmpty()) {
        return Optional.empty();
      }
      String name = Hashing.sha256().hashString(Printable.uri(real), UTF_8) + ".sizes";
      return Optional.of(new Place(memory.resolve(name), stat.device(), within, regions));
    } catch (IOException e) {
      return Optional.empty(); // the full measurement reports the cause, if it fails too
    }
  }

  private static Optional<Path> real(Path directory) {
    try {
      return Optional.of(directory.toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Measured measure(Path root, Place place, Consumer<Problem> problems) throws IOException {
    Instant start = clock.instant();
    KnownTree nothing = new KnownTree(start, List.of(), new LinkTable());
    KnownTree known = known(place, start).orElse(nothing);
    Set<Problem> told = new HashSet<>();
    Consumer<Problem> once =
        problem -> {
          if (told.add(problem)) {
            problems.accept(problem);
          }
        };
    IncrementalWalk.Result result = walk(root, place, known, once);
    if (result.isAmbiguous()) {
      known = nothing;
      result = walk(root, place, known, once);
    }
    if (result.isWhole() && result.isNews()) {
      Instant moment = start.minus(MOMENT);
      long nanos = TimeUnit.SECONDS.toNanos(moment.getEpochSecond()) + moment.getNano();
      remember(place, result.tree(known.full(), nanos));
    }
    return new Measured(result.usage(), result.leftOut());
  }

  private IncrementalWalk.Result walk(
      Path root, Place place, KnownTree known, Consumer<Problem> problems) throws IOException {
    IncrementalWalk walk = new IncrementalWalk(known, place.within(), place.regions(), problems);
    WalkingProbe.walk(walker, root, walk);
    return walk.result();
  }

  private Optional<KnownTree> known(Place place, Instant now) {
    try {
      return KnownTree.read(place.file(), walker.name(), place.device(), now);
    } catch (IOException e) {
      LOG.debug("Cannot read {}", place.file(), e);
      return Optional.empty();
    }
  }

  private void remember(Place place, KnownTree tree) {
    try {
      tree.write(place.file(), walker.name(), place.device());
    } catch (IOException e) {
      LOG.debug("Cannot write {}; the next measurement is full", place.file(), e);
    }
  }
}
