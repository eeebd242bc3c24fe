package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On file systems in memory, to which no other program writes. */
class FreeSpaceChangeTest {
  private static final int MUCH = (int) ByteSize.mebibytes(80).bytes();
  private static final int LITTLE = (int) ByteSize.mebibytes(20).bytes();

  private final TestTree tree = TestTree.inMemory().file("place/notes").directory("elsewhere");
  private final DiskLocation place = DiskLocation.bounded("place", tree.path("place"));

  private static DiskBaseline capture(DiskLocation... places) throws IOException {
    return DiskBaseline.capture(List.of(places), SizeProbe.portable(), NOW);
  }

  private static Verification since(DiskBaseline before) throws IOException {
    return Verification.compare(before, before.again(SizeProbe.portable(), NOW));
  }

  private static Path write(Path file, int bytes) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, new byte[bytes]);
  }

  @Test
  void aFileOutsideOfTheLocationsIsAWarningAndNoFailure() throws IOException {
    DiskBaseline before = capture(place);
    write(tree.path("elsewhere/leak"), MUCH);

    Verification verification = since(before);

    assertThat(verification.passed()).isTrue();
    assertThat(verification.explain())
        .contains("\nWARN  ")
        .contains("free space shrank by 80 MiB, and the locations on it grew by 0 B. 80 MiB went")
        .contains("'lowtide doctor'");
    assertThat(verification.toJson()).contains("\"explained\": false");
  }

  @Test
  void aDeletedFileThatIsStillOpenIsAWarningUntilItIsClosed() throws IOException {
    DiskBaseline before = capture(place);
    Path file = tree.path("place/gone");
    try (WritableByteChannel open =
        Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      open.write(ByteBuffer.wrap(new byte[MUCH]));
      Files.delete(file);

      assertThat(since(before).warnings())
          .singleElement()
          .asString()
          .contains("shrank by 80 MiB", "still open");
    }
    assertThat(since(before).warnings()).isEmpty();
  }

  @Test
  void whatIsRemovedElsewhereIsAWarning() throws IOException {
    write(tree.path("elsewhere/theirs"), MUCH);
    DiskBaseline before = capture(place);
    Files.delete(tree.path("elsewhere/theirs"));

    assertThat(since(before).warnings())
        .singleElement()
        .asString()
        .contains("grew by 80 MiB", "80 MiB came from elsewhere");
  }

  @Test
  void whatOtherProgramsUsuallyWriteIsNoWarning() throws IOException {
    DiskBaseline before = capture(place);
    write(tree.path("elsewhere/journal"), LITTLE);

    assertThat(since(before).warnings()).isEmpty();
  }

  @Test
  void growthOfALocationExplainsItEvenIfItIsExcepted() throws IOException {
    DiskBaseline before = capture(place.excepting("dist"));
    write(tree.path("place/dist/wheel"), MUCH);

    Verification verification = since(before);

    assertThat(verification.locations().get(0).deltaBytes()).isZero();
    assertThat(verification.warnings()).isEmpty();
  }

  @Test
  void aLocationInAnotherOneExplainsItOnce() throws IOException {
    DiskBaseline before = capture(place, DiskLocation.bounded("in", tree.path("place/in")));
    write(tree.path("place/in/file"), MUCH);

    assertThat(since(before).warnings()).isEmpty();
  }

  @Test
  void aFurtherTreeExplainsItUnlessItIsInALocation() throws IOException {
    DiskBaseline before = capture(place);
    Path elsewhere = write(tree.path("elsewhere/wheel"), MUCH);
    Path inside = write(tree.path("place/wheel"), MUCH);

    Verification verification = since(before).explainedBy(inside, MUCH);

    assertThat(verification.warnings()).hasSize(1);
    assertThat(verification.explainedBy(elsewhere, MUCH).warnings()).isEmpty();
  }

  @Test
  void growthOnAFileSystemOfTheSameSizeExplainsItForBothMayShareTheSpace() throws IOException {
    TestTree overlay = TestTree.inMemory().directory("place");
    DiskBaseline before = capture(place, DiskLocation.bounded("other", overlay.path("place")));
    write(overlay.path("place/file"), MUCH);
    write(tree.path("elsewhere/file"), MUCH); // as if it were the same space

    assertThat(since(before).warnings()).isEmpty();
  }

  @Test
  void aBaselineFromAFileSaysNothingAboutFreeSpace(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("baseline.json");
    capture(DiskLocation.bounded("place", directory)).save(file);

    assertThat(since(DiskBaseline.load(file)).freeSpace()).isEmpty();
  }
}
