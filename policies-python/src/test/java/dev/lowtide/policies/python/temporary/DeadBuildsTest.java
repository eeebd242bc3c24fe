package dev.lowtide.policies.python.temporary;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools.RunningProgram;
import dev.lowtide.policies.python.fixtures.OwnedDirectories;
import dev.lowtide.policies.python.fixtures.ToolsWithPrograms;
import dev.lowtide.shared.Ownership;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is proposed of a temporary directory that everybody shares. */
class DeadBuildsTest {
  private static final String CALL = "{\n  \"kwargs\": {\"wheel_directory\": \"/tmp/x\"}\n}";

  private final TestTree tree = TestTree.inMemory();

  /** As tempfile makes directories: for their owner alone. */
  private void left(long daysAgo) {
    tree.names().stream()
        .filter(name -> !name.contains("/"))
        .forEach(name -> permit(tree.path(name), "rwx------"));
    tree.allModified(daysAgo(daysAgo));
  }

  private static void permit(Path path, String permissions) {
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Planned plan(RunningProgram... running) {
    HostEnvironment host = Planned.host(tree).withTools(new ToolsWithPrograms(List.of(running)));
    return Planned.of(tree, CleanupTarget.temporary("temp", tree.root()), host);
  }

  private static RunningProgram program(Instant started, String temporary, String... argv) {
    return new RunningProgram(4711, List.of(argv), started, Optional.of(Set.of(temporary)));
  }

  private void leftovers() {
    tree.file("pip-ephem-wheel-cache-qsqc7mqb/wheels/40/f8/ad/4715/tmprw3g0qc5/.tmp-5qni3hip/a")
        .file("pip-modern-metadata-b0i_a8oh/pkg-1.dist-info/METADATA")
        .directory("pip-build-tracker-mas_40rh")
        .file("tmpegsbu1oo/input.json", CALL);
  }

  @Test
  void whatPipLeftWhenItWasKilledGoesAfterADay() {
    leftovers();
    left(2);

    assertThat(plan().proposed())
        .containsExactly(
            "pip-build-tracker-mas_40rh",
            "pip-ephem-wheel-cache-qsqc7mqb",
            "pip-modern-metadata-b0i_a8oh",
            "tmpegsbu1oo");
  }

  @Test
  void whatAPersonPutThereLaterStays() throws IOException {
    leftovers();
    tree.file("pip-modern-metadata-b0i_a8oh/pkg-1.dist-info/thesis.tex");
    left(9);
    FileTime later = FileTime.from(daysAgo(3));
    Files.getFileAttributeView(
            tree.path("pip-modern-metadata-b0i_a8oh/pkg-1.dist-info/thesis.tex"),
            BasicFileAttributeView.class)
        .setTimes(later, null, later);

    assertThat(plan().proposed()).hasSize(3).doesNotContain("pip-modern-metadata-b0i_a8oh");
    assertThat(plan().refused().get("pip-modern-metadata-b0i_a8oh"))
        .contains("thesis.tex changed more than a day after the run began");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pip-build-env-abcdefgh/overlay/bin/cmake",
        "pip-build-env-install-abcdefgh/a",
        "pip-download-abcdefgh/a.tar.gz",
        "pip-install-abcdefgh/six_1/setup.py",
        "pip-metadata-abcdefgh/a.whl",
        "pip-pip-egg-info-abcdefgh/six.egg-info/PKG-INFO",
        "pip-record-abcdefgh/install-record.txt",
        "pip-req-build-abcdefgh/setup.py",
        "pip-req-tracker-abcdefgh/d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
        "pip-target-abcdefgh/lib/python/six.py",
        "pip-uninstall-abcdefgh/six.py",
        "pip-unpack-abcdefgh/six-1.tar.gz",
        "pip-wheel-abcdefgh/.tmp-12345678/a.whl",
        "build-env-abcdefgh/pyvenv.cfg",
        "build-via-sdist-abcdefgh/pkg-1/PKG-INFO",
        "cibw-run-abcdefgh/cp312-manylinux_x86_64/built_wheel/a.whl",
        "cibw-sdist-abcdefgh/pkg-1/setup.py",
        "tmpabcdefgh.build-lib/a.py",
        "tmpabcdefgh.build-temp/a.o",
        "tmpabcdefghpkg-1-0.editable-cp312-cp312-linux_x86_64.whl/pkg-1.dist-info/WHEEL",
        "tmpabcdefgh/build/.skbuild-info.json"
      })
  void eachKindGoes(String file) {
    tree.file(file);
    left(2);

    assertThat(plan().proposed()).containsExactly(file.substring(0, file.indexOf('/')));
  }

  @Test
  void whatOneOfManyFilesShowsToBeYoungStays() {
    leftovers();
    left(2);
    tree.file("pip-ephem-wheel-cache-qsqc7mqb/wheels/a.o", "a", NOW.minus(Duration.ofHours(23)));

    assertThat(plan().refused().get("pip-ephem-wheel-cache-qsqc7mqb"))
        .contains("less than a day ago");
    assertThat(plan().proposed()).doesNotContain("pip-ephem-wheel-cache-qsqc7mqb");
  }

  @Test
  void namesThatAnybodyGivesGoForNothing() {
    tree.file("tmpabcdefgh/thesis.tex")
        .file("tmpbbcdefgh/input.json", "{\"points\": []}")
        .file("tmpcbcdefgh/input.json", CALL)
        .file("tmpcbcdefgh/thesis.tex")
        .file("tmpdbcdefgh/build/notes.txt")
        .directory("tmpebcdefgh")
        .file("tmpfbcdefgh/build/.skbuild-info.json")
        .file("tmpfbcdefgh/thesis.tex")
        .file("my-tmp-build/a.o")
        .file("pip-wheel-for-later/a.whl")
        .file("pip-notes-abcdefgh/a")
        .file("deep/pip-unpack-abcdefgh/a");
    left(9);

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pip-wheel-abcdefgh",
        "pip-build-tracker-abcdefgh",
        "pip-ephem-wheel-cache-abcdefgh",
        "pip-build-env-abcdefgh",
        "build-env-abcdefgh",
        "build-via-sdist-abcdefgh",
      })
  void aBuildDirectoryWithAForeignFileIsKept(String name) {
    tree.file(name + "/thesis.tex");
    left(9);

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get(name)).contains("it contains something that");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/usr/bin/pip3.12", "pip", "/x/cibuildwheel", "C:\\Scripts\\pip.exe"})
  void whileItsMakerMayBeAtWorkEverythingStays(String name) {
    leftovers();
    left(2);
    RunningProgram pip = program(daysAgo(3), "/tree", "/usr/bin/python3", "-I", name, "wheel");

    Planned planned = plan(pip);

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused()).hasSize(4);
    assertThat(planned.refused().values())
        .allSatisfy(reason -> assertThat(reason).contains("(pid 4711)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pip3 wheel .",
        "python3.12 -m pip wheel .",
        "pypy3 -I -X dev -m build",
        "python /usr/bin/pyproject-build",
      })
  void aMakerIsKnownByItsProgramItsScriptOrItsModule(String argv) {
    leftovers();
    left(2);

    assertThat(plan(program(daysAgo(3), "/tree", argv.split(" "))).proposed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "python3 setup.py build",
        "python3 -c pip",
        "npm run build",
        "cmake --build build",
        "vim pip",
        "python3"
      })
  void whoeverOnlyMentionsOneIsNone(String argv) {
    leftovers();
    left(2);

    assertThat(plan(program(daysAgo(3), "/tree", argv.split(" "))).proposed()).hasSize(4);
  }

  @Test
  void whoDoesNotTellWhereItWorksMayWorkHere() {
    leftovers();
    left(2);
    RunningProgram pip =
        new RunningProgram(4711, List.of("pip", "wheel"), daysAgo(3), Optional.empty());

    assertThat(plan(pip).proposed()).isEmpty();
  }

  @Test
  void whoDoesNotSayWhatItIsMayBeAMaker() throws IOException {
    leftovers();
    left(2);

    assertThat(plan(RunningProgram.withoutAnswer(4711)).proposed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/link", "/tree/../tree", "/gone", "../elsewhere", ""})
  void whereItMayMeanThisDirectoryAMakerIsAtWorkHere(String temporary) throws IOException {
    leftovers();
    left(2);
    Files.createSymbolicLink(tree.root().resolveSibling("link"), tree.root());
    Files.createDirectory(tree.root().resolveSibling("elsewhere"));

    assertThat(plan(program(daysAgo(3), temporary, "pip", "wheel")).proposed()).isEmpty();
  }

  @Test
  void whatOthersMayLookIntoIsAPersons() {
    tree.file("pip-download-packages/a-1.tar.gz").file("tmpabcdefgh/input.json", CALL);
    left(9);
    permit(tree.path("pip-download-packages"), "rwxr-xr-x");
    permit(tree.path("tmpabcdefgh"), "rwx-----x");

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused()).containsOnlyKeys("pip-download-packages");
    assertThat(plan().refused().get("pip-download-packages")).contains("other users may read it");
  }

  @Test
  void whoWorksElsewhereOrBeganLaterOrIsAnotherProgramDoesNotMatter() throws IOException {
    Files.createDirectory(tree.root().resolveSibling("elsewhere"));
    leftovers();
    left(2);

    assertThat(
            plan(
                    program(daysAgo(3), "/elsewhere", "pip", "wheel"),
                    program(daysAgo(1), "/tree", "pip", "wheel"),
                    program(daysAgo(3), "/tree", "python3", "server.py"))
                .proposed())
        .hasSize(4);
  }

  @Test
  void inAWorkspaceTheyAreNotNamed() {
    leftovers();
    left(9);

    assertThat(Planned.workspace(tree).proposed()).isEmpty();
    assertThat(Planned.workspace(tree).refused()).isEmpty();
  }

  @Test
  void whatAlsoBearsTheMarkOfLowtideGoesOnlyWhenItsProcessIsGone() {
    Ownership alive = Ownership.of(ProcessHandle.current().parent().orElseThrow());
    OwnedDirectories.mark(tree, "pip-unpack-abcdefgh", alive);
    left(9);

    assertThat(plan().proposed()).isEmpty();
    assertThat(plan().refused().get("pip-unpack-abcdefgh")).contains("still running");
  }
}
