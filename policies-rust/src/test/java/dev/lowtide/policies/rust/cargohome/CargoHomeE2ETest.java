package dev.lowtide.policies.rust.cargohome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policies.rust.RustPolicies;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.LockHolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A home that the real cargo has filled, and needs afterwards. */
class CargoHomeE2ETest {
  @TempDir Path directory;
  private CargoFixture cargo;

  @BeforeEach
  void fillTheHome() throws IOException {
    cargo = new CargoFixture(directory.toRealPath());
    assertThat(cargo.build()).contains("Compiling dep", "Compiling cloned");
  }

  private LowtideBuilder lowtide() {
    return Lowtide.builder()
        .providers(List.of(new RustPolicies()))
        .host(HostEnvironment.current())
        .gracePeriod(Duration.ZERO);
  }

  private CleanupPlan plan(Lowtide lowtide) throws IOException {
    return lowtide.plan(CleanupTarget.cache("cargo-home", cargo.home().root()));
  }

  private List<String> names(CleanupPlan plan) {
    return plan.items().stream()
        .map(item -> cargo.home().root().relativize(item.path()).toString())
        .map(path -> path.replaceAll("-[0-9a-f]{16}|[0-9a-f]{7}$", "*"))
        .toList();
  }

  @Test
  void afterCleaningABuildWithoutNetworkIsFreshAndANewOneUnpacksAgain() throws IOException {
    CleanupPlan plan = plan(lowtide().build());
    assertThat(names(plan)).containsExactly("git/checkouts/clone*/*", "registry/src/*/dep-1.0.0");

    CleanupReport report = lowtide().build().apply(plan).orThrow();

    assertThat(report.skipped()).isEmpty();
    assertThat(report.freedBytes()).isEqualTo(plan.reclaimableBytes()).isPositive();
    assertThat(cargo.build("--offline")).contains("Fresh dep", "Fresh cloned", "Fresh app");
    cargo.removeTargetDirectory();
    assertThat(cargo.build("--offline")).contains("Compiling dep", "Compiling cloned");
  }

  @ParameterizedTest
  @ValueSource(strings = {".package-cache", ".package-cache-mutate"})
  void nothingIsRemovedWhileAnotherProcessHoldsALockOfCargo(String name) throws IOException {
    CleanupPlan plan = plan(lowtide().build());
    Path lock = cargo.home().path(name);

    try (Running other = LockHolder.FLOCK.hold(lock)) {
      assertThat(lowtide().build().apply(plan).skipped())
          .hasSameSizeAs(plan.items())
          .allMatch(
              outcome ->
                  outcome.reason().endsWith("(pid " + other.pid() + ") holds the lock " + lock));
    }
    CleanupReport later = lowtide().build().apply(plan).orThrow();

    assertThat(later.skipped()).isEmpty();
  }

  @Test
  void whatCargoUsedWithinTheTimeStaysAndLaterGoes() throws IOException {
    assertThat(plan(lowtide().olderThan(Duration.ofDays(30)).build()).items()).isEmpty();
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(31));

    CleanupPlan plan = plan(lowtide().clock(later).olderThan(Duration.ofDays(30)).build());

    assertThat(names(plan)).containsExactly("git/checkouts/clone*/*", "registry/src/*/dep-1.0.0");
    assertThat(plan.items().get(0).candidate().reason()).contains("last used 31");
  }

  @Test
  void allThatCargoTracksIsFoundInItsDatabase() throws IOException {
    CargoUse use =
        CargoUse.read(SizeProbe.best().capture(cargo.home().root()).root()).orElseThrow();

    assertThat(use.times().keySet())
        .extracting(path -> path.replaceAll("-[0-9a-f]{16}|[0-9a-f]{7}$", "*"))
        .containsExactlyInAnyOrder(
            "registry/index/*",
            "registry/cache/*/dep-1.0.0.crate",
            "registry/src/*/dep-1.0.0",
            "git/db/clone*",
            "git/checkouts/clone*/*");
    assertThat(use.times().keySet()).allMatch(cargo.home()::has);
  }

  private void inCrate(String script) {
    ChildProcess.run(cargo.home().root(), "sh", "-ec", "cd registry/src/*/dep-1.0.0; " + script);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "printf X | dd of=src/lib.rs conv=notrunc; touch -r Cargo.toml src/lib.rs",
        "printf X | dd of=src/lib.rs conv=notrunc; touch -r Cargo.toml src/lib.rs; chmod 600"
            + " .cargo-ok",
        "printf X > new; cat src/lib.rs >> new; touch -r src new; mv new src/lib.rs",
        "cp -p src/lib.rs src/mine.rs",
        "cp -p src/lib.rs notes.txt",
        "mkdir mine; touch -r src mine",
        "ln -s src link; touch -h -r src link",
        "mv src/lib.rs src/.keep; ln -s .keep src/lib.rs; touch -h -r src src/lib.rs",
        "head -c 1000 /dev/zero > .cargo-ok",
        "cd ../../../cache/*; truncate -s 100 dep-1.0.0.crate",
        "cd ../../../cache/*; printf X > dep-1.0.0.crate",
      })
  void whatIsNotInTheArchiveKeepsTheSources(String plant) throws IOException {
    inCrate(plant);

    CleanupPlan plan = plan(lowtide().build());

    assertThat(names(plan)).doesNotContain("registry/src/*/dep-1.0.0");
    assertThat(plan.refused()).anyMatch(refusal -> refusal.path().endsWith("dep-1.0.0"));
  }

  private void inCheckout(String script) {
    String git = "git() { command git -c user.name=t -c user.email=t@example.invalid \"$@\"; }; ";
    ChildProcess.run(cargo.home().root(), "sh", "-ec", git + "cd git/checkouts/*/*; " + script);
  }

  /** As somebody whose tools put times back. */
  private static final String WITH_OLD_TIMES =
      "; for f in $(find . -newer .cargo-ok); do touch -h -r .cargo-ok $f; done";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "touch -r Cargo.toml time; printf X | dd of=src/lib.rs conv=notrunc; touch -r time"
            + " src/lib.rs; rm time",
        "cp -p src/lib.rs notes.txt",
        "cp -p src/lib.rs src/results.csv",
        "mkdir target; cp -p src/lib.rs target/out.txt",
        "mv src/lib.rs src/lib.rs.old",
        "mkdir mine",
        "ln -s src latest",
        "git init -q experiment",
        "rm src/lib.rs; ln -s ../Cargo.toml src/lib.rs",
        "echo mine > src/lib.rs; git commit -qam mine",
        "echo mine > src/lib.rs; git commit -qam mine; git branch b; git reset -q --hard HEAD~1",
        "echo mine > src/lib.rs; git stash -q",
        "echo mine > notes.txt; git add notes.txt; rm notes.txt; git reset -q",
        "cp -p Cargo.toml .git/notes.txt",
        "cp -p Cargo.toml .git/hooks/pre-commit",
        "head -c 1000 /dev/zero > .cargo-ok",
        "rm .git/index",
        "head -c 40 .git/index > i; mv i .git/index",
      })
  void whatIsNotInTheIndexAndTheCloneKeepsTheCheckout(String plant) throws IOException {
    inCheckout(plant + WITH_OLD_TIMES);

    CleanupPlan plan = plan(lowtide().build());

    assertThat(names(plan)).doesNotContain("git/checkouts/clone*/*");
    assertThat(plan.refused())
        .anyMatch(refusal -> refusal.path().toString().contains("/git/checkouts/"));
  }

  @Test
  void aCheckoutThatWasCopiedGoesByItsContent() throws IOException {
    inCheckout("cp -a . ../copy; d=$(pwd); cd ..; rm -r $d; mv copy $d");

    assertThat(names(plan(lowtide().build()))).contains("git/checkouts/clone*/*");
  }

  /** As a cache of a build machine is: all of it changed when it was restored. */
  @Test
  void whatWasCopiedGoesByItsContent() throws IOException {
    inCrate("cp -a . ../copy; cd ..; rm -r dep-1.0.0; mv copy dep-1.0.0");

    assertThat(names(plan(lowtide().build()))).contains("registry/src/*/dep-1.0.0");
  }
}
