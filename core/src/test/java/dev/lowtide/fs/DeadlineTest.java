package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.testing.ChildProcess;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadlineTest {
  private static final Path NAME = Path.of("name");
  private static final Duration SHORT = Duration.ofMillis(20);

  @TempDir Path directory;

  @Test
  void aDirectoryThatIsAFifoByNowDoesNotHoldUpTheRemoval() throws IOException {
    ChildProcess.run(directory, "mkfifo", "fifo");
    try (OpenDirectory opened =
        new SecureDirectory(
            (SecureDirectoryStream<Path>) Files.newDirectoryStream(directory),
            Path.of(".."),
            SHORT)) {
      assertThatThrownBy(() -> opened.open(Path.of("fifo")))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("fifo")
          .hasMessageContaining("did not respond");
    }
    // Lets the thread go that waits for a writer
    FileChannel.open(directory.resolve("fifo"), StandardOpenOption.WRITE).close();
  }

  @Test
  void whatOpensTooLateIsClosed() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);

    assertThatThrownBy(
            () ->
                Deadline.<Closeable>call(
                    NAME,
                    SHORT,
                    () -> {
                      awaitUninterrupted(opening);
                      return closed::countDown;
                    }))
        .isInstanceOf(FileSystemException.class);
    opening.countDown();

    closed.await();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly(latch);
  }

  @Test
  void passesOnWhatIsOpenedAndWhatIsThrown() throws IOException {
    Closeable opened = () -> {};

    assertThat(Deadline.call(NAME, Deadline.OPEN, () -> opened)).isSameAs(opened);
    assertThatThrownBy(
            () ->
                Deadline.<Closeable>call(
                    NAME,
                    Deadline.OPEN,
                    () -> {
                      throw new NoSuchFileException("x");
                    }))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void anInterruptDoesNotLoseWhatIsOpened() throws IOException {
    Closeable opened = () -> {};
    Thread.currentThread().interrupt();

    assertThat(Deadline.call(NAME, Deadline.OPEN, () -> opened)).isSameAs(opened);
    assertThat(Thread.interrupted()).isTrue();
  }
}
