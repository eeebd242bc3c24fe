package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.LockHolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every way to take a lock must do, told by flock(1) as the other program. */
public abstract class FlockContract {
  @TempDir protected Path directory;

  /** The way to be tested; skips the test where there is none. */
  protected abstract Flock flock();

  @BeforeEach
  void isThere() {
    assertThat(flock()).isNotNull();
  }

  private Path file() throws IOException {
    return Files.writeString(directory.toRealPath().resolve(".lock"), "text");
  }

  private boolean isFree() {
    return ChildProcess.run(
            directory, "sh", "-c", "flock -n -x .lock true && echo free || echo held")
        .equals("free\n");
  }

  @Test
  void keepsOthersOutUntilItIsClosed() throws IOException {
    Path file = file();

    Closeable lock = flock().tryLock(file).orElseThrow();
    assertThat(isFree()).isFalse();
    lock.close();

    assertThat(isFree()).isTrue();
    assertThat(file).hasContent("text");
  }

  @Test
  void closingTwiceIsClosingOnce() throws IOException {
    Closeable lock = flock().tryLock(file()).orElseThrow();
    lock.close();
    lock.close();
  }

  @Test
  void isKeptOutByWhoeverHoldsIt() throws IOException {
    Path file = file();
    for (LockHolder holder : new LockHolder[] {LockHolder.FLOCK, LockHolder.SHARED_FLOCK}) {
      try (Running other = holder.hold(file)) {
        assertThat(flock().tryLock(file)).as("beside pid %d", other.pid()).isEmpty();
      }
    }
  }

  @Test
  void isKeptOutByAnotherLockOfThisProcess() throws IOException {
    Path file = file();
    try (Closeable first = flock().tryLock(file).orElseThrow()) {
      assertThat(first).isNotNull();
      assertThat(flock().tryLock(file)).isEmpty();
    }
  }

  @Test
  void makesNoFileThatIsNotThere() {
    Path missing = directory.resolve("missing");

    assertThatIOException().isThrownBy(() -> flock().tryLock(missing));
    assertThat(missing).doesNotExist();
  }

  @Test
  void followsNoLink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), file());
    Path nowhere = Files.createSymbolicLink(directory.resolve("link2"), Path.of("missing"));

    assertThatIOException().isThrownBy(() -> flock().tryLock(link));
    assertThatIOException().isThrownBy(() -> flock().tryLock(nowhere));
    assertThat(directory.resolve("missing")).doesNotExist();
  }

  @Test
  void takesANameThatIsNoText() throws IOException {
    Path strange = directory.resolve("a b\n'\u00fc");
    Files.createFile(strange);

    Optional<Closeable> lock = flock().tryLock(strange);

    assertThat(lock).isPresent();
    lock.get().close();
  }

  @Test
  void aChildThatIsStartedMeanwhileDoesNotInheritIt() throws IOException {
    Path file = file();
    Closeable lock = flock().tryLock(file).orElseThrow();
    try (Running child = ChildProcess.python("")) {
      lock.close();

      assertThat(isFree()).as("while pid %d lives", child.pid()).isTrue();
    }
  }

  @Test
  void leavesNothingOpenAndNoChildBehind() throws IOException {
    Path file = file();
    flock().tryLock(file).orElseThrow().close();
    long descriptors = openDescriptors();
    long children = ProcessHandle.current().children().count();
    for (int i = 0; i < 10; i++) {
      flock().tryLock(file).orElseThrow().close();
      try (Closeable held = flock().tryLock(file).orElseThrow()) {
        assertThat(held).isNotNull();
        assertThat(flock().tryLock(file)).isEmpty();
      }
      assertThatIOException().isThrownBy(() -> flock().tryLock(directory.resolve("missing")));
    }

    assertThat(openDescriptors()).isLessThan(descriptors + 10);
    assertThat(ProcessHandle.current().children().count()).isEqualTo(children);
  }

  private static long openDescriptors() throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }
}
