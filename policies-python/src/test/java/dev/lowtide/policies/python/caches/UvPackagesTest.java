package dev.lowtide.policies.python.caches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cache of the shape of uv's, package by package. No uv can be had here: a stand-in on {@code
 * PATH} removes what {@code uv cache clean NAME} and {@code uv cache prune} remove, as {@code
 * crates/uv-cache/src/lib.rs} of uv 0.11 has it, while it holds the lock.
 */
class UvPackagesTest {
  private static final String STAND_IN =
      """
      #!/usr/bin/env python3
      import fcntl, os, shutil, sys
      argv = sys.argv[1:]
      root = argv[argv.index('--cache-dir') + 1]
      with open('%s', 'a') as said:
          said.write(' '.join(argv) + '\\n')
      lock = open(root + '/.lock')
      fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

      def remove(path):
          if os.path.isdir(path) and not os.path.islink(path):
              shutil.rmtree(path)
          elif os.path.lexists(path):
              os.remove(path)

      def references():
          found = {}
          for bucket in ('wheels-v6', 'sdists-v9'):
              for directory, names, files in os.walk(os.path.join(root, bucket)):
                  for each in names + files:
                      link = os.path.join(directory, each)
                      if os.path.islink(link):
                          found.setdefault(os.path.realpath(link), []).append(link)
          return found

      if argv[1] == 'clean':
          before = references()
          for name in argv[2:argv.index('--cache-dir')]:
              remove(root + '/wheels-v6/pypi/' + name)
              remove(root + '/sdists-v9/pypi/' + name)
              remove(root + '/simple-v24/pypi/' + name + '.rkyv')
          for archive, links in before.items():
              if not any(os.path.lexists(link) for link in links):
                  remove(archive)
      else:
          known = ('wheels-v6', 'sdists-v9', 'simple-v24', 'archive-v0', 'environments-v2')
          for each in os.listdir(root):
              if each not in known + ('CACHEDIR.TAG', '.gitignore', '.lock'):
                  remove(os.path.join(root, each))
          for each in os.listdir(root + '/environments-v2'):
              remove(root + '/environments-v2/' + each)
          used = references()
          for each in os.listdir(root + '/archive-v0'):
              if os.path.realpath(root + '/archive-v0/' + each) not in used:
                  remove(root + '/archive-v0/' + each)
      print('Removed some files (the stand-in for uv)', file=sys.stderr)
      """;

  @TempDir Path temporary;
  private Path directory;
  private TestTree cache;

  @BeforeEach
  void makeCache() throws IOException {
    ChildProcess.assumeTool("python3");
    ChildProcess.assumeTool("flock");
    directory = temporary.toRealPath();
    Path uv = Files.createDirectory(directory.resolve("bin")).resolve("uv");
    Files.writeString(uv, STAND_IN.formatted(directory.resolve("said")));
    assertThat(uv.toFile().setExecutable(true)).isTrue();
    cache =
        TestTree.in(Files.createDirectory(directory.resolve("cache")))
            .file(".lock", "")
            .file("CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
            .file(".gitignore")
            .directory("environments-v2")
            .directory("wheels-v6/pypi")
            .directory("simple-v24/pypi")
            .directory("archive-v0");
  }

  /** As uv keeps a wheel that it has downloaded and unpacked. */
  private UvPackagesTest has(String name, String version, int kib) throws IOException {
    String wheel = version + "-py3-none-any";
    unpacked(name, version, kib);
    cache
        .file("wheels-v6/pypi/" + name + "/" + wheel + ".http", 100)
        .file("simple-v24/pypi/" + name + ".rkyv", 100);
    Files.createSymbolicLink(
        cache.path("wheels-v6/pypi/" + name + "/" + wheel),
        Path.of("../../../archive-v0/" + id(name, version)));
    return this;
  }

  private void unpacked(String name, String version, int kib) {
    String module = name.replace('-', '_');
    String archive = "archive-v0/" + id(name, version);
    cache
        .file(archive + "/" + module + "-" + version + ".dist-info/METADATA", 100)
        .file(archive + "/" + module + "/data.bin", kib * 1024);
  }

  /** uv draws them by lot. */
  private static String id(String name, String version) {
    return "A" + Integer.toHexString((name + version).hashCode());
  }

  /** As uv installs a package into an environment, and removes that. */
  private void use(String name, String version) throws IOException {
    String module = name.replace('-', '_');
    Path file = cache.path("archive-v0/" + id(name, version) + "/" + module + "/data.bin");
    Files.delete(Files.createLink(directory.resolve("link"), file));
  }

  /** Until the clock of the file system, which ticks a few hundred times a second, has gone on. */
  private Instant later() throws IOException {
    Path file = directory.resolve("clock");
    Instant before = Files.getLastModifiedTime(Files.writeString(file, "")).toInstant();
    Instant now = before;
    while (!now.isAfter(before.plusMillis(1))) {
      now = Files.getLastModifiedTime(Files.writeString(file, "")).toInstant();
    }
    return now;
  }

  private LowtideBuilder lowtide(Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(variables);
    all.put("PATH", directory.resolve("bin") + ":/usr/bin:/bin");
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX, FileSystems.getDefault(), all, "/home/me", "/tmp");
    return Planned.using(host, PolicyProvider.Selection.ALL.named(List.of("python.uv-cache")))
        .clock(Clock.offset(Clock.systemUTC(), Duration.ofDays(1)));
  }

  private LowtideBuilder lowtide() {
    return lowtide(Map.of());
  }

  private CleanupTarget target() {
    return CleanupTarget.cache("uv-cache", cache.root());
  }

  private CleanupPlan run(LowtideBuilder builder) throws IOException {
    Lowtide lowtide = builder.build();
    CleanupPlan plan = lowtide.plan(target());
    lowtide.apply(plan).orThrow();
    return plan;
  }

  private long size() throws IOException {
    return SizeProbe.best().measure(cache.root()).allocatedBytes();
  }

  private static ByteSize bytes(long bytes) {
    return new ByteSize(bytes);
  }

  private Set<String> left() throws IOException {
    try (Stream<Path> names = Files.list(cache.path("wheels-v6/pypi"))) {
      return names.map(each -> each.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private List<String> said() throws IOException {
    return Files.readAllLines(directory.resolve("said"));
  }

  @Test
  void aSizeIsReachedWithTheFewestOfAThousandPackages() throws IOException {
    for (int i = 0; i < 1000; i++) {
      has("package-" + i, "1.0", 8);
    }
    later();
    for (int i = 0; i < 1000; i += 2) {
      use("package-" + i, "1.0");
    }
    long before = size();
    long each = before / 1000;
    long limit = before - 250 * each - each / 2;

    CleanupPlan plan = run(lowtide().maxSize(bytes(limit)));

    assertThat(size()).isLessThanOrEqualTo(limit).isGreaterThan(limit - 2 * each);
    assertThat(left())
        .hasSizeBetween(748, 750)
        .containsAll(IntStream.range(0, 500).mapToObj(i -> "package-" + 2 * i).toList());
    assertThat(said()).hasSize(2);
    assertThat(said().get(0)).startsWith("cache clean package-").endsWith(" " + cache.root());
    assertThat(said().get(1)).isEqualTo("cache prune --cache-dir " + cache.root());
    assertThat(plan.items()).hasSize(1);
  }

  @Test
  void thePlanNamesThePackagesAndTheirBytes() throws IOException {
    has("torch", "2.4.0", 300).has("ruamel-yaml", "0.18.6", 100);

    String plan = lowtide().maxSize(bytes(0)).build().plan(target()).explain();

    assertThat(plan)
        .containsPattern("torch 2\\.4\\.0 \\(~?3[0-9][0-9] KiB\\)")
        .containsPattern("ruamel-yaml 0\\.18\\.6 \\(~?1[0-9][0-9] KiB\\)")
        .contains("uv cache clean ", "uv cache prune");
  }

  @Test
  void allPackagesAreListedWithWhatTheyTake() throws IOException {
    has("torch", "2.4.0", 1024).has("numpy", "2.1.0", 64);
    Files.createLink(
        directory.resolve("environment"),
        cache.path("archive-v0/" + id("numpy", "2.1.0") + "/numpy/data.bin"));
    Entry root = SizeProbe.best().capture(cache.root()).root();

    Map<String, DiskUsage> packages = new PythonPolicies().packagesIn(root);

    assertThat(packages).containsOnlyKeys("numpy 2.1.0", "torch 2.4.0");
    assertThat(packages.get("numpy 2.1.0").sharedBytes()).isEqualTo(64 * 1024);
    assertThat(packages.get("torch 2.4.0").exclusiveBytes()).isBetween(1024 * 1024L, 1100 * 1024L);
    assertThat(new PythonPolicies().packagesIn(root.child("archive-v0").orElseThrow())).isEmpty();
  }

  @Test
  void whatIsFreedIsWhatWasPlanned() throws IOException {
    has("torch", "2.4.0", 300).has("torch", "2.5.0", 200).has("numpy", "2.1.0", 100);
    Lowtide lowtide = lowtide().maxSize(bytes(0)).build();
    CleanupPlan plan = lowtide.plan(target());
    long before = size();

    CleanupReport report = lowtide.apply(plan).orThrow();

    long estimate = plan.items().get(0).candidate().estimatedBytes().orElseThrow();
    assertThat(report.freedBytes()).isEqualTo(estimate).isEqualTo(before - size());
  }

  @Test
  void packagesGoByTheirAge() throws IOException {
    has("old", "1.0", 8).has("both", "1.0", 8);
    Instant between = later();
    later();
    use("both", "1.0");
    Instant now = Instant.now().plus(Duration.ofDays(10));

    CleanupPlan plan =
        run(
            lowtide()
                .clock(Clock.fixed(now, ZoneOffset.UTC))
                .olderThan(Duration.between(between, now)));

    assertThat(left()).containsExactly("both");
    assertThat(plan.items()).hasSize(1);
    assertThat(said()).containsExactly("cache clean old --cache-dir " + cache.root());
  }

  @Test
  void aTotalIsReachedAndAReserveIsKept() throws IOException {
    has("first", "1.0", 64);
    later();
    has("second", "1.0", 64);
    later();
    has("third", "1.0", 64);
    SpaceGoal goal = SpaceGoal.NONE.maxTotal(bytes(size() - 100 * 1024)); // more than one

    CleanupPlan reserved =
        lowtide().goal(goal.reserve("uv-cache", bytes(size() - 100 * 1024))).build().plan(target());
    CleanupPlan plan = run(lowtide().goal(goal));

    assertThat(left()).containsExactly("third");
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .containsExactly("third 1.0: the goal is met without it");
    assertThat(reserved.items()).hasSize(1);
    assertThat(reserved.items().get(0).candidate().reason())
        .contains("first")
        .doesNotContain("second");
  }

  @Test
  void whatUvNoLongerNeedsGoesBeforeAnyPackage() throws IOException {
    has("first", "1.0", 64);
    unpacked("nobodys", "1.0", 64);
    cache.file("simple-v16/pypi/x.rkyv", 64 * 1024);

    CleanupPlan plan = run(lowtide().maxSize(bytes(size() - 100 * 1024)));

    assertThat(left()).containsExactly("first");
    assertThat(said()).containsExactly("cache prune --cache-dir " + cache.root());
    assertThat(plan.items().get(0).candidate().reason()).contains("with archives of nobodys 1.0");
    assertThat(cache.has("simple-v16")).isFalse();
  }

  @Test
  void aPackageToWhichAnEnvironmentLinksStays() throws IOException {
    has("torch", "2.4.0", 1024).has("numpy", "2.1.0", 64);
    Path file = cache.path("archive-v0/" + id("torch", "2.4.0") + "/torch/data.bin");
    Files.createLink(directory.resolve("environment"), file);

    CleanupPlan plan = run(lowtide().maxSize(bytes(0)));

    assertThat(left()).contains("torch").doesNotContain("numpy");
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .containsExactly("torch 2.4.0: " + UvCache.LINKED_REASON);
  }

  @Test
  void aPackageThatIsYoungStays() throws IOException {
    has("torch", "2.4.0", 64);

    CleanupPlan plan = lowtide().clock(Clock.systemUTC()).maxSize(bytes(0)).build().plan(target());

    assertThat(plan.items()).flatExtracting(item -> item.candidate().requires()).hasSize(1);
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .startsWith("torch 2.4.0: it was stored or linked at ");
  }

  @Test
  void packagesStayWhereEnvironmentsMayLinkSymbolically() throws IOException {
    has("torch", "2.4.0", 64);

    CleanupPlan plan = run(lowtide(Map.of("UV_LINK_MODE", "symlink")).maxSize(bytes(0)));

    assertThat(left()).containsExactly("torch");
    assertThat(said()).containsExactly("cache prune --cache-dir " + cache.root());
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .singleElement()
        .asString()
        .startsWith("torch 2.4.0: UV_LINK_MODE is symlink");
  }

  @Test
  void aPackageThatWasBuiltFromAPathIsFoundByItsWheel() throws IOException {
    unpacked("my-app", "1.0", 64);
    String built = "sdists-v9/path/0a1b/2c3d";
    cache.file(built + "/metadata.msgpack", 10).file(built + "/src/my_app-9-py3-none-any/x.py");
    Files.createSymbolicLink(
        cache.path(built + "/my_app-1.0-py3-none-any"),
        Path.of("../../../../archive-v0/" + id("my-app", "1.0")));

    assertThat(lowtide().maxSize(bytes(0)).build().plan(target()).items())
        .extracting(PlanItem::candidate)
        .singleElement()
        .satisfies(
            candidate -> {
              assertThat(candidate.reason()).contains("my-app 1.0 (");
              assertThat(candidate.commands().get(0)).contains("clean", "my-app");
            });
  }
}
