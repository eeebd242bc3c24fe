package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Weeks of {@code cargo update}, other features, flags and profiles, with the real cargo and crates
 * of a registry, and with an update of the compiler in the middle; then one sweep. What is built
 * every day stays fresh, wherever the target directory is.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WeeksOfUpdatesE2ETest {
  private static final String STALE = "rust.target-stale";
  private static final List<String> CURRENT = List.of("build", "test --no-run", "check");
  private static final String CONFIGURATION =
      "[source.crates-io]\nreplace-with = \"local\"\n[source.local]\ndirectory = \"%s\"\n";

  private static final int WEEKS = Boolean.getBoolean("lowtide.thorough") ? 24 : 6;

  /** Where the target directory is, and what cargo wrote into it. */
  private enum Place {
    TAGGED,
    UNTAGGED,
    BEHIND_A_LINK,
    NAMED_BY_A_VARIABLE,
    SHARED_BY_TWO_WORKSPACES
  }

  /** The toolchain that builds; what it is changes, as with {@code rustup update}. */
  private static final String DAILY = "daily";

  @TempDir static Path directory;

  private Path toolchains;
  private Path saved;
  private CargoWorkspace workspace;

  @BeforeAll
  void build() throws IOException {
    ChildProcess.assumeTool("cargo");
    Path root = Files.createDirectory(directory.toRealPath().resolve("work"));
    toolchains = root.resolveSibling("rustup/toolchains");
    Optional<Path> former = sysroot("nightly");
    Optional<Path> present = sysroot("stable");
    boolean isUpdated = former.isPresent() && present.isPresent();
    if (isUpdated) {
      install(former.get());
    }
    workspace = at(root, toolchains);
    workspace.write(".cargo/config.toml", CONFIGURATION.formatted("crates"));
    workspace.write(
        "Cargo.toml",
        """
        [package]
        name = "app"
        version = "0.1.0"
        edition = "2021"
        [features]
        extra = ["mid/extra"]
        [dependencies]
        mid = "1"
        [profile.ci]
        inherits = "dev"
        opt-level = 1
        """);
    workspace.write("src/main.rs", "fn main() { println!(\"{}\", mid::two()); }\n");
    workspace.write("tests/adds.rs", "#[test] fn adds() { assert_eq!(mid::two(), 2); }\n");
    for (int week = 0; week < WEEKS; week++) {
      if (week == WEEKS / 2 && isUpdated) {
        install(present.get());
      }
      publish(week);
      workspace.cargo("update");
      CURRENT.forEach(workspace::cargo);
      switch (week % 4) {
        case 0 -> workspace.cargo("build --features extra");
        case 1 -> workspace.cargo("build --profile ci");
        case 2 -> workspace.with("RUSTFLAGS", "-C overflow-checks=off").cargo("build");
        default -> workspace.with("CARGO_PROFILE_DEV_OPT_LEVEL", "1").cargo("build");
      }
      CURRENT.forEach(workspace::cargo); // so what people run is what is linked
      workspace.age(Duration.ofDays(7));
    }
    workspace.age(Duration.ofDays(7));
    saved = Files.createDirectory(root.resolveSibling("saved"));
    workspace.copyTo(saved);
  }

  /**
   * @param toolchains of a home of rustup that is this test's own and only links to toolchains; if
   *     it does not exist, the installed cargo builds
   */
  private static CargoWorkspace at(Path root, Path toolchains) {
    CargoWorkspace workspace = CargoWorkspace.at(root).with("CARGO_PROFILE_DEV_DEBUG", "0");
    return Files.exists(toolchains)
        ? workspace.with("RUSTUP_HOME", toolchains.getParent().toString()).withCargo("+" + DAILY)
        : workspace;
  }

  private static Optional<Path> sysroot(String toolchain) {
    HostEnvironment host = HostEnvironment.current();
    return CommandRunner.tools(host, Set.of("rustup"))
        .ask(host.home(), List.of("rustup", "run", toolchain, "rustc", "--print", "sysroot"))
        .map(answer -> Path.of(answer.strip()));
  }

  /** Makes a toolchain of this machine the one that builds, in the place of another one. */
  private void install(Path toolchain) throws IOException {
    Files.createDirectories(toolchains);
    Path daily = toolchains.resolve(DAILY);
    Files.deleteIfExists(daily);
    Files.createSymbolicLink(daily, toolchain);
  }

  /** A crate with a build script, and one that depends on it, of which features change too. */
  private void publish(int week) throws IOException {
    String version = "1.0." + week;
    String manifest =
        """
        [package]
        name = "%s"
        version = "%s"
        edition = "2021"
        [features]
        extra = [%s]
        %s
        """;
    String low = "crates/low-" + version + "/";
    workspace.write(
        low + "Cargo.toml",
        manifest.formatted("low", version, "", week % 2 == 0 ? "default = [\"extra\"]" : ""));
    workspace.write(
        low + "build.rs", "fn main() { println!(\"cargo:rerun-if-changed=build.rs\"); }\n");
    workspace.write(low + "src/lib.rs", "pub fn one() -> u32 { 1 }\n");
    workspace.write(low + ".cargo-checksum.json", "{\"files\":{}}");
    String mid = "crates/mid-" + version + "/";
    workspace.write(
        mid + "Cargo.toml",
        manifest.formatted("mid", version, "\"low/extra\"", "[dependencies]\nlow = \"1\""));
    workspace.write(mid + "src/lib.rs", "pub fn two() -> u32 { 2 * low::one() }\n");
    workspace.write(mid + ".cargo-checksum.json", "{\"files\":{}}");
  }

  @BeforeEach
  void restore() throws IOException {
    MoreFiles.deleteRecursively(workspace.root(), RecursiveDeleteOption.ALLOW_INSECURE);
    Files.createDirectory(workspace.root());
    at(saved, toolchains).copyTo(workspace.root());
  }

  private static void assertThatCurrentIsFresh(CargoWorkspace building) {
    for (String command : CURRENT) {
      assertThat(building.cargo(command + " -v"))
          .as(command)
          .contains("Fresh app", "Fresh mid", "Fresh low")
          .doesNotContainPattern(CargoWorkspace.DIRTY);
    }
  }

  private static long bytes(Path target) throws IOException {
    return SizeProbe.best().measure(target).allocatedBytes();
  }

  @ParameterizedTest
  @EnumSource
  void freesAtLeastFourFifthsOfWhatTheRuleOfCargoSweepFrees(Place place) throws IOException {
    Path root = workspace.root();
    Path target = root.resolve("target");
    List<CargoWorkspace> building = new ArrayList<>(List.of(workspace));
    List<CleanupTarget> roots = new ArrayList<>(List.of(workspace.target()));
    if (place == Place.UNTAGGED) {
      Files.delete(target.resolve("CACHEDIR.TAG"));
    } else if (place != Place.TAGGED) {
      Path outside = root.resolveSibling(place.name());
      Files.move(target, outside);
      target = outside;
      roots.add(CleanupTarget.of("outside", outside));
      if (place == Place.BEHIND_A_LINK) {
        Files.createSymbolicLink(root.resolve("target"), outside);
      } else {
        building.set(0, workspace.with("CARGO_TARGET_DIR", outside.toString()));
      }
    }
    if (place == Place.SHARED_BY_TWO_WORKSPACES) {
      Path other = Files.createDirectory(root.resolveSibling("other"));
      CargoWorkspace second = at(saved, toolchains).copyTo(other);
      second.write(".cargo/config.toml", CONFIGURATION.formatted(root.resolve("crates")));
      MoreFiles.deleteRecursively(other.resolve("target"), RecursiveDeleteOption.ALLOW_INSECURE);
      building.add(second.with("CARGO_TARGET_DIR", target.toString()));
      CURRENT.forEach(building.get(1)::cargo);
      roots.add(CleanupTarget.of("other", other));
    }
    building.forEach(WeeksOfUpdatesE2ETest::assertThatCurrentIsFresh); // the last use
    long ofCargoSweep = freedByTheRuleOfCargoSweep(target);

    long before = bytes(target);
    Lowtide lowtide = building.get(0).lowtide(STALE);
    CleanupPlan plan = lowtide.plan(roots);
    assertThat(plan.refused()).noneMatch(each -> each.guard().equals("unexplained"));
    lowtide.apply(plan).orThrow();
    long freed = before - bytes(target);

    assertThat((double) freed / ofCargoSweep).isGreaterThan(0.8);
    building.forEach(WeeksOfUpdatesE2ETest::assertThatCurrentIsFresh);
  }

  /** Applies the rule to a tree of further links, so that nothing here is read or removed. */
  private long freedByTheRuleOfCargoSweep(Path target) throws IOException {
    Path links = target.resolveSibling("links");
    ChildProcess.run(target, "cp", "-al", target.toString(), links.toString());
    long before = bytes(links);
    CargoSweepRule.sweep(links, Duration.ofDays(8));
    long freed = before - bytes(links);
    MoreFiles.deleteRecursively(links, RecursiveDeleteOption.ALLOW_INSECURE);
    assertThat(freed).isPositive();
    return freed;
  }

  @Test
  void alsoWhereNoReadingIsRecorded() throws IOException {
    ChildProcess.runWithMounts(
        "mount -t tmpfs -o noatime tmpfs \"$1\"; cp -a \"$2/.\" \"$1\"",
        WithoutAccessTimes.class,
        workspace.root(),
        saved,
        toolchains);
  }

  /** Runs where the workspace is a tmpfs mounted {@code noatime}. */
  static final class WithoutAccessTimes {
    public static void main(String[] args) throws IOException {
      CargoWorkspace workspace = at(Path.of(args[0]), Path.of(args[2]));
      TestTree.in(workspace.root()).age(Duration.ZERO); // read last when it was written
      CleanupPlan plan = workspace.plan(STALE);
      workspace.lowtide(STALE).apply(plan).orThrow();

      assertThatCurrentIsFresh(workspace);
      Path clean = workspace.root().resolve("clean");
      CURRENT.forEach(workspace.with("CARGO_TARGET_DIR", clean.toString())::cargo);
      for (String packageName : List.of("low", "mid")) {
        assertThat(records(workspace.root().resolve("target/debug"), packageName))
            .as("units of %s", packageName)
            .isEqualTo(records(clean.resolve("debug"), packageName));
      }
    }

    private static long records(Path profile, String packageName) throws IOException {
      try (var records = Files.list(profile.resolve(".fingerprint"))) {
        return records
            .filter(record -> record.getFileName().toString().startsWith(packageName + "-"))
            .count();
      }
    }
  }
}
