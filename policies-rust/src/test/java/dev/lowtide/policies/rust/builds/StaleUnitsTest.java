package dev.lowtide.policies.rust.builds;

import static dev.lowtide.policies.rust.builds.TargetTree.STABLE;
import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policies.rust.builds.TargetTree.Made;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the units of a target directory may go, and what may not. */
class StaleUnitsTest {
  private static final String STALE = "rust.target-stale";
  private static final String AGE = "target-stale.mode=age";
  private static final String DEBUG = "target/debug";

  private final Made oldBase = Made.of("base", 1, daysAgo(40));
  private final Made newBase = Made.of("base", 2, daysAgo(20));
  private final Made oldApp = Made.of("app", 1, daysAgo(40), oldBase);
  private final Made newApp = Made.of("app", 2, daysAgo(20), newBase);

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
  void whatANewerUnitHasReplacedGoesWithWhatItWasMadeFrom() {
    Planned planned = withUnits(oldBase, newBase, oldApp, newApp).plan(STALE);

    assertThat(planned.proposed())
        .containsExactlyInAnyOrder(
            record(oldApp),
            record(oldBase),
            library(oldApp) + ".rlib",
            library(oldApp) + ".rmeta",
            library(oldBase) + ".rlib",
            library(oldBase) + ".rmeta");
    assertThat(planned.refused()).isEmpty();
  }

  @Test
  void aRecordGoesBeforeItsFiles() {
    Planned planned = withUnits(oldBase, newBase, oldApp, newApp).plan(STALE);

    assertThat(planned.plan().items())
        .filteredOn(item -> item.path().endsWith(library(oldApp) + ".rlib"))
        .singleElement()
        .satisfies(
            item ->
                assertThat(item.candidate().after())
                    .containsExactly(project.tree().path(record(oldApp))));
  }

  @Test
  void everythingGoesUnderTheLocksOfAllProfiles() {
    project.target("target", "release", "x86_64-unknown-linux-gnu/debug");

    Planned planned = withUnits(oldBase, newBase, oldApp, newApp).plan(STALE);

    assertThat(planned.plan().items())
        .isNotEmpty()
        .allSatisfy(
            item ->
                assertThat(item.candidate().locks())
                    .containsExactly(
                        project.tree().path("target/debug/.cargo-lock"),
                        project.tree().path("target/release/.cargo-lock"),
                        project.tree().path("target/x86_64-unknown-linux-gnu/debug/.cargo-lock")));
  }

  @Test
  void whatSomethingThatStaysWasMadeFromStays() {
    Made other = Made.of("other", 1, daysAgo(30), oldBase);

    Planned planned = withUnits(oldBase, newBase, oldApp, newApp, other).plan(STALE);

    assertThat(planned.proposed())
        .contains(record(oldApp))
        .doesNotContain(record(oldBase), library(oldBase) + ".rlib");
  }

  @Test
  void aUnitOfOtherFeaturesReplacesNothing() {
    Planned planned = withUnits(oldBase, newBase, oldApp.withFeatures(1), newApp).plan(STALE);

    assertThat(planned.proposed()).isEmpty();
  }

  @Test
  void whatWasReplacedAFewDaysAgoStays() {
    Made recent = Made.of("app", 3, daysAgo(5), newBase);
    Made older = Made.of("app", 4, daysAgo(6), oldBase);

    Planned planned = withUnits(oldBase, newBase, older, recent).plan(STALE);

    assertThat(planned.proposed()).isEmpty();
  }

  @Test
  void aChainOfUnitsMayBeLongerThanTheStackIsDeep() {
    Made last = oldBase;
    withUnits(oldBase);
    for (int i = 0; i < 3000; i++) {
      last = Made.of("link", i, daysAgo(40), last);
      withUnits(last);
    }
    withUnits(newBase, oldApp, newApp);

    assertThat(project.plan(STALE).proposed())
        .contains(record(oldApp))
        .doesNotContain(record(last));
  }

  @Test
  void asManyOfAShapeStayAsAreWanted() {
    Planned planned =
        withUnits(oldBase, newBase, oldApp, newApp).plan(STALE, "target-stale.newest=2");

    assertThat(planned.proposed()).isEmpty();
  }

  @Test
  void whatPeopleFindStaysHoweverOldItIs() {
    withUnits(oldBase, newBase, oldApp, newApp);
    project.tree().hardLink(DEBUG + "/libapp.rlib", library(oldApp) + ".rlib");

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void whatRustcLinksByItselfIsNotWhatPeopleFind() {
    withUnits(oldBase, newBase, oldApp, newApp);
    project.tree().hardLink(DEBUG + "/build/app.rmeta", library(oldApp) + ".rmeta");

    assertThat(project.plan(STALE).proposed()).contains(record(oldApp));
  }

  @Test
  void aRecordOfTwoUnitsIsNotUnderstood() {
    withUnits(oldBase, newBase, oldApp, newApp)
        .file(record(oldApp) + "/test-lib-app.json", daysAgo(40));

    assertThat(project.plan(STALE).proposed()).doesNotContain(record(oldApp));
  }

  @Test
  void aUnitThatIsNotUnderstoodStaysWithWhatItWasMadeFrom() {
    withUnits(oldBase, newBase, oldApp, newApp);
    project.tree().file(record(oldApp) + "/lib-app.json", "{\"rustc\":1}", daysAgo(40));

    assertThat(project.plan(STALE).proposed()).doesNotContain(record(oldApp));
  }

  /** As ripgrep's build script, which does not say what it reads. */
  @Test
  void aUnitWhoseDependencyWasBuiltAgainInPlaceIsReplaced() {
    Made before = Made.of("base", 9, daysAgo(40));
    Made app = Made.of("app", 1, daysAgo(40), before);

    assertThat(withUnits(newBase, app, newApp).plan(STALE).proposed())
        .contains(record(app))
        .doesNotContain(record(newBase), record(newApp));
  }

  @Test
  void whatWasBuiltAgainInPlaceStaysForTheUnitThatWillBeMadeFromIt() {
    Made before = Made.of("base", 9, daysAgo(40));
    Made onlyOne = Made.of("app", 1, daysAgo(40), before);
    Made other = Made.of("base", 3, daysAgo(20));

    assertThat(withUnits(other, newBase, onlyOne).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void aUnitWhoseDependencyIsNotThereStays() {
    Planned planned = withUnits(oldApp, newApp).plan(STALE);

    assertThat(planned.proposed()).isEmpty();
  }

  /** As a user who may not look into what root has built. */
  @Test
  void whatMayHaveARecordThatCannotBeReadStays(@TempDir Path directory) {
    ChildProcess.runBoundByPermissions(WithRecordsOfAnother.class, directory);
  }

  static final class WithRecordsOfAnother {
    public static void main(String[] args) throws IOException {
      TargetTree project = new TargetTree(TestTree.in(Path.of(args[0])));
      project
          .file("Cargo.toml", daysAgo(50))
          .target("target", "debug")
          .file(DEBUG + "/deps/libgone-0123456789abcdef.rlib", daysAgo(40));
      Path records = project.tree().path(DEBUG + "/.fingerprint");
      assertThat(project.plan(STALE).proposed()).hasSize(1);

      Files.setPosixFilePermissions(records, PosixFilePermissions.fromString("---------"));
      try {
        assertThat(project.plan(STALE).proposed()).isEmpty();
      } finally {
        Files.setPosixFilePermissions(records, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }

  @Test
  void filesWithoutARecordGo() {
    String file = DEBUG + "/deps/libgone-0123456789abcdef.rlib";
    withUnits(newBase).file(file, daysAgo(40));

    assertThat(project.plan(STALE).proposed()).containsExactly(file);
  }

  /** A build that has just begun has no record yet. */
  @Test
  void youngFilesWithoutARecordStay() {
    withUnits(newBase).file(DEBUG + "/deps/libnew-0123456789abcdef.rlib", daysAgo(3));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void aProgramThatIsCalledLikeAUnitStaysWhereItIsFound() {
    withUnits(newBase).file(DEBUG + "/tool-0123456789abcdef", daysAgo(40));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void whatUsersPutBesideTheProfilesStays() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp)
        .file("target/criterion/report.html", daysAgo(90))
        .file("target/package/app-0.1.0.crate", daysAgo(90))
        .file("target/tmp/mine-0123456789abcdef", daysAgo(90))
        .file("target/notes.txt", daysAgo(90));

    assertThat(project.plan(STALE).apply().tree().names())
        .contains(
            "target/criterion/report.html",
            "target/package/app-0.1.0.crate",
            "target/tmp/mine-0123456789abcdef",
            "target/notes.txt",
            "target/debug/.cargo-lock");
  }

  @Test
  void aDirectoryThatIsOnlyCalledTargetIsNotLookedAt() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp);
    Files.delete(project.tree().path("target/.rustc_info.json"));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void aCacheOfAnotherToolIsNotLookedAt() {
    withUnits(oldBase, newBase, oldApp, newApp);
    project
        .tree()
        .file("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# Mine.\n");

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  /** Such as a volume; cargo tags only what it makes. */
  @Test
  void aDirectoryThatWasThereBeforeCargoIsRecognisedByItsRecords() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp);
    Files.delete(project.tree().path("target/CACHEDIR.TAG"));

    assertThat(project.plan(STALE).proposed()).contains(record(oldApp));
  }

  @Test
  void whatIsPassedOverIsSaid() throws IOException {
    Files.delete(project.tree().path("target/CACHEDIR.TAG"));

    assertThat(project.plan(STALE).refused().get("target/.rustc_info.json"))
        .contains("neither a CACHEDIR.TAG of cargo nor a profile");
  }

  @Test
  void whatCargoCouldNotBeKeptOutOfIsNotLookedAt() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp);
    Files.delete(project.tree().path(DEBUG + "/.cargo-lock"));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void aSymbolicLinkToATargetDirectoryIsNotFollowed() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp);
    project.tree().file("b/Cargo.toml");
    Files.move(project.tree().path("target"), project.tree().path("elsewhere"));
    project.tree().link("b/target", "../elsewhere");

    assertThat(project.plan(STALE).proposed()).noneMatch(path -> path.startsWith("b/"));
  }

  @Test
  void aTargetDirectoryOfSeveralWorkspacesIsLeftToOtherModes() {
    withUnits(oldBase, newBase, oldApp, newApp)
        .file("other/Cargo.toml", daysAgo(50))
        .file("other/Cargo.lock", daysAgo(50))
        .metadata("", "target")
        .metadata("other", "target");

    Planned planned = project.plan(STALE);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("target/.rustc_info.json"))
        .contains("several workspaces build into it", "/tree/other");
  }

  @Test
  void aTargetDirectoryOutsideOfTheRootIsNamed() {
    TargetTree apart = new TargetTree().file("work/Cargo.toml", daysAgo(50)).target("out", "debug");
    CleanupTarget work = CleanupTarget.of("workspace", apart.tree().path("work"));

    assertThat(apart.metadata("work", "out").plan(work, STALE).refused().values())
        .singleElement()
        .asString()
        .contains("cargo builds it in /tree/out, which is not below a named root");
  }

  @Test
  void aTargetDirectoryOutsideOfItsWorkspaceIsLeftToOtherModes() {
    TargetTree apart = new TargetTree().file("work/Cargo.toml", daysAgo(50)).target("out", "debug");
    for (Made unit : new Made[] {oldBase, newBase, oldApp, newApp}) {
      apart.unit("out/debug", unit);
    }

    assertThat(apart.metadata("work", "out").plan(STALE).refused().get("out/.rustc_info.json"))
        .contains("it is outside of the workspace /tree/work");
  }

  @Test
  void aPackageThatCargoHasPackedIntoATargetDirectoryIsNoWorkspace() {
    project
        .file("target/package/app-1.0.0/Cargo.toml", daysAgo(50))
        .file("target/package/app-1.0.0/Cargo.lock", daysAgo(50))
        .plan(STALE);

    assertThat(project.askedIn("target/package/app-1.0.0")).isEmpty();
    assertThat(project.askedIn("")).hasSize(1);
  }

  @Test
  void aTargetDirectoryOfNoKnownWorkspaceIsLeftToOtherModes() {
    TargetTree alone = new TargetTree().target("target", "debug");
    for (Made unit : new Made[] {oldBase, newBase, oldApp, newApp}) {
      alone.unit(DEBUG, unit);
    }

    assertThat(alone.plan(STALE).refused().get("target/.rustc_info.json"))
        .contains("no workspace is known to build into it");
  }

  @Test
  void aTargetDirectoryThatSomethingElseWasBuiltIntoIsLeftToOtherModes() {
    withUnits(oldBase, newBase, oldApp, newApp);
    project
        .tree()
        .file(DEBUG + "/tool.d", "/tree/target/debug/tool: /home/user/tool/src/main.rs\n");

    assertThat(project.plan(STALE).refused().get("target/.rustc_info.json"))
        .contains("/home/user/tool/src/main.rs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"})
  void aVariableThatLeadsAllWorkspacesIntoOneDirectoryIsHeeded(String variable) {
    withUnits(oldBase, newBase, oldApp, newApp).variable(variable, "/tree/target");

    assertThat(project.plan(STALE).refused().get("target/.rustc_info.json")).startsWith(variable);
  }

  @Test
  void anEmptyVariableIsRejected() {
    withUnits(oldBase, newBase, oldApp, newApp).variable("CARGO_TARGET_DIR", "");

    Planned planned = project.plan("rust");

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused())
        .containsExactly(
            java.util.Map.entry(
                "", "CARGO_TARGET_DIR is set and empty; unset it or name a directory"));
  }

  @Test
  void byAgeWhatCargoHasLookedAtStays() {
    Made used = oldApp.readAt(daysAgo(2));

    Planned planned = withUnits(oldBase, newBase, used, newApp).plan(STALE, AGE);

    assertThat(planned.proposed())
        .contains(record(newApp), record(newBase))
        .doesNotContain(record(used), record(oldBase));
  }

  @Test
  void byAgeADayIsAddedSinceReadingsAreRecordedOnceADay() {
    Made used = oldApp.readAt(daysAgo(7));

    Planned planned = withUnits(oldBase, newBase, used, newApp).plan(STALE, AGE);

    assertThat(planned.proposed()).isNotEmpty().doesNotContain(record(used));
  }

  @Test
  void byAgeNothingGoesWhereNothingShowsThatReadingsAreRecorded() {
    Planned planned = withUnits(oldBase, newBase, oldApp, newApp).plan(STALE, AGE);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("target/.rustc_info.json"))
        .contains("reads may not be recorded here");
  }

  @Test
  void incrementalCompilationGoesWithTheLastUnitThatMayHaveWrittenIt() {
    withUnits(oldBase, newBase, oldApp, newApp)
        .incremental(DEBUG + "/incremental/app-1abcdefghijkl", daysAgo(40))
        .incremental(DEBUG + "/incremental/app-2abcdefghijkl", daysAgo(20))
        .incremental(DEBUG + "/incremental/app-3abcdefghijkl", NOW);

    assertThat(project.plan(STALE).proposed())
        .contains(DEBUG + "/incremental/app-1abcdefghijkl")
        .doesNotContain(
            DEBUG + "/incremental/app-2abcdefghijkl", DEBUG + "/incremental/app-3abcdefghijkl");
  }

  @Test
  void youngIncrementalCompilationStaysThoughNoUnitHasWrittenIt() {
    String young = DEBUG + "/incremental/gone-1abcdefghijkl";
    String old = DEBUG + "/incremental/gone-2abcdefghijkl";
    withUnits(newBase).incremental(young, daysAgo(3)).incremental(old, daysAgo(9));

    assertThat(project.plan(STALE).proposed()).containsExactly(old);
  }

  private static final String NIGHTLY = "rustc 1.97.0-nightly (e50aa6fba 2026-05-19)";
  private static final String SYSROOT = "/toolchains/stable";

  private final Made unit = Made.of("base", 3, daysAgo(40));
  private final Made unitOfNightly = Made.of("base", 4, daysAgo(40)).by(NIGHTLY);

  @Test
  void whatACompilerHasMadeThatIsGoneGoesAndSaysSo() {
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("stable", STABLE);

    Planned planned = withUnits(unit, unitOfNightly).plan(STALE);

    assertThat(planned.proposed())
        .containsExactlyInAnyOrder(
            record(unitOfNightly),
            library(unitOfNightly) + ".rlib",
            library(unitOfNightly) + ".rmeta");
    assertThat(planned.plan().items())
        .extracting(PlanItem::candidate)
        .extracting(Candidate::cause, Candidate::reason)
        .containsOnly(
            tuple(
                Cause.ORPHANED,
                NIGHTLY + ", which compiled lib-base of base, is not installed any more"));
  }

  @Test
  void whatIsMadeFromWhatAGoneCompilerMadeGoesToo() {
    Made program = Made.of("app", 5, daysAgo(40), unitOfNightly).by(NIGHTLY);
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("stable", STABLE);
    withUnits(unit, unitOfNightly, program);
    project.tree().hardLink(DEBUG + "/libapp.rlib", library(program) + ".rlib");

    assertThat(project.plan(STALE).proposed())
        .contains(record(program), record(unitOfNightly))
        .doesNotContain(DEBUG + "/libapp.rlib", record(unit));
  }

  @Test
  void inTheLaterLayoutACompilerIsRecognisedToo() {
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("stable", STABLE);
    withUnits(unit).laterUnit(DEBUG, unitOfNightly);

    assertThat(project.plan(STALE).proposed())
        .containsExactly(
            DEBUG + "/build/base/" + unitOfNightly.hash() + "/fingerprint",
            DEBUG + "/build/base/" + unitOfNightly.hash() + "/out");
  }

  @Test
  void whatAnInstalledCompilerHasMadeStays() {
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("stable", STABLE).toolchain("nightly", NIGHTLY);

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void aCompilerWithoutRustupIsSeenOnThePath() throws IOException {
    project.lastBuiltBy(STABLE, "/usr").compilerOnPath("/usr/bin", STABLE, "/usr");

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed())
        .contains(record(unitOfNightly))
        .doesNotContain(record(unit));
  }

  @Test
  void aCompilerOnThePathCountsBesideThoseOfRustup() throws IOException {
    project
        .lastBuiltBy(STABLE, SYSROOT)
        .toolchain("stable", STABLE)
        .compilerOnPath("/usr/bin", NIGHTLY, "/usr");

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed()).isEmpty();
  }

  /** As root, while the toolchains are those of the user who builds; or beside a container. */
  @Test
  void noCompilerIsGoneWhereTheLastOneToBuildIsNotSeen() {
    project.lastBuiltBy(STABLE, "/home/alice/toolchains/stable").toolchain("stable", STABLE);

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void noCompilerIsGoneWhereOneDoesNotTellWhatItIs() {
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("broken", "").toolchain("stable", STABLE);

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void noCompilerIsGoneWhereRustupDoesNotTellWhichItHas() throws IOException {
    project
        .lastBuiltBy(STABLE, "/usr")
        .compilerOnPath("/usr/bin", STABLE, "/usr")
        .executable("/home/user/bin/rustup")
        .variable("PATH", "/usr/bin:/home/user/bin");

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void noCompilerIsGoneWhereAVariableNamesOne() {
    project
        .lastBuiltBy(STABLE, SYSROOT)
        .toolchain("stable", STABLE)
        .variable("RUSTC", "/opt/rustc");

    assertThat(withUnits(unit, unitOfNightly).plan(STALE).proposed()).isEmpty();
  }

  @Test
  void whatACompilerHasMadeThatIsGoneAndWasUsedAFewDaysAgoStays() {
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("stable", STABLE);

    assertThat(withUnits(unit, unitOfNightly.readAt(daysAgo(2))).plan(STALE).proposed())
        .doesNotContain(record(unitOfNightly));
  }

  @Test
  void aCompilerThatIsGoneIsToldWhereNothingElseCanBe() {
    project
        .lastBuiltBy(STABLE, SYSROOT)
        .toolchain("stable", STABLE)
        .variable("CARGO_TARGET_DIR", "/tree/target");

    Planned planned = withUnits(oldBase, newBase, oldApp, newApp, unitOfNightly).plan(STALE);

    assertThat(planned.proposed())
        .containsExactlyInAnyOrder(
            record(unitOfNightly),
            library(unitOfNightly) + ".rlib",
            library(unitOfNightly) + ".rmeta");
    assertThat(planned.refused().get("target/.rustc_info.json")).contains("CARGO_TARGET_DIR");
  }

  @Test
  void aUnitWithoutMetadataIsNotTakenForThatOfAGoneCompiler() throws IOException {
    project.lastBuiltBy(STABLE, SYSROOT).toolchain("stable", STABLE);
    withUnits(unit, unitOfNightly);
    Files.delete(project.tree().path(library(unitOfNightly) + ".rmeta"));

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }

  @Test
  void bothLayoutsMayLieInOneDirectory() {
    String later = DEBUG + "/build/app/" + oldApp.hash();
    withUnits(oldBase, newBase, newApp).laterUnit(DEBUG, oldApp);

    assertThat(project.plan(STALE).proposed())
        .containsExactlyInAnyOrder(
            later + "/fingerprint",
            later + "/out",
            record(oldBase),
            library(oldBase) + ".rlib",
            library(oldBase) + ".rmeta");
  }

  @Test
  void theSecondSweepFindsNothing() throws IOException {
    withUnits(oldBase, newBase, oldApp, newApp).plan(STALE).apply();

    assertThat(project.plan(STALE).proposed()).isEmpty();
  }
}
