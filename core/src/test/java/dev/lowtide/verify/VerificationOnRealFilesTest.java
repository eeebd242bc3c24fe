package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.Verification.Change;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a real file system tells: the time of the last status change. */
class VerificationOnRealFilesTest {
  @TempDir Path directory;
  private Path file;
  private DiskBaseline before;

  @BeforeEach
  void capture() throws IOException {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "skipped: the file system tells no status changes");
    file = TestTree.in(directory).file("notes.txt", "mine").path("notes.txt");
    before =
        DiskBaseline.capture(
            List.of(DiskLocation.unchanged("place", directory)), SizeProbe.best(), NOW);
  }

  private List<Change> replaced() throws IOException {
    return Verification.compare(before, before.again(SizeProbe.best(), NOW))
        .locations()
        .get(0)
        .replaced()
        .largest();
  }

  @Test
  void seesContentThatWasReplacedAlthoughTheTimeWasSetBack() throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
      out.write("ours".getBytes(StandardCharsets.UTF_8));
    }
    Files.setLastModifiedTime(file, modified);

    assertThat(replaced()).containsExactly(new Change(file, Verification.Kind.TOUCHED, 4096, 1));
  }

  @Test
  void seesOtherPermissions() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThat(replaced()).extracting(Change::kind).containsExactly(Verification.Kind.TOUCHED);
  }

  @Test
  void doesNotMindThatAFileWasRead() throws IOException {
    Files.readAllBytes(file);

    assertThat(replaced()).isEmpty();
  }

  @Test
  void doesNotMindWhatCameAndWentInADirectory() throws IOException {
    Files.delete(Files.createFile(directory.resolve("temporary")));

    assertThat(Verification.compare(before, before.again(SizeProbe.best(), NOW)).passed()).isTrue();
  }
}
