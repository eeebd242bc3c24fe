package dev.lowtide.policies.python;

import static dev.lowtide.testing.TestTree.kib;
import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policies.python.fixtures.RealPip;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a plan says will come free, held against the free blocks of a file system that nobody else
 * uses: with a cache that a real pip filled, environments of a real Python whose packages are links
 * into a cache of the shape of uv's, which cannot be had here, and a build that was killed.
 */
class ReclaimE2ETest {
  @TempDir Path directory;

  @Test
  void isWhatTheFileSystemHasMoreThen() throws IOException {
    List<Path> pythons = RealPip.pythons();
    ChildProcess.assumeTool("flock");
    ChildProcess.assumeTool("mkfs.ext4");
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    Path image = directory.toRealPath().resolve("image");
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mounted"));

    ChildProcess.runWithMounts(
        """
        truncate -s 256M "$2"
        mkfs.ext4 -q -b 4096 "$2"
        mount -o loop "$2" "$1"
        """,
        OnItsOwnFileSystem.class,
        mounted,
        image,
        pythons.get(pythons.size() - 1));
  }

  /** Runs where a file system is mounted at the directory. */
  static final class OnItsOwnFileSystem {
    private static final List<String> ENVIRONMENTS = List.of("one", "two", "three");

    private final TestTree tree;
    private final Path python;

    private OnItsOwnFileSystem(TestTree tree, Path python) {
      this.tree = tree;
      this.python = python;
    }

    public static void main(String[] args) throws Exception {
      OnItsOwnFileSystem here =
          new OnItsOwnFileSystem(TestTree.in(Path.of(args[0])), Path.of(args[2]));
      here.fill();

      CleanupPlan first = here.clean("three");
      assertThat(first.items())
          .extracting(PlanItem::path)
          .contains(
              here.tree.path("pip/wheels"),
              here.tree.path("uv/archive-v0/unlinked"),
              here.tree.path("work/one"),
              here.tree.path("work/two"),
              here.tree.path("work/killed/build"));
      assertThat(first.items().stream().filter(item -> item.path().endsWith("one")))
          .singleElement()
          .satisfies(
              item ->
                  assertThat(item.candidate().reason()).contains("8 MiB of it will not be freed"));

      here.clean(); // the last environment goes, with what nothing but it linked to
      CleanupPlan last = here.clean();
      assertThat(last.items())
          .extracting(PlanItem::path)
          .containsExactly(here.tree.path("uv/archive-v0/linked"));
      assertThat(last.reclaimable().bytes()).isGreaterThan(mib(8));
    }

    private void fill() throws Exception {
      for (String target : List.of("pip", "uv", "work")) {
        tree.directory(target);
      }
      tree.file("uv/.lock", "")
          .file("uv/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
          .file("uv/archive-v0/linked/big/big.so", mib(8))
          .file("uv/archive-v0/linked/big/__init__.py", kib(3))
          .file("uv/archive-v0/linked/big-1.0.dist-info/RECORD", kib(1))
          .file("uv/archive-v0/unlinked/other.so", mib(2));
      try (RealPip pip = new RealPip(python, tree.path("pip-work"))) {
        pip.getBoth(tree.path("pip"), tree.path("wheels"));
        for (String name : ENVIRONMENTS) {
          pip.makeEnvironment(tree.path("work/" + name));
          String site = sitePackages(name);
          for (String file : List.of("big.so", "__init__.py")) {
            tree.hardLink(site + "/big/" + file, "uv/archive-v0/linked/big/" + file);
          }
          tree.file(site + "/big-1.0.dist-info/INSTALLER", "uv")
              .file(
                  site + "/big-1.0.dist-info/RECORD",
                  "big/big.so,,\nbig/__init__.py,,\n"
                      + "big-1.0.dist-info/INSTALLER,,\nbig-1.0.dist-info/RECORD,,\n");
        }
        tree.file("work/requirements.txt", "big\n");
        kill(pip);
      }
    }

    private String sitePackages(String environment) {
      return tree.names().stream()
          .filter(name -> name.matches("work/" + environment + "/lib/[^/]+/site-packages"))
          .findFirst()
          .orElseThrow();
    }

    /** A build whose backend writes half of what it is to write, and is killed with its pip. */
    private void kill(RealPip pip) throws Exception {
      tree.file("work/killed/pyproject.toml", RealPip.BUILD_SYSTEM)
          .file("work/killed/half.c")
          .file(
              "work/killed/backend.py",
              """
              import os, time

              def build_wheel(directory, config_settings=None, metadata_directory=None):
                  os.makedirs('build/lib.linux-x86_64-cpython-311')
                  os.makedirs('build/temp.linux-x86_64-cpython-311')
                  with open('build/temp.linux-x86_64-cpython-311/half.o', 'wb') as compiled:
                      compiled.write(b'\\0PyInit_half\\0')
                  with open('build/lib.linux-x86_64-cpython-311/half.so', 'wb') as half:
                      half.write(os.urandom(3 << 20))
                  open('build/started', 'w').close()
                  time.sleep(600)
              """);
      Process build =
          pip.start(
              "wheel", "--no-deps", "--no-build-isolation", tree.path("work/killed").toString());
      while (!tree.has("work/killed/build/started")) {
        assertThat(build.waitFor(20, TimeUnit.MILLISECONDS)).as(pip.log()).isFalse();
      }
      List<ProcessHandle> all = build.descendants().toList();
      build.destroyForcibly().waitFor();
      for (ProcessHandle each : all) {
        each.destroyForcibly();
        each.onExit().get(10, TimeUnit.SECONDS);
      }
      Files.delete(tree.path("work/killed/build/started"));
      assertThat(tree.path("pip-work/tmp")).isNotEmptyDirectory();
    }

    /** Plans and applies, and holds the one against what the other did. */
    private CleanupPlan clean(String... keep) throws IOException {
      Lowtide lowtide =
          Planned.using(
                  HostEnvironment.current(),
                  new PolicyProvider.Selection(
                      Set.of(), Map.of("python", Map.of("uv-cache.without-uv", "remove"))))
              .clock(Clock.offset(Clock.systemUTC(), Duration.ofDays(2)))
              .build();
      CleanupPlan plan =
          lowtide.plan(
              CleanupTarget.of("workspace", tree.path("work")).keeping(keep),
              CleanupTarget.cache("pip-cache", tree.path("pip")),
              CleanupTarget.cache("uv-cache", tree.path("uv")),
              CleanupTarget.temporary("temp", tree.path("pip-work/tmp")));
      long before = free();
      lowtide.apply(plan).orThrow();
      assertThat(free() - before)
          .as("%s", plan.explain())
          .isCloseTo(plan.reclaimableBytes(), withinPercentage(1));
      return plan;
    }

    private long free() throws IOException {
      ChildProcess.run(tree.root(), "sync"); // what was freed comes free when it is written
      return Files.getFileStore(tree.root()).getUnallocatedSpace();
    }
  }
}
