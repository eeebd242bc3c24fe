package dev.lowtide.probe;

import dev.lowtide.Problem;
import dev.lowtide.fs.ReadingMark;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A probe that measures by walking the tree with a {@link TreeWalker}. */
final class WalkingProbe implements SizeProbe {
  private final TreeWalker walker;

  WalkingProbe(TreeWalker walker) {
    this.walker = walker;
  }

  @Override
  public String name() {
    return walker.name();
  }

  @Override
  public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
    Totals totals = new Totals(problems);
    walk(walker, root, totals);
    return totals.total();
  }

  @Override
  public Snapshot capture(Path root) throws IOException {
    SnapshotBuilder builder = new SnapshotBuilder(root);
    walk(walker, root, builder);
    return builder.build();
  }

  /**
   * Walks a tree. Meanwhile it sets the {@link ReadingMark}, so that other Lowtide processes of
   * this user do not count what this process reads as in use.
   */
  static void walk(TreeWalker walker, Path root, TreeWalker.Receiver receiver) throws IOException {
    ReadingMark.beginReading();
    try {
      walker.walk(root, receiver);
    } finally {
      ReadingMark.endReading();
    }
  }

  @Override
  public SizeProbe.Incremental incremental(
      Path memory, Supplier<? extends Collection<Path>> contentAddressed, Clock clock) {
    return new IncrementalMeasurement(walker, memory, contentAddressed, clock);
  }

  /** Adds up what several threads visit; each thread has a sum of its own. */
  private static final class Totals implements TreeWalker.Receiver {
    private final List<UsageSum> sums = new ArrayList<>();
    private final Consumer<Problem> problems;
    private long unreadable;

    Totals(Consumer<Problem> problems) {
      this.problems = problems;
    }

    @Override
    public synchronized TreeWalker.Visitor newVisitor() {
      UsageSum sum = new UsageSum();
      sums.add(sum);
      return (parent, name, stat) -> {
        sum.add(stat);
        return 0;
      };
    }

    @Override
    public boolean wantsTimes() {
      return false;
    }

    @Override
    public synchronized void problem(Path path, String operation, IOException cause) {
      unreadable++;
      problems.accept(Problem.of(path, operation, cause));
    }

    synchronized DiskUsage total() {
      UsageSum total = new UsageSum();
      sums.forEach(total::add);
      return total.usage(unreadable);
    }
  }
}
