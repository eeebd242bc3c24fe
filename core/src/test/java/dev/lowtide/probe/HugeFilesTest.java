package dev.lowtide.probe;

import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.BoundedSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums that are more than a long can hold. */
class HugeFilesTest {
  private static final Path MEMORY = Path.of("/dev/shm");

  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    assumeTrue(
        Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).type().equals("tmpfs"),
        "needs a tmpfs, the one file system here with files of 4 EiB");
    directory = Files.createTempDirectory(MEMORY, "lowtide-huge");
    for (int i = 0; i < 3; i++) {
      sparse(directory.resolve("huge" + i), 1L << 62);
    }
  }

  @AfterEach
  void removeDirectory() throws IOException {
    if (directory != null) {
      for (int i = 0; i < 3; i++) {
        Files.deleteIfExists(directory.resolve("huge" + i));
      }
      Files.delete(directory);
    }
  }

  private static void sparse(Path file, long size) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), size - 1);
    }
  }

  @Test
  void theSumOfSizesStopsAtTheLargestNumber() throws IOException {
    DiskUsage usage = SizeProbe.best().measure(directory);

    assertThat(usage.apparentBytes()).isEqualTo(Long.MAX_VALUE);
    if (usage.allocatedExact()) {
      assertThat(usage.allocatedBytes()).isLessThan(mib(1));
    }
  }

  @Test
  void soDoesTheEstimateOfThePortableProbe() throws IOException {
    assertThat(SizeProbe.portable().measure(directory).allocatedBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void andWhatComesFreeByIt() throws IOException {
    Snapshot snapshot = SizeProbe.portable().capture(directory);

    Reclaimable reclaimable = new Reclaimable();
    BoundedSize freed =
        snapshot.root().children().stream()
            .map(reclaimable::remove)
            .reduce(BoundedSize.ZERO, BoundedSize::plus);
    assertThat(freed.bytes()).isEqualTo(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1901-12-14T00:00:00Z", "2500-01-01T00:00:00.9Z", "+30828-01-01T00:00:00.9Z"})
  void aTimeOfTheFarFutureIsNotOld(Instant time) throws IOException {
    Path file = directory.resolve("huge0");
    Files.setLastModifiedTime(file, FileTime.from(time));

    for (SizeProbe probe : List.of(SizeProbe.best(), SizeProbe.portable())) {
      Instant seen = probe.capture(file).root().lastModified();
      assertThat(seen.isBefore(Instant.EPOCH))
          .as("%s by %s", seen, probe.name())
          .isEqualTo(time.isBefore(Instant.EPOCH));
    }
  }
}
