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
  static final Duration COARSEST_TIME_RESOLUTION = Duration.ofSeconds(2);

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
    Optional<Scope> scope = scope(root);
    return scope.isPresent()
        ? measure(root, scope.get(), problems)
        : new Measured(full.measure(root, problems), false);
  }

  /**
   * How a root relates to content-addressed directories: it is inside one, or contains some.
   *
   * @param file the file with the state of the last measurement
   * @param device the device number of the root
   * @param isInside whether the root is inside a content-addressed directory
   * @param regions the inodes of the content-addressed directories inside the root
   */
  private record Scope(Path file, long device, boolean isInside, Set<Long> regions) {}

  private Optional<Scope> scope(Path root) {
    try {
      Stat stat = Stat.of(root);
      if (stat.kind() != FileKind.DIRECTORY || stat.device() == 0) {
        return Optional.empty(); // without a device number, there are no inode numbers either
      }
      Path real = root.toRealPath();
      boolean isInside = false;
      Set<Long> regions = new HashSet<>();
      for (Path each : contentAddressed.get()) {
        Optional<Path> directory = real(each);
        if (directory.isPresent() && real.startsWith(directory.get())) {
          isInside = true;
        } else if (directory.isPresent() && directory.get().startsWith(real)) {
          Stat region = Stat.of(directory.get());
          if (region.device()
              == stat.device()) { // on another device, the same inode number means another file
            regions.add(region.inode());
          }
        }
      }
      if (!isInside && regions.isEmpty()) {
        return Optional.empty();
      }
      String name = Hashing.sha256().hashString(Printable.uri(real), UTF_8) + ".sizes";
      return Optional.of(new Scope(memory.resolve(name), stat.device(), isInside, regions));
    } catch (IOException e) {
      return Optional.empty(); // if the full measurement fails too, it reports the cause
    }
  }

  private static Optional<Path> real(Path directory) {
    try {
      return Optional.of(directory.toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Measured measure(Path root, Scope scope, Consumer<Problem> problems) throws IOException {
    Instant start = clock.instant();
    KnownTree emptyTree = new KnownTree(start, List.of(), new LinkTable());
    KnownTree known = load(scope, start).orElse(emptyTree);
    Set<Problem> reported = new HashSet<>();
    Consumer<Problem> reportOnce =
        problem -> {
          if (reported.add(problem)) {
            problems.accept(problem);
          }
        };
    IncrementalWalk.Result result = walk(root, scope, known, reportOnce);
    if (result.isAmbiguous()) {
      known = emptyTree;
      result = walk(root, scope, known, reportOnce);
    }
    if (result.isComplete() && result.hasChanges()) {
      Instant intervalStart = start.minus(COARSEST_TIME_RESOLUTION);
      long nanos =
          TimeUnit.SECONDS.toNanos(intervalStart.getEpochSecond()) + intervalStart.getNano();
      store(scope, result.tree(known.full(), nanos));
    }
    return new Measured(result.usage(), result.hasSkipped());
  }

  private IncrementalWalk.Result walk(
      Path root, Scope scope, KnownTree known, Consumer<Problem> problems) throws IOException {
    IncrementalWalk walk = new IncrementalWalk(known, scope.isInside(), scope.regions(), problems);
    WalkingProbe.walk(walker, root, walk);
    return walk.result();
  }

  private Optional<KnownTree> load(Scope scope, Instant now) {
    try {
      return KnownTree.read(scope.file(), walker.name(), scope.device(), now);
    } catch (IOException e) {
      LOG.debug("Cannot read {}", scope.file(), e);
      return Optional.empty();
    }
  }

  private void store(Scope scope, KnownTree tree) {
    try {
      tree.write(scope.file(), walker.name(), scope.device());
    } catch (IOException e) {
      LOG.debug("Cannot write {}; the next measurement is full", scope.file(), e);
    }
  }
}
