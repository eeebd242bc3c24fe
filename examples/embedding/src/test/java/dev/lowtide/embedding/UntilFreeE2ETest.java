package dev.lowtide.embedding;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Strings;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A goal of free space over the caches of pip, Poetry, sccache and cargo, an environment and a
 * target directory, on a file system of their own whose free blocks are measured. The environment
 * and the target directory are real; the caches have files with the names that their tools give.
 */
class UntilFreeE2ETest {
  @TempDir Path directory;

  @Test
  void isReachedWithTheCheapestAndExceededByTheLastItemAtMost() throws IOException {
    List.of("mkfs.ext4", "cargo", "python3", "tar").forEach(ChildProcess::assumeTool);
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    Path root = directory.toRealPath();

    ChildProcess.runWithMounts(
        """
        truncate -s 256M "$2"
        mkfs.ext4 -q -b 4096 -m 0 "$2"
        mount -o loop "$2" "$1"
        """,
        OnItsOwnFileSystem.class,
        Files.createDirectory(root.resolve("mounted")),
        root.resolve("image"));
  }

  /** Runs in a mount namespace with a file system at the directory. */
  static final class OnItsOwnFileSystem {
    private static final int VALUES = 10;
    private static final String CRATE = "home/.cargo/registry/%s/local-0123456789abcdef/demo-1.0.0";

    private final TestTree tree;
    private final FileStore store;
    private final HostEnvironment host;

    private OnItsOwnFileSystem(Path root) throws IOException {
      tree = TestTree.in(root);
      store = Files.getFileStore(root);
      Path home = Files.createDirectories(tree.path("home"));
      host =
          HostEnvironment.of(
              OperatingSystem.LINUX,
              root.getFileSystem(),
              Map.of("HOME", home.toString(), "PATH", System.getenv("PATH")),
              home.toString(),
              Files.createDirectories(tree.path("tmp")).toString());
    }

    public static void main(String[] args) throws IOException {
      OnItsOwnFileSystem here = new OnItsOwnFileSystem(Path.of(args[0]));
      here.fill();
      CleanupPlan all = here.lowtide(SpaceGoal.NONE).plan(here.targets());
      assertThat(here.policies(all))
          .as("what goes; what stays is %s", all.refused())
          .contains(
              "python.venv",
              "python.pip-cache.http",
              "python.pip-cache.wheels",
              "python.poetry-cache",
              "rust.cargo-home",
              "rust.sccache",
              "rust.target-dir");
      here.nothingGoesWhereEnoughIsFree();
      long start = here.store.getUsableSpace();
      for (int value = 1; value <= VALUES; value++) {
        here.fill();
        here.check(start + value * all.reclaimableBytes() / (VALUES + 1));
      }
    }

    private Set<String> policies(CleanupPlan plan) {
      return plan.items().stream().map(PlanItem::policy).collect(Collectors.toSet());
    }

    private List<CleanupTarget> targets() {
      List<CleanupTarget> targets = new ArrayList<>();
      targets.add(CleanupTarget.of("workspace", tree.path("work")));
      Lowtide.installedProviders().forEach(each -> targets.addAll(each.discover(host)));
      targets.removeIf(target -> !target.root().startsWith(tree.root()));
      return targets;
    }

    /** The time of the run: in two months, so that everything is old. */
    private Lowtide lowtide(SpaceGoal goal) {
      return Lowtide.builder()
          .host(host)
          .providers(Lowtide.installedProviders())
          .goal(goal)
          .clock(TestMachine.clockIn(Duration.ofDays(60)))
          .listener(CleanupListener.NONE)
          .build();
    }

    private void nothingGoesWhereEnoughIsFree() throws IOException {
      SpaceGoal goal = SpaceGoal.NONE.untilFree(Long.toString(store.getUsableSpace() - kib(4)));

      assertThat(lowtide(goal).plan(targets()).items()).isEmpty();
    }

    private void check(long wanted) throws IOException {
      Lowtide lowtide = lowtide(SpaceGoal.NONE.untilFree(Long.toString(wanted)));
      CleanupPlan plan = lowtide.plan(targets());
      long before = store.getUsableSpace();

      CleanupReport report = lowtide.apply(plan);

      assertThat(report.remaining()).isEmpty();
      assertThat(lowtide.shortfalls(targets())).isEmpty();
      long free = store.getUsableSpace();
      assertThat(free).isGreaterThanOrEqualTo(wanted);
      assertThat(free - before).as("what came free").isEqualTo(plan.reclaimableBytes());
      PlanItem last = plan.items().get(plan.items().size() - 1);
      assertThat(free - last.reclaimable().bytes()).as("without the last item").isLessThan(wanted);
      List<RebuildCost> costs =
          plan.items().stream().map(item -> item.candidate().cost()).sorted().toList();
      RebuildCost dearest = costs.get(costs.size() - 1);
      assertThat(lowtide(SpaceGoal.NONE).plan(targets()).items())
          .as("nothing that costs less than what went is left")
          .allMatch(item -> item.candidate().cost().compareTo(dearest) >= 0);
      System.out.printf(
          "%d bytes wanted: %d items, %s at most, %d free%n",
          wanted, plan.items().size(), dearest, free);
    }

    /** Makes what is not there. */
    private void fill() throws IOException {
      for (int i = 0; i < 16; i++) {
        String start = Integer.toHexString(i);
        cached("sccache/" + start + "/0/" + start + Strings.repeat("0", 63), 40 * i, i);
        String hash = start + Strings.repeat("0", 55);
        cached("pip/http-v2/" + start + "/0/0/0/0/" + hash, 30 * i, 40 - i);
        cached(
            "pip/wheels/" + start + "0/00/00/" + Strings.repeat("0", 50) + "/a-1-py3-none-any.whl",
            20 * i,
            i);
        cached(
            "pypoetry/artifacts/"
                + start
                + "0/00/00/"
                + Strings.repeat("0", 58)
                + "/b-1-py3-none-any.whl",
            25 * i,
            i);
      }
      if (!tree.has("work/app/.venv")) {
        tree.file("work/app/requirements.txt", "");
        run("python3", "-m", "venv", "--without-pip", tree.path("work/app/.venv").toString());
      }
      if (!tree.has("work/crate/target/debug/deps")) {
        tree.file("work/crate/Cargo.toml", "[package]\nname = 'demo'\nversion = '1.0.0'\n")
            .file("work/crate/src/lib.rs", "pub fn one() -> u8 {\n    1\n}\n");
        ChildProcess.run(tree.path("work/crate"), "cargo", "build", "-q", "--offline");
      }
      if (!tree.has(CRATE.formatted("src"))) {
        tree.file("home/.cargo/.package-cache");
        unpackCrate();
      }
      run("sync");
    }

    private void cached(String name, int kib, int days) {
      String file = "home/.cache/" + name;
      if (!tree.has(file)) {
        tree.file(file, kib(64 + kib), Instant.now().minus(Duration.ofDays(days)));
      }
    }

    private void unpackCrate() throws IOException {
      Path archive = tree.path(CRATE.formatted("cache") + ".crate");
      Path sources = Files.createDirectories(tree.path(CRATE.formatted("src")).getParent());
      if (!Files.exists(archive)) {
        tree.file("tmp/demo-1.0.0/src/lib.rs", kib(900))
            .directory(tree.root().relativize(archive.getParent()).toString());
        ChildProcess.run(tree.path("tmp"), "tar", "-czf", archive.toString(), "demo-1.0.0");
      }
      ChildProcess.run(sources, "tar", "-xzf", archive.toString());
      Files.writeString(sources.resolve("demo-1.0.0/.cargo-ok"), "{\"v\":1}");
    }

    private void run(String... argv) {
      ChildProcess.run(tree.root(), argv);
    }
  }
}
