package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Volume;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A goal of free space, held against the free blocks of a file system of its own. */
class UntilFreeTest {
  @TempDir Path directory;

  @Test
  void isReachedAndExceededByTheLastItemAtMost() throws IOException {
    ChildProcess.assumeTool("mkfs.ext4");
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    Path root = directory.toRealPath();

    ChildProcess.runWithMounts(
        """
        truncate -s 128M "$2"
        mkfs.ext4 -q -b 4096 -m 0 -N 8192 "$2"
        mount -o loop "$2" "$1"
        """,
        OnItsOwnFileSystem.class,
        Files.createDirectory(root.resolve("mounted")),
        root.resolve("image"));
  }

  /** Runs where a file system is mounted at the directory. */
  static final class OnItsOwnFileSystem {
    private static final int FILES = 40;
    private static final int BLOCK = 4096;
    private static final RebuildCost[] COSTS = RebuildCost.values();

    private static final TestPolicy POLICY =
        new TestPolicy(
            "test.cached",
            snapshot ->
                snapshot
                    .entries()
                    .filter(entry -> entry.isFile())
                    .map(
                        entry ->
                            Candidate.delete(
                                    entry, Cause.REGENERABLE, cost(entry.name()), "it is cached")
                                .lastUsedAt(Instant.EPOCH.plusSeconds(number(entry.name()))))
                    .toList());

    private final Path root;
    private final FileStore store;

    private OnItsOwnFileSystem(Path root) throws IOException {
      this.root = root;
      store = Files.getFileStore(root);
    }

    private static int number(String name) {
      return Integer.parseInt(name.substring(1));
    }

    private static RebuildCost cost(String name) {
      return COSTS[number(name) % COSTS.length];
    }

    public static void main(String[] args) throws IOException {
      OnItsOwnFileSystem here = new OnItsOwnFileSystem(Path.of(args[0]));
      here.fill();
      long start = here.store.getUsableSpace();
      here.check(start - BLOCK);
      for (int more = 1; more <= 10; more++) {
        here.fill();
        here.check(start + more * 5L * 1024 * 1024);
      }
      here.fill();
      here.inodes();
    }

    private void fill() throws IOException {
      for (int i = 0; i < FILES; i++) {
        Files.write(root.resolve("f" + i), new byte[(1 + i % 7) * 100 * BLOCK]);
      }
    }

    private Lowtide lowtide(SpaceGoal goal) {
      return Lowtide.builder().policy(POLICY).goal(goal).listener(CleanupListener.NONE).build();
    }

    private void check(long wanted) throws IOException {
      SpaceGoal goal = SpaceGoal.NONE.untilFree(Long.toString(wanted));
      CleanupTarget target = CleanupTarget.of("workspace", root);
      Lowtide lowtide = lowtide(goal);
      CleanupPlan plan = lowtide.plan(target);
      long before = store.getUsableSpace();

      CleanupReport report = lowtide.apply(plan);

      assertThat(lowtide(goal).shortfalls(List.of(target))).isEmpty();
      assertThat(report.remaining()).isEmpty();
      assertThat(store.getUsableSpace() - before).isEqualTo(plan.reclaimableBytes());
      if (before >= wanted) {
        assertThat(plan.items()).as("the goal is met").isEmpty();
      } else {
        long last = plan.items().get(plan.items().size() - 1).reclaimable().bytes();
        assertThat(store.getUsableSpace() - last).as("without the last item").isLessThan(wanted);
        assertThat(plan.items())
            .extracting(item -> item.candidate().cost())
            .as("nothing dear goes while something cheap is left")
            .isSorted();
      }
    }

    private void inodes() throws IOException {
      SpaceGoal goal = SpaceGoal.NONE.untilFreeInodes("8180");
      CleanupTarget target = CleanupTarget.of("workspace", root);
      CleanupPlan plan = lowtide(goal).plan(target);

      if (Volume.of(root).inodes().isEmpty()) {
        assertThat(lowtide(goal).shortfalls(List.of(target)))
            .singleElement()
            .asString()
            .contains("is not known");
      } else {
        assertThat(plan.items()).isNotEmpty().hasSizeLessThan(FILES);
        lowtide(goal).apply(plan);
        assertThat(lowtide(goal).shortfalls(List.of(target))).isEmpty();
      }
    }
  }
}
