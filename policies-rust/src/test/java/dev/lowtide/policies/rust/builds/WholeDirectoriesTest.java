package dev.lowtide.policies.rust.builds;

import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.policies.rust.builds.TargetTree.Made;
import dev.lowtide.testing.Planned;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which target directories go without a look at single units, and what of them stays. */
class WholeDirectoriesTest {
  private static final String UNUSED = "rust.target-dir";
  private static final String ORPHANED = "rust.target-orphan";

  private final Made unit = Made.of("app", 1, daysAgo(40));

  /** A project that was built forty days ago. */
  private TargetTree project(String directory) {
    TargetTree tree =
        new TargetTree()
            .target(directory + "target", "debug")
            .unit(directory + "target/debug", unit)
            .file(directory + "target/debug/app", daysAgo(40))
            .file(directory + "target/debug/libapp.rlib", daysAgo(40));
    tree.tree()
        .file(
            directory + "target/debug/app.d",
            "/tree/" + directory + "target/debug/app: /tree/" + directory + "src/main.rs\n");
    tree.tree().allModified(daysAgo(40));
    return tree;
  }

  private TargetTree livingProject() {
    return project("").file("Cargo.toml", daysAgo(40)).file("src/main.rs", daysAgo(40));
  }

  @Test
  void whatWasNotUsedForLongGoesButForProgramsAndLocks() throws IOException {
    Planned planned = livingProject().plan(UNUSED);

    assertThat(planned.refused())
        .containsExactly(Map.entry("target/debug/app", "what was built there may be in use"));
    assertThat(planned.apply().tree().names())
        .containsExactly(
            "Cargo.toml",
            "src",
            "src/main.rs",
            "target",
            "target/.rustc_info.json",
            "target/CACHEDIR.TAG",
            "target/debug",
            "target/debug/.cargo-lock",
            "target/debug/app");
  }

  @Test
  void aProgramThatIsCalledLikeAUnitStays() {
    Planned planned =
        livingProject().file("target/debug/tool-0123456789abcdef", daysAgo(40)).plan(UNUSED);

    assertThat(planned.refused()).containsKey("target/debug/tool-0123456789abcdef");
  }

  @Test
  void ofAnExampleWhatPeopleFindStays() {
    Planned planned =
        livingProject()
            .file("target/debug/examples/show-0123456789abcdef", daysAgo(40))
            .file("target/debug/examples/show", daysAgo(40))
            .plan(UNUSED);

    assertThat(planned.refused()).containsKey("target/debug/examples/show");
    assertThat(planned.proposed()).contains("target/debug/examples/show-0123456789abcdef");
  }

  @Test
  void theRecordsGoFirst() {
    Planned planned = livingProject().plan(UNUSED);

    assertThat(planned.proposed()).first().isEqualTo("target/debug/.fingerprint");
    assertThat(planned.plan().items())
        .filteredOn(item -> item.path().endsWith("deps"))
        .singleElement()
        .satisfies(
            item ->
                assertThat(item.candidate().after()).first().asString().endsWith("fingerprint"));
  }

  @Test
  void whatWasReadLatelyStays() {
    TargetTree tree = livingProject();
    tree.unit("target/debug", unit.readAt(daysAgo(3)));

    assertThat(tree.plan(UNUSED).proposed()).isEmpty();
  }

  @Test
  void whereSomethingWasWrittenLatelyAllStays() {
    TargetTree tree = livingProject().file("target/criterion/report", daysAgo(3));

    assertThat(tree.plan(UNUSED).proposed()).isEmpty();
  }

  @Test
  void theAgeCanBeSet() {
    assertThat(livingProject().plan(UNUSED, "target-dir.older-than=60d").proposed()).isEmpty();
    assertThat(livingProject().plan(UNUSED, "target-dir.older-than=20d").proposed()).isNotEmpty();
  }

  @Test
  void whatCargoDidNotMakeStays() {
    Planned planned = livingProject().file("target/criterion/report", daysAgo(60)).plan(UNUSED);

    assertThat(planned.refused()).containsKey("target/criterion");
    assertThat(planned.proposed()).noneMatch(path -> path.startsWith("target/criterion"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"notes.d", "libmine.rmeta", "deps/my-libapp-0123456789abcdef.rlib"})
  void whatOnlyHasAnEndingOfCargosKeepsAnOrphan(String file) throws IOException {
    TargetTree orphan = project("gone/").file("gone/target/debug/" + file, daysAgo(40));
    Files.delete(orphan.tree().path("gone/target/debug/app"));

    assertThat(orphan.plan(ORPHANED).proposed())
        .noneMatch(path -> ("gone/target/debug/" + file).startsWith(path));
  }

  @Test
  void aTargetDirectoryWhoseProjectIsGoneGoesAsAWhole() throws IOException {
    TargetTree orphan = project("gone/");
    Files.delete(orphan.tree().path("gone/target/debug/app"));

    assertThat(orphan.plan(ORPHANED).proposed()).containsExactly("gone/target");
  }

  @Test
  void whatABuildHasGeneratedIsNoSource() throws IOException {
    TargetTree orphan =
        project("gone/")
            .file("gone/target/debug/build/app-0123456789abcdef/output", daysAgo(40))
            .file("gone/target/debug/build/app-0123456789abcdef/out/a.rs", daysAgo(40));
    Files.delete(orphan.tree().path("gone/target/debug/app"));
    orphan
        .tree()
        .file(
            "gone/target/debug/app.d",
            "/tree/gone/target/debug/app: /tree/gone/src/main.rs"
                + " /tree/gone/target/debug/build/app-0123456789abcdef/out/a.rs\n");

    assertThat(orphan.plan(ORPHANED).proposed()).containsExactly("gone/target");
  }

  @Test
  void programsOutliveTheirProject() {
    Planned planned = project("gone/").plan(ORPHANED);

    assertThat(planned.refused()).containsOnlyKeys("gone/target/debug/app");
    assertThat(planned.proposed())
        .contains("gone/target/debug/.fingerprint")
        .doesNotContain("gone/target");
  }

  @Test
  void aTargetDirectoryWithAProjectBesideItIsNoOrphan() {
    assertThat(livingProject().plan(ORPHANED).proposed()).isEmpty();
  }

  /** Cargo need not answer for it, as where it is not installed. */
  @Test
  void aTargetDirectoryBelowAProjectIsNoOrphan() {
    Planned planned = project("member/").file("Cargo.toml", daysAgo(40)).plan(ORPHANED);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused()).isEmpty();
  }

  @Test
  void aTargetDirectoryWhoseSourcesAreThereIsNoOrphan() {
    Planned planned = project("gone/").file("gone/src/main.rs", daysAgo(40)).plan(ORPHANED);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("gone/target")).contains("which exists");
  }

  @Test
  void aTargetDirectoryWhoseSourcesLieBehindALinkIsNoOrphan() {
    TargetTree tree = project("gone/").file("moved/src/main.rs", daysAgo(40));
    tree.tree().link("gone/src", "../moved/src");

    Planned planned = tree.plan(ORPHANED);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("gone/target")).contains("which exists");
  }

  @Test
  void aTargetDirectoryThatIsNotKnownToBeOneOfTheseSourcesStays() {
    TargetTree tree = new TargetTree().target("gone/target", "debug");

    assertThat(tree.plan(ORPHANED).refused().get("gone/target"))
        .contains("its sources are unknown");
  }

  @Test
  void aTargetDirectoryWhoseSourcesWereNotLookedAtStays() {
    TargetTree tree = new TargetTree().target("gone/target", "debug");
    tree.tree().file("gone/target/debug/app.d", "/tree/gone/target/debug/app: /src/main.rs\n");

    assertThat(tree.plan(ORPHANED).refused().get("gone/target")).contains("not examined");
  }

  @Test
  void aTargetDirectoryIntoWhichAWorkspaceBuildsIsNoOrphan() {
    TargetTree tree =
        project("gone/")
            .file("elsewhere/Cargo.toml", daysAgo(1))
            .metadata("elsewhere", "gone/target");

    assertThat(tree.plan(ORPHANED).proposed()).isEmpty();
  }

  @Test
  void incrementalCompilationGoesAndNothingElse() {
    TargetTree tree =
        livingProject().incremental("target/debug/incremental/app-1abcdefghijkl", daysAgo(1));
    tree.tree().file("incremental/app-1abcdefghijkl/x");

    assertThat(tree.plan("rust.incremental").proposed())
        .containsExactly("target/debug/incremental/app-1abcdefghijkl");
  }

  @Test
  void documentationGoesWhereRustdocMadeIt() {
    TargetTree tree = livingProject();
    for (String doc : new String[] {"target/doc", "doc"}) {
      tree.documentation(doc, daysAgo(1));
    }

    assertThat(tree.plan("rust.doc").proposed()).containsExactly("target/doc");
  }

  @Test
  void documentationGoesUnderTheLocksOfTheProfilesBesideIt() {
    TargetTree tree = livingProject().documentation("target/doc", daysAgo(1));

    assertThat(tree.plan("rust.doc").plan().items())
        .flatExtracting(item -> item.candidate().locks())
        .containsExactly(tree.tree().path("target/debug/.cargo-lock"));
  }

  @Test
  void aDocWithoutWhatRustdocMakesStays() {
    assertThat(
            livingProject().file("target/doc/thesis.pdf", daysAgo(1)).plan("rust.doc").proposed())
        .isEmpty();
  }

  @Test
  void whereTwoPoliciesMeetEachPathGoesOnce() {
    Planned planned =
        livingProject()
            .incremental("target/debug/incremental/app-1abcdefghijkl", daysAgo(40))
            .plan("rust");

    assertThat(planned.proposed()).doesNotHaveDuplicates();
    assertThat(planned.proposed()).contains("target/debug/incremental");
  }

  @Test
  void aSettingThatMakesNoSenseIsNamed() {
    assertThatThrownBy(() -> livingProject().plan("rust", "target-stale.mode=exact"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("target-stale.mode")
        .hasMessageContaining("superseded, age");
    assertThatThrownBy(() -> livingProject().plan("rust", "target-stale.newest=0"))
        .hasMessageContaining("at least 1");
    assertThatThrownBy(() -> livingProject().plan("rust", "target-dir.older-than=soon"))
        .hasMessageContaining("target-dir.older-than");
  }
}
