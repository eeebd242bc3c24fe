package dev.lowtide.policies.rust.builds;

import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.rust.builds.TargetTree.Made;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What other units of a target directory replace, where access times are known and where not. */
class ReplacedUnitsTest {
  private static final String STALE = "rust.target-stale";
  private static final String DEBUG = "target/debug";
  private static final String REGISTRY = "/home/me/.cargo/registry/src/index-0123456789abcdef/";

  private final Made oldBase = Made.of("base", 1, daysAgo(40));
  private final Made newBase = Made.of("base", 2, daysAgo(20)).readAt(daysAgo(1));
  private final Made oldApp = Made.of("app", 1, daysAgo(40), oldBase);
  private final Made newApp = Made.of("app", 2, daysAgo(20), newBase).readAt(daysAgo(1));

  private final TargetTree project =
      new TargetTree().file("Cargo.toml", daysAgo(50)).target("target", "debug");

  private static String record(Made unit) {
    return DEBUG + "/.fingerprint/" + unit.packageName() + "-" + unit.hash();
  }

  private static String library(Made unit) {
    return DEBUG + "/deps/lib" + unit.packageName() + "-" + unit.hash();
  }

  private TargetTree withUnits(Made... units) {
    for (Made unit : units) {
      project.unit(DEBUG, unit);
    }
    return project;
  }

  @Test
  void whatWasBuiltWithOtherFeaturesAndIsNotUsedGoesWithWhatItWasMadeFrom() {
    withUnits(oldBase, newBase, oldApp.withFeatures(1), newApp);

    assertThat(project.plan(STALE).proposed())
        .contains(record(oldApp), record(oldBase), library(oldBase) + ".rlib")
        .doesNotContain(record(newApp), record(newBase));
  }

  @Test
  void whatAnotherCompilerMadeAndIsNotUsedGoes() {
    withUnits(oldBase, newBase, oldApp.by("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)"), newApp);

    assertThat(project.plan(STALE).proposed()).contains(record(oldApp));
  }

  @Test
  void whatWasUsedWithinTheTimeAndADayStays() {
    withUnits(oldBase, newBase, oldApp.readAt(daysAgo(7)), newApp);

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void whatNothingReplacesStaysHoweverLongItWasNotUsed() {
    Made tool = Made.of("tool", 1, daysAgo(40), oldBase);
    withUnits(oldBase, newBase, tool, newApp);

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void whatWasOnlyCheckedDoesNotReplaceWhatWasCompiled() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp);
    Files.delete(project.tree().path(library(newApp) + ".rlib"));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void asManyStayAsAreWanted() {
    withUnits(oldBase, newBase, oldApp.withFeatures(1), newApp);

    assertThat(project.plan(STALE, "target-stale.newest=2").proposed()).isEmpty();
  }

  /** The builds of all workspaces are in the access times. */
  @Test
  void inADirectoryOfSeveralWorkspacesTooWhatIsNotUsedGoes() {
    withUnits(oldBase, newBase, oldApp, newApp).variable("CARGO_TARGET_DIR", "/tree/target");

    assertThat(project.plan(STALE).proposed()).contains(record(oldApp));
  }

  /** Where nothing was read, and the new version of base has other features than the old one. */
  private TargetTree updatedWithoutAccessTimes(String lock) {
    Made base = Made.of("base", 2, daysAgo(20)).withFeatures(1);
    withUnits(oldBase, base, oldApp, Made.of("app", 2, daysAgo(20), base));
    project.tree().file("Cargo.lock", lock);
    project.tree().file(library(oldBase) + ".d", "a: " + REGISTRY + "base-1.0.0/src/lib.rs\n");
    project.tree().file(library(base) + ".d", "a: " + REGISTRY + "base-1.0.1/src/lib.rs\n");
    return project;
  }

  private static String locked(String version) {
    return lockedFromElsewhere(version) + "source = \"registry+https://example.org/index\"\n";
  }

  private static String lockedFromElsewhere(String version) {
    return "version = 4\n\n[[package]]\nname = \"base\"\nversion = \"" + version + "\"\n";
  }

  @Test
  void whatWasMadeFromAVersionThatTheLockFileHasReplacedGoes() {
    assertThat(updatedWithoutAccessTimes(locked("1.0.1")).plan(STALE).proposed())
        .contains(record(oldApp), record(oldBase))
        .doesNotContain(record(newApp), record(newBase));
  }

  @Test
  void whatWasMadeFromTheLockedVersionStaysThoughItIsOlder() {
    assertThat(updatedWithoutAccessTimes(locked("1.0.0")).plan(STALE).proposed())
        .contains(record(newApp))
        .doesNotContain(record(oldApp), record(oldBase));
  }

  @Test
  void beforeTheLockedVersionIsBuiltNothingIsReplaced() {
    assertThat(updatedWithoutAccessTimes(locked("1.0.2")).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void aLockFileThatDoesNotNameThePackageReplacesNothing() {
    assertThat(updatedWithoutAccessTimes("version = 4\n").plan(STALE).proposed()).isEmpty();
  }

  /** Its directory may have any name. */
  @Test
  void aLockedPackageThatIsNotFromARegistryReplacesNothing() {
    assertThat(updatedWithoutAccessTimes(lockedFromElsewhere("1.0.1")).plan(STALE).proposed())
        .isEmpty();
  }

  /** It has a lock file of its own. */
  @Test
  void whereTheStandardLibraryIsBuiltTheLockFileProvesNothing() {
    updatedWithoutAccessTimes(locked("1.0.1")).unit(DEBUG, Made.of("core", 1, daysAgo(20)));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }
}
