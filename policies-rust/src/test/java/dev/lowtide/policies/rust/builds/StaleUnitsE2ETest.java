package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sweeps a target directory in which the units of forty days lie, with the real cargo. What was
 * current before must be fresh after.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StaleUnitsE2ETest {
  private static final String STALE = "rust.target-stale";
  private static final String AGE = "target-stale.mode=age";

  @TempDir static Path directory;

  private Path saved;
  private Path root;
  private CargoWorkspace workspace;
  private long currentBytes;

  @BeforeAll
  void build() throws IOException {
    root = directory.toRealPath().resolve("workspace");
    workspace = CargoWorkspace.create(root).assumeInstalled();
    workspace.with("RUSTFLAGS", "-C debuginfo=0").cargo("test --no-run");
    workspace.buildCurrent();
    workspace.setBaseVersion("0.1.1");
    workspace.buildCurrent();
    workspace.setBaseVersion("0.1.2");
    workspace.cargo("build -p app --features extra");
    workspace.cargo("build --profile ci");
    workspace.buildCurrent();
    workspace.age(Duration.ofDays(40));
    saved = Files.createDirectory(root.resolveSibling("saved"));
    workspace.copyTo(saved);

    Path alone = root.resolveSibling("alone");
    CargoWorkspace current = CargoWorkspace.create(alone);
    current.setBaseVersion("0.1.2");
    current.buildCurrent();
    currentBytes = targetBytes(alone);
  }

  @BeforeEach
  void restore() throws IOException {
    MoreFiles.deleteRecursively(root);
    Files.createDirectory(root);
    CargoWorkspace.at(saved).copyTo(root);
  }

  private static long targetBytes(Path root) throws IOException {
    return SizeProbe.best().measure(root.resolve("target")).allocatedBytes();
  }

  /** Applies a plan, and returns which part of what nothing uses any more has gone with it. */
  private double partOfStaleBytesRemovedBy(CleanupPlan plan) throws IOException {
    long before = targetBytes(root);
    CleanupReport report = workspace.lowtide(STALE).apply(plan);
    report.orThrow();
    assertThat(report.outcomes()).allMatch(outcome -> outcome.reason().isEmpty());
    return (double) (before - targetBytes(root)) / (before - currentBytes);
  }

  @Test
  void removesWhatNewerUnitsHaveReplaced() throws IOException {
    CleanupPlan plan = workspace.plan(STALE);

    assertThat(partOfStaleBytesRemovedBy(plan)).isGreaterThan(0.40);

    assertThat(workspace.plan(STALE).items()).isEmpty();
    workspace.assertThatCurrentIsFresh();
  }

  @Test
  void removesWhatUnitsThatAreUsedHaveReplaced() throws IOException {
    workspace.assertThatCurrentIsFresh(); // the last use

    CleanupPlan plan = workspace.plan(STALE);

    assertThat(partOfStaleBytesRemovedBy(plan)).isGreaterThan(0.60);
    workspace.assertThatCurrentIsFresh();
    assertThat(workspace.plan(STALE).items()).isEmpty();
  }

  @Test
  void removesWhatWasNotUsedForLong() throws IOException {
    workspace.assertThatCurrentIsFresh(); // the last use

    CleanupPlan plan = workspace.plan(STALE, AGE);

    assertThat(partOfStaleBytesRemovedBy(plan)).isGreaterThan(0.75);
    workspace.assertThatCurrentIsFresh();
  }

  @Test
  void removesWhatTheCommandsToKeepDoNotUse() throws IOException {
    Lowtide lowtide = workspace.lowtide(STALE);
    Instant since = lowtide.watch(List.of(workspace.target()));
    workspace.buildCurrent();

    CleanupPlan plan = lowtide.unusedSince(since).plan(workspace.target());

    assertThat(partOfStaleBytesRemovedBy(plan)).isGreaterThan(0.75);
    workspace.assertThatCurrentIsFresh();
  }

  @Test
  void removesWhatWasUsedADayAgoIfTheCommandsToKeepDoNotUseIt() throws IOException {
    workspace.cargo("build --profile ci");
    workspace.buildCurrent(); // relatime would not record what follows without being told to
    Lowtide lowtide = workspace.lowtide(STALE);
    Instant since = lowtide.watch(List.of(workspace.target()));
    workspace.buildCurrent();

    CleanupPlan plan = lowtide.unusedSince(since).plan(workspace.target());

    assertThat(plan.items()).anyMatch(item -> item.path().startsWith(root.resolve("target/ci")));
    lowtide.apply(plan).orThrow();
    workspace.assertThatCurrentIsFresh();
  }

  @Test
  void keepsTheUnitsOfAnEarlierVersionToWhichABuildHasGoneBack() throws IOException {
    workspace.setBaseVersion("0.1.1");
    workspace.cargo("build");
    workspace.age(Duration.ofDays(40)); // so that no reading is left as evidence

    workspace.lowtide(STALE).apply(workspace.plan(STALE)).orThrow();

    assertThat(workspace.cargo("build -v")).doesNotContainPattern(CargoWorkspace.DIRTY);
    assertThat(workspace.cargo("test --no-run -v")).doesNotContainPattern(CargoWorkspace.DIRTY);
  }

  @Test
  void holdsTheLocksOfAllProfiles() throws IOException {
    assertThat(workspace.plan(STALE).items())
        .isNotEmpty()
        .allSatisfy(
            item ->
                assertThat(item.candidate().locks())
                    .containsExactly(
                        root.resolve("target/ci/.cargo-lock"),
                        root.resolve("target/debug/.cargo-lock"),
                        root.resolve("target/release/.cargo-lock")));
  }

  @Test
  void removesNothingWhileCargoBuilds() throws IOException, InterruptedException {
    CleanupPlan plan = workspace.plan(STALE);
    workspace.write("dyl/build.rs", "fn main() { loop { std::thread::park(); } }");
    long before = targetBytes(root);
    Process building = workspace.start("build -p dyl");
    try {
      await(() -> targetBytes(root) > before, building);

      CleanupReport report = workspace.lowtide(STALE).apply(plan);

      assertThat(report.outcomes())
          .isNotEmpty()
          .allSatisfy(
              outcome -> {
                boolean first = outcome.item().candidate().after().isEmpty();
                assertThat(outcome.word()).isEqualTo("skipped");
                assertThat(outcome.reason())
                    .matches(
                        first
                            ? "lock: cargo .* holds the lock .*\\.cargo-lock"
                            : ".* must be removed first, .*");
                assertThat(outcome.item().path()).exists();
              });
    } finally {
      building.descendants().forEach(ProcessHandle::destroyForcibly);
      building.destroyForcibly().waitFor();
    }
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition, Process during)
      throws IOException, InterruptedException {
    while (!condition.holds()) {
      assertThat(during.waitFor(50, TimeUnit.MILLISECONDS)).as("ended early").isFalse();
    }
  }

  @Test
  void worksWhereNoReadingIsRecorded() throws IOException {
    ChildProcess.runWithMounts(
        "mount -t tmpfs -o noatime tmpfs \"$1\"; cp -a \"$2/.\" \"$1\"",
        WithoutAccessTimes.class,
        root,
        saved,
        currentBytes);
  }

  /** Runs where the workspace is a tmpfs mounted {@code noatime}, on which nobody else writes. */
  static final class WithoutAccessTimes {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0]);
      CargoWorkspace workspace = CargoWorkspace.at(root);
      long currentBytes = Long.parseLong(args[2]);
      workspace.age(Duration.ZERO); // the copy has the times of when it was read to be copied

      CleanupPlan byAge = workspace.plan(STALE, AGE);
      Lowtide lowtide = workspace.lowtide(STALE);
      Instant since = lowtide.watch(List.of(workspace.target()));
      workspace.assertThatCurrentIsFresh();
      CleanupPlan byUse = lowtide.unusedSince(since).plan(workspace.target());

      for (CleanupPlan plan : List.of(byAge, byUse)) {
        assertThat(plan.items()).isEmpty();
        assertThat(plan.refused())
            .extracting(Refusal::reason)
            .containsExactly("its file system does not record reads");
      }

      CleanupPlan whole = workspace.plan("rust.target-dir", "target-dir.older-than=0s");
      assertThat(whole.items()).isEmpty();
      assertThat(whole.refused())
          .extracting(Refusal::reason)
          .singleElement()
          .asString()
          .contains("so builds may still use it");

      FileStore store = Files.getFileStore(root);
      long before = targetBytes(root);
      CleanupPlan plan = workspace.plan(STALE);
      long freeBefore = store.getUnallocatedSpace();
      CleanupReport report = lowtide.apply(plan);
      report.orThrow();
      long freed = store.getUnallocatedSpace() - freeBefore;

      double part = (double) (before - targetBytes(root)) / (before - currentBytes);
      assertThat(part).isGreaterThan(0.40);
      assertThat((double) plan.reclaimableBytes()).isCloseTo(freed, withinPercentage(1));
      workspace.assertThatCurrentIsFresh();
    }
  }

  /** For the guide, which compares the two on this workspace. */
  @Test
  void theRuleOfCargoSweepKeepsWhatIsCurrentWhereReadingIsRecorded() throws IOException {
    workspace.assertThatCurrentIsFresh(); // the last use
    long before = targetBytes(root);

    long reported = CargoSweepRule.sweep(root.resolve("target"), Duration.ofDays(30));

    long freed = before - targetBytes(root);
    assertThat(reported).as("files with two names count twice").isGreaterThan(freed);
    assertThat((double) freed / (before - currentBytes)).isGreaterThan(0.5);
    workspace.assertThatCurrentIsFresh();
  }

  @Test
  void theRuleOfCargoSweepRemovesWhatIsCurrentWhereNoReadingIsRecorded() {
    ChildProcess.runWithMounts(
        "mount -t tmpfs -o noatime tmpfs \"$1\"; cp -a \"$2/.\" \"$1\"",
        CargoSweepWithoutAccessTimes.class,
        root,
        saved);
  }

  /** Runs where the workspace is a tmpfs mounted {@code noatime}. */
  static final class CargoSweepWithoutAccessTimes {
    public static void main(String[] args) throws IOException {
      CargoWorkspace workspace = CargoWorkspace.at(Path.of(args[0]));
      workspace.age(Duration.ZERO); // the copy has the times of when it was read to be copied
      workspace.assertThatCurrentIsFresh(); // the last use

      CargoSweepRule.sweep(workspace.root().resolve("target"), Duration.ofDays(30));

      assertThat(workspace.cargo("build -v")).contains("Compiling app").doesNotContain("Fresh");
    }
  }

  @Test
  void freesWhatThePlanSaysInATargetDirectoryFullOfHardLinks() throws IOException {
    ChildProcess.runWithMounts(
        "mount -t tmpfs -o relatime tmpfs \"$1\"; cp -a \"$2/.\" \"$1\"",
        WithHardLinks.class,
        root,
        saved);
  }

  /**
   * Runs where the workspace is a file system of its own, whose free blocks nobody else changes.
   * Cargo has linked programs and libraries to where people find them; here some of what goes gets
   * further names in what goes as well, in what stays, and outside of what is looked at.
   */
  static final class WithHardLinks {
    public static void main(String[] args) throws IOException {
      Path root = Path.of(args[0]);
      CargoWorkspace workspace = CargoWorkspace.at(root);
      workspace.age(Duration.ZERO); // the copy has the times of when it was read to be copied
      CleanupTarget target = CleanupTarget.of("target", root.resolve("target"));
      Lowtide lowtide = workspace.lowtide(STALE);
      Instant since = lowtide.watch(List.of(target));
      workspace.assertThatCurrentIsFresh();
      CleanupPlan before = lowtide.unusedSince(since).plan(target);
      List<Path> files = soleNamesOfLargeFilesIn(before);
      assertThat(files).hasSizeGreaterThan(30);

      Path outside = Files.createDirectory(root.resolve("outside"));
      long stays = 0;
      for (int i = 0; i < 30; i++) {
        Path file = files.get(i);
        Path place = List.of(root.resolve("target/debug/deps"), outside).get(i % 2);
        Files.createLink(place.resolve("name_" + i + "-0123456789abcdef.o"), file);
        stays += allocated(file);
      }
      assertThat(stays).as("more than the tolerance").isGreaterThan(before.reclaimableBytes() / 20);

      FileStore store = Files.getFileStore(root);
      CleanupPlan plan = lowtide.unusedSince(since).plan(target);
      long notTaken = takenForDirectories(plan);
      long freeBefore = store.getUnallocatedSpace();
      CleanupReport report = lowtide.apply(plan).orThrow();
      long freed = store.getUnallocatedSpace() - freeBefore;

      assertThat(plan.reclaimableBytes()).isEqualTo(before.reclaimableBytes() - stays);
      assertThat((double) plan.reclaimableBytes() - notTaken).isCloseTo(freed, withinPercentage(1));
      assertThat((double) report.freedBytes() - notTaken).isCloseTo(freed, withinPercentage(1));
      workspace.assertThatCurrentIsFresh();
    }

    private static List<Path> soleNamesOfLargeFilesIn(CleanupPlan plan) throws IOException {
      List<Path> files = new ArrayList<>();
      for (PlanItem item : plan.items()) {
        try (Stream<Path> below = Files.walk(item.path())) {
          below.filter(WithHardLinks::isLargeAndHasOneName).forEach(files::add);
        }
      }
      files.sort(Comparator.comparing(WithHardLinks::allocated).reversed());
      return files;
    }

    /** The portable layer counts 4 KiB for each directory; tmpfs takes none. */
    private static long takenForDirectories(CleanupPlan plan) throws IOException {
      long bytes = 0;
      for (PlanItem item : plan.items()) {
        DiskUsage usage = SizeProbe.best().measure(item.path());
        bytes += usage.allocatedExact() ? 0 : usage.directories() * 4096;
      }
      return bytes;
    }

    private static boolean isLargeAndHasOneName(Path path) {
      return Files.isRegularFile(path) && attribute(path, "nlink") == 1 && allocated(path) > 8192;
    }

    /** On tmpfs, whole pages. */
    private static long allocated(Path file) {
      return (attribute(file, "size") + 4095) / 4096 * 4096;
    }

    private static long attribute(Path file, String name) {
      try {
        return ((Number) Files.getAttribute(file, "unix:" + name)).longValue();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void sweepsTheLaterLayoutToo() throws IOException {
    CargoWorkspace later =
        CargoWorkspace.create(root.resolveSibling("later")).withLaterLayout().assumeInstalled();
    later.buildCurrent();
    later.with("RUSTFLAGS", "-C debuginfo=0").cargo("build");
    later.setBaseVersion("0.1.1");
    later.buildCurrent();
    later.age(Duration.ofDays(40));

    CleanupPlan superseded = later.plan(STALE);
    later.lowtide(STALE).apply(superseded).orThrow();

    assertThat(superseded.items())
        .extracting(item -> later.root().relativize(item.path()).toString())
        .anyMatch(path -> path.matches("target/debug/build/app/[0-9a-f]{16}/out"))
        .anyMatch(path -> path.matches("target/debug/build/base/[0-9a-f]{16}/run"));
    assertThat(superseded.items().get(0).candidate().locks())
        .contains(
            later.root().resolve("target/debug/.cargo-build-lock"),
            later.root().resolve("target/debug/.cargo-artifact-lock"));
    later.assertThatCurrentIsFresh();
    Instant since = later.lowtide(STALE).watch(List.of(later.target()));
    later.buildCurrent();
    CleanupPlan unused = later.lowtide(STALE).unusedSince(since).plan(later.target());
    later.lowtide(STALE).apply(unused).orThrow();

    assertThat(unused.items()).isNotEmpty();
    later.assertThatCurrentIsFresh();
  }

  @Test
  void sweepsABuildDirectoryApartAndPlatforms() throws IOException {
    CargoWorkspace apart =
        CargoWorkspace.create(root.resolveSibling("apart"))
            .with("CARGO_BUILD_BUILD_DIR", "intermediate");
    String platform = "build --target " + host(apart);
    apart.cargo(platform);
    apart.setBaseVersion("0.1.1");
    apart.cargo(platform);
    apart.cargo("build");
    apart.age(Duration.ofDays(40));
    assumeTrue(
        Files.exists(apart.root().resolve("intermediate")), "skipped: this cargo has no build-dir");

    CleanupPlan plan = apart.plan(STALE);
    apart.lowtide(STALE).apply(plan).orThrow();

    assertThat(plan.items())
        .anyMatch(item -> item.path().toString().contains("/intermediate/" + host(apart)));
    for (String command : List.of(platform, "build")) {
      assertThat(apart.cargo(command + " -v")).doesNotContainPattern(CargoWorkspace.DIRTY);
    }
  }

  private static String host(CargoWorkspace workspace) {
    return workspace
        .cargo("version --verbose")
        .lines()
        .filter(line -> line.startsWith("host: "))
        .findFirst()
        .orElseThrow()
        .substring("host: ".length());
  }

  private enum Layout {
    UP_TO_1_99,
    LATER
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingBrokenWhereverItEnds(Layout layout) throws IOException {
    CargoWorkspace whole =
        CargoWorkspace.create(root.resolveSibling("whole-" + layout))
            .with("CARGO_PROFILE_DEV_DEBUG", "0"); // it is built anew at each step
    if (layout == Layout.LATER) {
      whole = whole.withLaterLayout().assumeInstalled();
    }
    whole.cargo("build -p app");
    whole.cargo("build -p app --features extra");
    Lowtide lowtide = whole.lowtide(STALE);
    Instant since = lowtide.watch(List.of(whole.target()));
    whole.cargo("build -p app");
    CleanupPlan plan = lowtide.unusedSince(since).plan(whole.target());
    assertThat(plan.items()).hasSizeGreaterThan(8);

    for (PlanItem item : plan.items()) {
      Path next = item.path();
      MoreFiles.deleteRecursively(next, RecursiveDeleteOption.ALLOW_INSECURE);
      // What was half removed is built anew in a copy, so that the next step finds it as it is
      CargoWorkspace state = whole.copyTo(fresh(root.resolveSibling("state-" + layout)));
      state.cargo("build -p app --features extra");
      assertThat(state.cargo("build -p app -v")).doesNotContainPattern(CargoWorkspace.DIRTY);
    }
  }

  private static Path fresh(Path directory) throws IOException {
    if (Files.exists(directory)) {
      MoreFiles.deleteRecursively(directory);
    }
    return Files.createDirectory(directory);
  }
}
