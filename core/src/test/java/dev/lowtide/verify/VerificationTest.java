package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.ByteSize;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskLocation.Tolerance;
import dev.lowtide.verify.Verification.Change;
import dev.lowtide.verify.Verification.Changes;
import dev.lowtide.verify.Verification.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private final TestTree tree = TestTree.inMemory().file("a/old", kib(64)).file("a/other");
  private final DiskLocation place = DiskLocation.unchanged("place", tree.path("a"));

  private static DiskBaseline capture(DiskLocation... places) throws IOException {
    return DiskBaseline.capture(List.of(places), SizeProbe.portable(), NOW);
  }

  private static Verification.Location since(DiskBaseline before) throws IOException {
    return Verification.compare(before, before.again(SizeProbe.portable(), NOW)).locations().get(0);
  }

  private static List<Path> paths(Changes changes) {
    return changes.largest().stream().map(Change::path).toList();
  }

  @Test
  void passesWhereNothingHasChanged() throws IOException {
    Verification.Location location = since(capture(place));

    assertThat(location.passed()).isTrue();
    assertThat(location.deltaBytes()).isZero();
  }

  @Test
  void listsWhatHasGrownLargestFirst() throws IOException {
    DiskBaseline before = capture(place);
    tree.file("a/small", kib(8)).file("a/large", kib(32));

    Verification verification =
        Verification.compare(before, before.again(SizeProbe.portable(), NOW));

    assertThat(verification.passed()).isFalse();
    assertThat(paths(verification.locations().get(0).grown()))
        .startsWith(tree.path("a/large"), tree.path("a/small"));
    assertThatThrownBy(verification::orThrow)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("it grew by ~40 KiB, more than the tolerated 0 B")
        .hasMessageContaining("~+32 KiB  /tree/a/large  (new)");
  }

  @Test
  void tellsANewDirectoryInOneLineWithItsSum() throws IOException {
    DiskBaseline before = capture(place);
    for (int i = 0; i < 100; i++) {
      tree.file("a/build/lib/" + i, kib(4));
    }

    assertThat(since(before).grown().largest())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.path()).isEqualTo(tree.path("a/build"));
              assertThat(change.entries()).isEqualTo(102);
              assertThat(change.bytes()).isGreaterThanOrEqualTo(kib(400));
            });
  }

  @Test
  void countsWhatItDoesNotList() throws IOException {
    DiskBaseline before = capture(place);
    for (int i = 0; i < 30; i++) {
      tree.file("a/new-" + i, kib(4));
    }

    Changes grown = since(before).grown();

    assertThat(grown.largest()).hasSize(20);
    assertThat(grown.count()).isGreaterThanOrEqualTo(30);
    assertThat(grown.bytes()).isGreaterThanOrEqualTo(kib(120));
  }

  @Test
  void failsWhereSomethingIsGone() throws IOException {
    tree.file("a/notes/plan.txt", kib(8));
    DiskBaseline before = capture(place);
    Files.delete(tree.path("a/notes/plan.txt"));
    Files.delete(tree.path("a/notes"));

    Verification.Location location = since(before);

    assertThat(location.failures()).containsExactly("1 path is gone");
    assertThat(location.vanished().largest())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.path()).isEqualTo(tree.path("a/notes"));
              assertThat(change.entries()).isEqualTo(2);
            });
  }

  @Test
  void failsWhereAFileOfTheSameSizeHasTheName() throws IOException {
    DiskBaseline before = capture(place);
    Files.delete(tree.path("a/old"));
    tree.file("a/old", kib(64));

    Verification.Location location = since(before);

    assertThat(location.failures()).containsExactly("1 file changed");
    assertThat(location.replaced().largest())
        .containsExactly(new Change(tree.path("a/old"), Kind.REPLACED, kib(64), 1));
  }

  @Test
  void failsWhereAFileWasWrittenAgainWithTheSameSize() throws IOException {
    DiskBaseline before = capture(place);
    tree.file("a/old", "x".repeat(64 * 1024), NOW.plusNanos(1));

    assertThat(since(before).replaced().largest())
        .containsExactly(new Change(tree.path("a/old"), Kind.REWRITTEN, kib(64), 1));
  }

  @Test
  void failsWhereAFileBecameADirectory() throws IOException {
    DiskBaseline before = capture(place);
    Files.delete(tree.path("a/other"));
    tree.directory("a/other");

    Verification.Location location = since(before);

    assertThat(paths(location.vanished())).containsExactly(tree.path("a/other"));
    assertThat(paths(location.grown())).contains(tree.path("a/other"));
  }

  @Test
  void aNewFileWithoutBytesIsNewWhereNothingIsTolerated() throws IOException {
    DiskBaseline before = capture(place);
    tree.file("a/lock", "");

    assertThat(since(before).failures()).containsExactly("1 path is new");
    assertThat(since(before.expecting(rules -> rules.tolerating(ByteSize.bytes(1)))).passed())
        .isTrue();
  }

  @Test
  void aBoundedPlaceMayDoWhatItLikesButGrow() throws IOException {
    DiskBaseline before = capture(place.expecting(DiskLocation.Expectation.BOUNDED));
    Files.delete(tree.path("a/old"));
    tree.file("a/other", "another text", daysAgo(1)).file("a/new", kib(16));

    Verification.Location location = since(before);

    assertThat(location.passed()).isTrue();
    assertThat(location.deltaBytes()).isNegative();
  }

  @Test
  void passesWithinTheTolerance() throws IOException {
    DiskBaseline before = capture(place.tolerating(ByteSize.kibibytes(8)));
    tree.file("a/small", kib(8));
    assertThat(since(before).passed()).isTrue();

    tree.file("a/one-more", kib(8));
    assertThat(since(before).passed()).isFalse();
  }

  @Test
  void toleratesAPartOfWhatThePlaceTook() throws IOException {
    DiskBaseline before = capture(place.tolerating(Tolerance.parse("50%")));
    tree.file("a/half", kib(32));

    Verification.Location location = since(before);

    assertThat(location.passed()).isTrue();
    assertThat(location.toleranceBytes()).isEqualTo(location.beforeBytes() / 2);
  }

  @Test
  void exceptionsDoNotCountAndNeitherDoDirectoriesMadeForThem() throws IOException {
    DiskBaseline before = capture(place.excepting("dist/*.whl", "**/*.log", "old"));
    tree.file("a/dist/x.whl", kib(64)).file("a/build.log", kib(4)).file("a/old", kib(128));
    assertThat(since(before).failures()).isEmpty();

    tree.file("a/dist/x.tar", kib(4));
    assertThat(paths(since(before).grown())).containsExactly(tree.path("a/dist/x.tar"));
  }

  @Test
  void aPathThatIsMeantToGrowMayNotMeanItsNeighbours() throws IOException {
    tree.file("a/dist[1]/kept").file("a/dist1/kept");
    DiskBaseline before = capture(place.excepting(tree.path("a/dist[1]")));
    tree.file("a/dist[1]/more", kib(64)).file("a/dist1/more", kib(4));

    assertThat(paths(since(before).grown())).containsExactly(tree.path("a/dist1/more"));
  }

  @Test
  void aPlaceWithinAPlaceCountsForItselfAlone() throws IOException {
    tree.file("a/target/old", kib(4));
    DiskBaseline before = capture(place, DiskLocation.bounded("target", tree.path("a/target")));
    tree.file("a/target/new", kib(16));

    List<Verification.Location> locations =
        Verification.compare(before, before.again(SizeProbe.portable(), NOW)).locations();

    assertThat(locations.get(0).passed()).isTrue();
    assertThat(locations.get(1).passed()).isFalse();
  }

  @Test
  void aSecondNameForAFileTakesNothing() throws IOException {
    tree.hardLink("a/zz", "a/old");
    DiskBaseline before = capture(place.tolerating(ByteSize.bytes(1)));
    tree.hardLink("a/aa", "a/old");

    Verification.Location location = since(before);

    assertThat(location.deltaBytes()).isZero();
    assertThat(location.grown().largest())
        .containsExactly(new Change(tree.path("a/aa"), Kind.CREATED, 0, 1));
  }

  @Test
  void aPlaceThatIsNotThereTakesNothing() throws IOException {
    DiskBaseline before = capture(DiskLocation.bounded("later", tree.path("later")));
    tree.file("later/cache", kib(4));

    Verification.Location location = since(before);

    assertThat(location.beforeBytes()).isZero();
    assertThat(paths(location.grown())).containsExactly(tree.path("later"));
  }

  @Test
  void tellsHowMuchTheFreeSpaceOfTheFileSystemChanged() throws IOException {
    DiskBaseline before = capture(place);
    tree.file("a/new", kib(64));

    assertThat(since(before).freedOnFileSystem()).hasValue(-kib(64));
  }

  @Test
  void aCopyElsewhereIsTheSameByNamesAndSizes() throws IOException {
    tree.file("copy/old", kib(64), daysAgo(9)).file("copy/other", "content of a/other");
    DiskBaseline copy = capture(place.at(tree.path("copy")));

    assertThat(Verification.compare(capture(place), copy).passed()).isTrue();
  }

  @Test
  void aPlaceThatWasNotCapturedAgainIsAnError() throws IOException {
    DiskBaseline before = capture(place);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Verification.compare(before, capture()))
        .withMessage("The location 'place' was not captured again");
  }

  @Test
  void twoPlacesOfOneNameAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> capture(place, place))
        .withMessageContaining("'place'");
  }
}
