package dev.lowtide.policies.python.caches;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.LockHolder;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A cache of the shape of uv's, with real locks and real links. No uv can be had here: a stand-in
 * on {@code PATH} writes down what it is told and empties an archive, as uv would, while it holds
 * the lock.
 */
class UvCacheTest {
  @TempDir Path programs;
  @TempDir Path temporary;
  private Path directory;
  private TestTree cache;
  private Path environment;

  @BeforeEach
  void makeCache() throws IOException {
    directory = temporary.toRealPath();
    cache =
        TestTree.in(Files.createDirectory(directory.resolve("cache")))
            .file(".lock", "")
            .file("CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
            .file(".gitignore")
            .file("wheels-v6/pypi/a/a-1.0.http")
            .file("archive-v0/linked/a/__init__.py", "")
            .file("archive-v0/linked/a/big.so", kib(64))
            .file("archive-v0/linked/a-1.0.dist-info/RECORD")
            .file("archive-v0/unlinked/b/big.so", kib(64));
    environment = Files.createDirectory(directory.resolve("env"));
    link("__init__.py");
    link("big.so");
  }

  private void link(String name) throws IOException {
    Files.createLink(environment.resolve(name), cache.path("archive-v0/linked/a/" + name));
  }

  private CleanupTarget target() {
    return CleanupTarget.cache("uv-cache", cache.root());
  }

  private HostEnvironment machine(boolean withUv, Map<String, String> variables)
      throws IOException {
    Path bin = programs.toRealPath();
    if (withUv) {
      Path uv = bin.resolve("uv");
      Files.writeString(
          uv,
          """
          #!/bin/sh
          echo "$@" >> "%1$s/said"
          exec flock -n -x "%1$s/cache/.lock" rm -f "%1$s/cache/archive-v0/unlinked/b/big.so"
          """
              .formatted(directory));
      assertThat(uv.toFile().setExecutable(true)).isTrue();
    }
    Map<String, String> all = new HashMap<>(variables);
    all.put("PATH", bin + ":/usr/bin:/bin");
    return HostEnvironment.of(
        OperatingSystem.LINUX, directory.getFileSystem(), all, "/home/me", "/tmp");
  }

  /** A day from now, so that everything was left alone for long enough. */
  private static LowtideBuilder lowtide(HostEnvironment host, Map<String, String> settings) {
    return Planned.using(host, new PolicyProvider.Selection(Set.of(), Map.of("python", settings)))
        .clock(Clock.offset(Clock.systemUTC(), Duration.ofDays(1)));
  }

  private String root() {
    return cache.root().toString();
  }

  @Nested
  class WithUv {
    private Lowtide lowtide(Map<String, String> settings) throws IOException {
      ChildProcess.assumeTool("flock");
      return UvCacheTest.lowtide(machine(true, Map.of()), settings).build();
    }

    private List<String> said() throws IOException {
      Path said = directory.resolve("said");
      return Files.exists(said) ? Files.readAllLines(said) : List.of();
    }

    @ParameterizedTest
    @CsvSource({"usual, cache prune --cache-dir", "ci, cache prune --ci --cache-dir"})
    void isPrunedByUv(String setting, String command) throws IOException {
      Lowtide lowtide = lowtide(Map.of("uv-cache.prune", setting));

      CleanupReport report = lowtide.apply(lowtide.plan(target())).orThrow();

      assertThat(said()).containsExactly(command + " " + root());
      assertThat(report.freedBytes()).isEqualTo(kib(64));
      assertThat(cache.has("wheels-v6/pypi/a/a-1.0.http")).isTrue();
    }

    @Test
    void losesPackagesThatAreNamed() throws IOException {
      Lowtide lowtide = lowtide(Map.of("uv-cache.clean", "torch, numpy"));

      lowtide.apply(lowtide.plan(target())).orThrow();

      assertThat(said())
          .containsExactly(
              "cache clean torch numpy --cache-dir " + root(), "cache prune --cache-dir " + root());
    }

    @Test
    void isLeftToUvWhereOtherPoliciesLookToo() throws IOException {
      cache
          .file("archive-v0/unlinked/b/b.py")
          .file("archive-v0/unlinked/b/__pycache__/b.cpython-312.pyc");
      CleanupPlan plan = lowtide(Map.of()).plan(CleanupTarget.of("workspace", directory), target());

      assertThat(plan.items()).extracting(PlanItem::policy).containsExactly("python.uv-cache");
    }

    @Test
    void isNotTouchedByADryRun() throws IOException {
      Lowtide lowtide = lowtide(Map.of("uv-cache.clean", "torch"));

      lowtide.dryRun(lowtide.plan(target()));

      assertThat(said()).isEmpty();
    }

    @Test
    void staysWhileAUvIsAtWork() throws IOException {
      try (Running uv = LockHolder.SHARED_FLOCK.hold(cache.path(".lock"))) {
        Planned planned = Planned.of(cache, target(), lowtide(Map.of()));

        assertThat(planned.proposed()).isEmpty();
        assertThat(planned.refused().get("")).contains("(pid " + uv.pid() + ") holds the lock");
      }
    }

    @Test
    void staysWhereAUvHasBegunToWorkSinceThePlan() throws IOException {
      Lowtide lowtide = lowtide(Map.of("uv-cache.clean", "torch"));
      CleanupPlan plan = lowtide.plan(target());
      try (Running uv = LockHolder.SHARED_FLOCK.hold(cache.path(".lock"))) {
        CleanupReport report = lowtide.apply(plan);

        assertThat(report.outcomes()).hasSize(1).allMatch(Outcome.Skipped.class::isInstance);
        assertThat(report.outcomes().get(0).reason()).contains("(pid " + uv.pid() + ")");
      }
      assertThat(said()).isEmpty();
    }

    @Test
    void staysIfUvWouldRemoveWhatIsNotItsOwn() throws IOException {
      cache.file("photos/cat.jpg");

      Planned planned = Planned.of(cache, target(), lowtide(Map.of()));

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains(root() + "/photos");
    }

    /** All of a person's folder may happen to be called as uv's buckets are. */
    @Test
    void staysWithoutItsTag() throws IOException {
      Files.delete(cache.path("CACHEDIR.TAG"));

      Planned planned = Planned.of(cache, target(), lowtide(Map.of()));

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains("no CACHEDIR.TAG in it");
    }

    @Test
    void staysWithoutALockThatTellsWhetherAUvIsAtWork() throws IOException {
      Files.delete(cache.path(".lock"));

      Planned planned = Planned.of(cache, target(), lowtide(Map.of()));

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains("no .lock in it");
    }
  }

  @Nested
  class WithoutUv {
    private LowtideBuilder removing(Map<String, String> variables) throws IOException {
      ChildProcess.assumeTool("flock");
      return lowtide(machine(false, variables), Map.of("uv-cache.without-uv", "remove"));
    }

    private Planned planned() throws IOException {
      return Planned.of(cache, target(), removing(Map.of()).build());
    }

    @Test
    void stays() throws IOException {
      Planned planned =
          Planned.of(cache, target(), lowtide(machine(false, Map.of()), Map.of()).build());

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains("not on PATH", "UV_CACHE_DIR");
    }

    @Test
    void losesArchivesThatNothingLinksToWhereThatIsAskedFor() throws IOException {
      cache.file(".tmpXy12/half", kib(4));

      Planned planned = planned().apply();

      assertThat(planned.proposed()).containsExactly(".tmpXy12", "archive-v0/unlinked");
      assertThat(planned.refused().get("archive-v0/linked")).contains("environment links to it");
      assertThat(cache.has("archive-v0/linked/a/big.so")).isTrue();
      assertThat(cache.has("archive-v0/unlinked")).isFalse();
      assertThat(cache.has(".lock")).isTrue();
    }

    @Test
    void namesThePackagesOfAnArchive() throws IOException {
      cache.directory("archive-v0/unlinked/torch-2.4.0.dist-info");

      assertThat(planned().plan().items())
          .singleElement()
          .extracting(item -> item.candidate().reason())
          .asString()
          .startsWith("an archive of torch 2.4.0 without links");
    }

    @Test
    void keepsUvOutMeanwhile() throws IOException {
      assertThat(planned().plan().items())
          .allSatisfy(
              item -> assertThat(item.candidate().locks()).containsExactly(cache.path(".lock")));
    }

    @Test
    void knowsALinkByAFileWithoutContentToo() throws IOException {
      Files.delete(environment.resolve("big.so"));

      assertThat(planned().proposed()).containsExactly("archive-v0/unlinked");
    }

    @Test
    void losesAnArchiveOnceTheLastEnvironmentIsGone() throws IOException {
      Files.delete(environment.resolve("big.so"));
      Files.delete(environment.resolve("__init__.py"));

      assertThat(planned().proposed()).containsExactly("archive-v0/linked", "archive-v0/unlinked");
    }

    @Test
    void losesTheArchivesFirstThatWereLinkedLeastRecently() throws IOException {
      cache.file("archive-v0/a-recently/big.so", kib(64), daysAgo(400));
      Path recently = cache.path("archive-v0/a-recently/big.so");
      Object before = Files.getAttribute(recently, "unix:ctime");
      do { // until the clock of the file system has gone on
        Files.delete(Files.createLink(directory.resolve("link"), recently));
      } while (Files.getAttribute(recently, "unix:ctime").equals(before));

      Planned planned = Planned.of(cache, target(), removing(Map.of()).keepNewest(1).build());

      assertThat(planned.proposed()).containsExactly("archive-v0/unlinked");
    }

    @Test
    void staysWhileAUvIsAtWork() throws IOException {
      try (Running uv = LockHolder.SHARED_FLOCK.hold(cache.path(".lock"))) {
        Planned planned = planned();

        assertThat(planned.proposed()).isEmpty();
        assertThat(planned.refused().get("archive-v0/unlinked")).contains("(pid " + uv.pid() + ")");
      }
    }

    @Test
    void staysWhereEnvironmentsMayLinkSymbolically() throws IOException {
      Planned planned =
          Planned.of(cache, target(), removing(Map.of("UV_LINK_MODE", "symlink")).build());

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains("UV_LINK_MODE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"link-mode = \"symlink\"", "[pip]\nlink-mode = \"symlink\""})
    void staysWhereAFileHasEnvironmentsLinkSymbolically(String text) throws IOException {
      Path file = directory.resolve("uv.toml");
      Files.writeString(file, text);

      Planned planned =
          Planned.of(cache, target(), removing(Map.of("UV_CONFIG_FILE", file.toString())).build());

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains(file + " sets link-mode to symlink");
    }

    @Test
    void staysWithoutALockThatKeepsUvOut() throws IOException {
      Files.delete(cache.path(".lock"));

      assertThat(planned().proposed()).isEmpty();
    }

    @Test
    void staysWhereSomethingIsNotOfUv() throws IOException {
      cache.file("notes.txt");

      assertThat(planned().proposed()).isEmpty();
      assertThat(planned().plan().refused()).extracting(Refusal::guard).containsExactly("evidence");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "uv-cache.prune      | always  | uv-cache.prune is usual or ci, not 'always'",
        "uv-cache.without-uv | yes     | uv-cache.without-uv is keep or remove, not 'yes'",
        "uv-cache.clean      | --force | '--force' is not a package name"
      })
  void aSettingThatMakesNoSenseIsRejected(String name, String value, String message) {
    assertThatThrownBy(() -> new PythonPolicies().policies(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
