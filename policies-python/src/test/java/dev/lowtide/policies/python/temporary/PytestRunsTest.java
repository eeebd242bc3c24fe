package dev.lowtide.policies.python.temporary;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools.RunningProgram;
import dev.lowtide.policies.python.fixtures.ToolsWithPrograms;
import dev.lowtide.policy.Retention;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is proposed of the temporary directories of pytest. */
class PytestRunsTest {
  private static final String GARBAGE = "pytest-of-ci/garbage-3f0c9a52-9d2e-4c2d-8a66-0b6f5a1c2d3e";

  private static final Retention THREE_DAYS = Retention.NONE.olderThan(Duration.ofDays(3));

  private final TestTree tree = TestTree.inMemory();

  /** As pytest leaves a run that began so many days ago. */
  private void run(int number, long daysAgo) {
    String run = "pytest-of-ci/pytest-" + number;
    tree.file(run + "/test_x0/data.bin")
        .link(run + "/test_xcurrent", tree.path(run + "/test_x0").toString());
    left(run, daysAgo);
  }

  /** As somebody leaves it: for its owner alone. */
  private void left(String path, long daysAgo) {
    permit("pytest-of-ci", "rwx------");
    permit(path, "rwx------");
    modified(path, daysAgo(daysAgo));
  }

  private void permit(String path, String permissions) {
    try {
      Files.setPosixFilePermissions(tree.path(path), PosixFilePermissions.fromString(permissions));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets all times of everything at a path. */
  private void modified(String path, Instant time) {
    try (Stream<Path> paths = Files.walk(tree.path(path))) {
      paths.sorted(Comparator.reverseOrder()).forEach(each -> setTimes(each, time));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Planned plan(Retention retention, RunningProgram... running) {
    HostEnvironment host = Planned.host(tree).withTools(new ToolsWithPrograms(List.of(running)));
    return Planned.of(
        tree,
        CleanupTarget.temporary("temp", tree.root()),
        Planned.using(host).retention(retention).build());
  }

  private String reason(String path, RunningProgram... running) {
    return plan(THREE_DAYS, running).refused().getOrDefault(path, "nothing");
  }

  @Test
  void theLastThreeRunsStay() {
    for (int number = 8; number < 13; number++) {
      run(number, 20 - number);
    }

    Planned planned = plan(Retention.NONE);

    assertThat(planned.proposed())
        .containsExactly("pytest-of-ci/pytest-8", "pytest-of-ci/pytest-9");
    assertThat(planned.refused())
        .containsOnlyKeys(
            "pytest-of-ci/pytest-10", "pytest-of-ci/pytest-11", "pytest-of-ci/pytest-12");
  }

  @Test
  void allThatAreOldEnoughGoIfAnAgeIsGiven() {
    run(0, 9);
    run(1, 4);
    run(2, 2);

    assertThat(plan(THREE_DAYS).proposed())
        .containsExactly("pytest-of-ci/pytest-0", "pytest-of-ci/pytest-1");
  }

  @Test
  void whatPytestCouldNotRemoveGoes() {
    tree.file(GARBAGE + "/test_x0/data.bin");
    left(GARBAGE, 2);

    assertThat(plan(Retention.NONE).proposed()).containsExactly(GARBAGE);
  }

  @Test
  void whatPytestRemovedAPartOfGoes() {
    tree.file(GARBAGE + "/test_x0/data.bin").file(GARBAGE + "/.lock", "4711");
    left(GARBAGE, 9);
    modified(GARBAGE + "/.lock", daysAgo(4));
    setTimes(tree.path(GARBAGE + "/test_x0"), daysAgo(4));

    assertThat(plan(THREE_DAYS).proposed()).containsExactly(GARBAGE);
  }

  private static void setTimes(Path path, Instant time) {
    try {
      Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.from(time), null, FileTime.from(time));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pytest-of-ci/pytest-1/thesis.tex", GARBAGE + "/thesis.tex"})
  void whatAPersonPutThereLaterStays(String thesis) {
    run(1, 9);
    tree.file(GARBAGE + "/test_x0/data.bin").file(thesis);
    left(GARBAGE, 9);
    left("pytest-of-ci/pytest-1", 9);
    modified(thesis, daysAgo(5));

    assertThat(plan(THREE_DAYS).proposed()).hasSize(1);
    assertThat(reason(thesis.substring(0, thesis.lastIndexOf('/'))))
        .contains("thesis.tex changed more than a day after the run began");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pytest-of-ci/thesis/a.tex",
        "pytest-of-ci/pytest-x/a.tex",
        "pytest-of-ci/pytest-01/a.tex",
        "pytest-of-ci/garbage-old/a.tex",
        "pytest-of-ci/Garbage-3F0C9A52-9d2e-4c2d-8a66-0b6f5a1c2d3e/a.tex",
        "pytest-1/test_x0/a.tex",
        "deep/pytest-of-ci/pytest-1/.lock"
      })
  void whatHasAnotherNameIsNotNamed(String file) {
    run(0, 9);
    tree.file(file);
    left(file.substring(0, file.lastIndexOf('/')), 9);

    assertThat(plan(THREE_DAYS).proposed()).containsExactly("pytest-of-ci/pytest-0");
    assertThat(plan(THREE_DAYS).refused()).isEmpty();
  }

  @Test
  void aRunWithNothingOfPytestStays() {
    tree.file("pytest-of-ci/pytest-1/thesis/a.tex")
        .link("pytest-of-ci/pytest-1/draftcurrent", "thesis");
    left("pytest-of-ci/pytest-1", 9);

    assertThat(plan(THREE_DAYS).proposed()).isEmpty();
    assertThat(reason("pytest-of-ci/pytest-1")).contains("nothing in it shows that pytest made it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"popen-gw0/test_x0/a", ".lock"})
  void aRunIsAlsoKnownByItsWorkersAndItsLock(String file) {
    tree.file("pytest-of-ci/pytest-1/" + file, "");
    left("pytest-of-ci/pytest-1", 9);

    assertThat(plan(THREE_DAYS).proposed()).containsExactly("pytest-of-ci/pytest-1");
  }

  @Test
  void anEmptyRunGoes() {
    tree.directory("pytest-of-ci/pytest-1");
    left("pytest-of-ci/pytest-1", 9);

    assertThat(plan(THREE_DAYS).proposed()).containsExactly("pytest-of-ci/pytest-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pytest-of-ci", "pytest-of-ci/pytest-1"})
  void whatOthersMayReadIsAPersons(String open) {
    run(1, 9);
    permit(open, "rwxr-xr-x");

    assertThat(plan(THREE_DAYS).proposed()).isEmpty();
    assertThat(reason("pytest-of-ci/pytest-1")).contains("other users may read it");
  }

  @Test
  void whatChangedWithinADayStays() {
    run(1, 9);
    modified("pytest-of-ci/pytest-1/test_x0/data.bin", NOW.minus(Duration.ofHours(23)));

    Planned planned = plan(Retention.NONE.olderThan(Duration.ofHours(2)));

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("pytest-of-ci/pytest-1")).contains("less than a day ago");
  }

  @Test
  void aRunStaysForThreeDaysAfterItsLock() {
    run(1, 9);
    tree.file("pytest-of-ci/pytest-1/.lock", "4711");
    left("pytest-of-ci/pytest-1", 2);

    Planned planned = plan(Retention.NONE.olderThan(Duration.ofDays(1)));

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("pytest-of-ci/pytest-1")).contains("lock is younger");
  }

  private static RunningProgram program(long pid, Instant started, String... argv) {
    return new RunningProgram(pid, List.of(argv), started, Optional.of(Set.of("/tree")));
  }

  @Test
  void aRunWhoseProcessIsThereStays() {
    run(1, 9);
    tree.file("pytest-of-ci/pytest-1/.lock", "4711");
    left("pytest-of-ci/pytest-1", 9);

    assertThat(reason("pytest-of-ci/pytest-1", program(4711, daysAgo(10), "python3", "run.py")))
        .contains("process 4711 has its lock");
  }

  @Test
  void aLaterProcessOfTheSameNumberHasNoLock() {
    run(1, 9);
    tree.file("pytest-of-ci/pytest-1/.lock", "4711");
    left("pytest-of-ci/pytest-1", 9);

    assertThat(plan(THREE_DAYS, program(4711, daysAgo(8), "python3", "run.py")).proposed())
        .containsExactly("pytest-of-ci/pytest-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/x/bin/pytest", "python3 -m pytest -x", "python /x/_jb_pytest_runner.py"})
  void whileAPytestRunsThatMayHaveMadeItARunStays(String argv) {
    run(1, 9);

    assertThat(reason("pytest-of-ci/pytest-1", program(4711, daysAgo(10), argv.split(" "))))
        .contains("(pid 4711) was running before it last changed");
  }

  @Test
  void theLinkToTheLatestRunGoesWithIt() {
    run(1, 9);
    run(2, 8);
    tree.link("pytest-of-ci/pytest-current", tree.path("pytest-of-ci/pytest-2").toString());
    setTimes(tree.path("pytest-of-ci/pytest-current"), daysAgo(8));

    assertThat(plan(THREE_DAYS).proposed())
        .containsExactlyInAnyOrder(
            "pytest-of-ci/pytest-1", "pytest-of-ci/pytest-2", "pytest-of-ci/pytest-current");
  }

  @Test
  void theLinkToARunThatStaysStays() {
    run(1, 9);
    run(2, 2);
    tree.link("pytest-of-ci/pytest-current", tree.path("pytest-of-ci/pytest-2").toString());

    assertThat(plan(THREE_DAYS).proposed()).containsExactly("pytest-of-ci/pytest-1");
    assertThat(plan(THREE_DAYS).refused()).isEmpty();
  }

  @Test
  void inAWorkspaceTheyAreNotNamed() {
    run(1, 9);

    assertThat(Planned.workspace(tree).proposed()).isEmpty();
    assertThat(Planned.workspace(tree).refused()).isEmpty();
  }
}
