package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTimesTest {
  private static final FileTime WRITTEN = time("2026-01-01T00:00:00.123456789Z");

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void writeAFile() throws IOException {
    file = Files.writeString(directory.toRealPath().resolve("file"), "content");
  }

  private static FileTime time(String text) {
    return FileTime.from(Instant.parse(text));
  }

  private void setTimes(FileTime access) throws IOException {
    Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(WRITTEN, access, null);
  }

  private FileTime lastAccess() throws IOException {
    return (FileTime) Files.getAttribute(file, "lastAccessTime");
  }

  private void assumeThatReadingIsRecorded() throws IOException {
    setTimes(WRITTEN);
    Files.readString(file);
    FileTime first = lastAccess();
    assumeThat(first).as("access times are recorded here").isNotEqualTo(WRITTEN);
  }

  /** It ticks a few hundred times a second. */
  private void waitForTheClockOfFilesAfter(FileTime time) throws IOException {
    Path clock = directory.resolve("clock");
    do {
      Files.writeString(clock, "tick");
    } while (Files.getLastModifiedTime(clock).compareTo(time) <= 0);
  }

  @Test
  void putsBothTimesBackToTheNanosecond() throws IOException {
    setTimes(WRITTEN);

    byte[] bytes = AccessTimes.readPreservingAccessTime(file, 4);

    assertThat(bytes).asString().isEqualTo("cont");
    assertThat(lastAccess()).isEqualTo(WRITTEN);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(WRITTEN);
  }

  @Test
  void hasTheNextReadingRecorded() throws IOException {
    assumeThatReadingIsRecorded();
    FileTime justRead = lastAccess();
    waitForTheClockOfFilesAfter(justRead);
    Files.readString(file);
    assumeThat(lastAccess()).as("not every reading is recorded").isEqualTo(justRead);

    AccessTimes.recordNextRead(file);

    assertThat(lastAccess()).isEqualTo(justRead);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(WRITTEN);
    Files.readString(file);
    assertThat(lastAccess()).isGreaterThan(justRead);
  }

  @Test
  void knowsThatNothingIsRecordedWhereItIsMountedSo() throws IOException {
    assertThat(AccessTimes.recordsReads(directory))
        .isEqualTo(MountTable.read().optionsAt(directory).stream().noneMatch("noatime"::equals));
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mounted"));

    ChildProcess.runWithMounts(
        "mount -t tmpfs -o noatime tmpfs \"$1\"", NotRecorded.class, mounted.toString());
  }

  /** Runs where the directory is a tmpfs mounted {@code noatime}. */
  static final class NotRecorded {
    public static void main(String[] args) {
      assertThat(AccessTimes.recordsReads(Path.of(args[0]))).isFalse();
    }
  }
}
