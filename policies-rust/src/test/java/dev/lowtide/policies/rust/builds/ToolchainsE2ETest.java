package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Cause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sweeps what the real cargo has built with two real toolchains, of which one is then taken out of
 * a home of rustup that is this test's own and only links to the toolchains.
 */
class ToolchainsE2ETest {
  private static final String STALE = "rust.target-stale";
  private static final List<String> BUILDS = List.of("build -p app", "check -p app");

  /** Of the first of them: app, base, mac, the build script of base, and its run. */
  private static final int UNITS = 5;

  @TempDir Path temp;
  private Path toolchains;
  private CargoWorkspace staying;
  private CargoWorkspace leaving;

  @BeforeEach
  void build() throws IOException {
    Path root = temp.toRealPath();
    toolchains = Files.createDirectories(root.resolve("rustup/toolchains"));
    link("staying", "stable");
    link("leaving", "nightly");
    CargoWorkspace workspace =
        CargoWorkspace.create(root.resolve("workspace"))
            .with("RUSTUP_HOME", toolchains.getParent().toString());
    staying = workspace.withCargo("+staying");
    leaving = workspace.withCargo("+leaving");
    leaving.cargo(BUILDS.get(0));
    BUILDS.forEach(staying::cargo);
    workspace.age(Duration.ofDays(40));
  }

  private void link(String name, String toolchain) throws IOException {
    Optional<String> sysroot = answer("rustup", "run", toolchain, "rustc", "--print", "sysroot");
    assumeTrue(sysroot.isPresent(), "skipped: rustup has no toolchain '" + toolchain + "'");
    Files.createSymbolicLink(toolchains.resolve(name), Path.of(sysroot.get()));
  }

  private static Optional<String> answer(String... argv) {
    HostEnvironment host = HostEnvironment.current();
    return CommandRunner.tools(host, Set.of("rustup"))
        .ask(host.home(), List.of(argv))
        .map(String::strip);
  }

  @Test
  void nothingGoesOfToolchainsThatAreInstalled() throws IOException {
    assertThat(staying.plan(STALE).items()).isEmpty();
  }

  @Test
  void whatAToolchainHasBuiltGoesOnceItIsUninstalled() throws IOException {
    long before = records();
    Files.delete(toolchains.resolve("leaving"));

    CleanupPlan plan = staying.plan(STALE);
    staying.lowtide(STALE).apply(plan).orThrow();

    String version = answer("rustup", "run", "nightly", "rustc", "-V").orElseThrow();
    assertThat(plan.items())
        .filteredOn(item -> !item.path().startsWith(incremental()))
        .extracting(PlanItem::candidate)
        .isNotEmpty()
        .allSatisfy(
            candidate -> {
              assertThat(candidate.cause()).isEqualTo(Cause.ORPHANED);
              assertThat(candidate.reason())
                  .startsWith(version)
                  .endsWith("is not installed any more");
            });
    assertThat(before - records()).as("units of a build").isEqualTo(UNITS);
    assertThat(plan.items()).anyMatch(item -> item.path().startsWith(incremental()));
    for (String command : BUILDS) {
      assertThat(staying.cargo(command + " -v")).doesNotContainPattern(CargoWorkspace.DIRTY);
    }
  }

  @Test
  void nothingIsToldOfToolchainsWhereTheOneThatBuiltLastIsNotSeen() throws IOException {
    Files.delete(toolchains.resolve("staying"));

    assertThat(leaving.plan(STALE).items()).isEmpty();
  }

  private Path incremental() {
    return staying.root().resolve("target/debug/incremental");
  }

  private long records() throws IOException {
    try (Stream<Path> records = Files.list(staying.root().resolve("target/debug/.fingerprint"))) {
      return records.count();
    }
  }
}
