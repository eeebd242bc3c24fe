package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.testing.FileOpener;
import dev.lowtide.testing.FileOpener.Use;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Another process begins to use items while a run removes them: it opens files, maps them, works in
 * them, or starts programs whose environment names them. Whatever came into use while it was still
 * at its place is there afterwards, and everything else is gone.
 *
 * <p>With {@code -Dlowtide.thorough=true}: 40 and 150 items, 0, 400 and 600 more processes, with
 * and without undo.
 */
class UseThatBeginsMeanwhileTest {
  private static final boolean THOROUGH = Boolean.getBoolean("lowtide.thorough");

  @TempDir Path temporary;

  /** When which items come into use. */
  private enum Beginning {
    /** The item after the next, when one is about to be moved away. */
    TWO_AHEAD {
      @Override
      void reached(int item, Run run) {
        if (item + 2 < run.items()) {
          run.use(item + 2);
        }
      }
    },
    /** All the others, when the fourth is about to be moved away. */
    ALL_AT_THE_FOURTH {
      @Override
      void reached(int item, Run run) {
        if (item == 3) {
          IntStream.range(4, run.items()).forEach(run::use);
        }
      }
    },
    /** Four at once, then one at random every few milliseconds, whatever the run is doing. */
    AT_RANDOM {
      @Override
      void reached(int item, Run run) {
        if (item == 0) {
          run.useAtRandom();
        }
      }
    };

    abstract void reached(int item, Run run);
  }

  static Stream<Arguments> machines() {
    return THOROUGH
        ? Stream.of(40, 150)
            .flatMap(
                items ->
                    Stream.of(0, 400, 600)
                        .flatMap(
                            idle ->
                                Stream.of(Duration.ZERO, Duration.ofHours(1))
                                    .map(undo -> Arguments.of(items, idle, undo))))
        : Stream.of(Arguments.of(40, 0, Duration.ZERO));
  }

  @ParameterizedTest(name = "{0} items, {1} more processes, undo for {2}")
  @MethodSource("machines")
  void losesNothing(int items, int idle, Duration undoFor) throws IOException {
    assumeThat(Path.of("/proc/self/maps")).as("Linux's table of processes").exists();
    for (Beginning beginning : Beginning.values()) {
      Path root = Files.createDirectory(temporary.toRealPath().resolve(beginning.name()));
      try (Run run = new Run(TestTree.in(root), items, idle, beginning)) {
        run.clean(undoFor);
      }
    }
  }

  /** One plan that is carried out, and the process that uses its items. */
  private static final class Run implements AutoCloseable {
    private final TestTree tree;
    private final String[] names;
    private final int idle;
    private final Beginning beginning;
    private final FileOpener other;
    private final Set<Path> used = new ConcurrentSkipListSet<>();

    /** Also those that were away already; a program may name one that is in the quarantine. */
    private final Set<Path> tried = new ConcurrentSkipListSet<>();

    private final Set<Use> ways = EnumSet.noneOf(Use.class);
    private final Thread random = new Thread(this::keepUsing, "begins uses");
    private volatile boolean over;

    Run(TestTree tree, int items, int idle, Beginning beginning) {
      this.tree = tree;
      this.idle = idle;
      this.beginning = beginning;
      names =
          IntStream.range(0, items).mapToObj(i -> String.format("t%04d", i)).toArray(String[]::new);
      for (String name : names) {
        tree.file(name + "/file", "content");
      }
      other = new FileOpener(idle);
    }

    int items() {
      return names.length;
    }

    /** Once, and each item in another way than the one before. */
    void use(int item) {
      Path path = tree.path(names[item]);
      if (!tried.add(path)) {
        return;
      }
      Use way = Use.values()[item % Use.values().length];
      if (other.use(way, path.resolve("file"))) {
        used.add(path);
        ways.add(way);
      }
    }

    void useAtRandom() {
      IntStream.range(items() - 4, items()).forEach(this::use);
      random.start();
    }

    private void keepUsing() {
      Random which = new Random(names.length);
      while (!over) {
        use(which.nextInt(names.length));
        Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(3));
      }
    }

    void clean(Duration undoFor) throws IOException {
      CleanupListener listener =
          event -> {
            if (event.kind() == CleanupListener.Kind.REMOVING) {
              beginning.reached(
                  Arrays.asList(names).indexOf(event.path().getFileName().toString()), this);
            }
          };
      Lowtide lowtide =
          TestMachine.lowtide(tree, TestPolicy.deleting(names))
              .listener(listener)
              .undoFor(undoFor)
              .build();
      long began = System.nanoTime();
      CleanupReport report =
          lowtide.apply(lowtide.plan(CleanupTarget.of("workspace", tree.root())));
      long millis = (System.nanoTime() - began) / 1_000_000;
      over = true;
      Uninterruptibles.joinUninterruptibly(random);
      List<Path> lost =
          used.stream().filter(path -> !Files.isRegularFile(path.resolve("file"))).toList();
      long removed = report.outcomes().stream().filter(Outcome.Removed.class::isInstance).count();
      System.out.printf(
          "%s, %d items, %d more processes, undo for %s: %d came into use in %d ways,"
              + " %d kept, %d removed, %d lost, %d ms%n",
          beginning,
          names.length,
          idle,
          undoFor,
          used.size(),
          ways.size(),
          report.skipped().size(),
          removed,
          lost.size(),
          millis);

      assertThat(lost).isEmpty();
      assertThat(ways).containsExactlyInAnyOrder(Use.values());
      assertThat(report.failures()).isEmpty();
      assertThat(report.skipped())
          .allSatisfy(skipped -> assertThat(skipped.reason()).startsWith("in-use: "))
          .extracting(skipped -> skipped.item().path())
          .containsAll(used)
          .isSubsetOf(tried);
      assertThat(removed).isEqualTo(names.length - report.skipped().size());
    }

    @Override
    public void close() {
      over = true;
      other.close();
    }
  }
}
