package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.fs.Flock;
import dev.lowtide.fs.FlockContract;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlockCommandTest extends FlockContract {
  @Override
  protected Flock flock() {
    ChildProcess.assumeTool("flock");
    return FlockCommand.on(HostEnvironment.current()).orElseThrow();
  }

  /** A machine whose flock is a script. */
  private HostEnvironment machine(String script) throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path tool = Files.writeString(bin.resolve("flock"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
    return HostEnvironment.of(
        OperatingSystem.LINUX,
        FileSystems.getDefault(),
        Map.of("PATH", bin.toString()),
        "/",
        "/tmp");
  }

  @Test
  void isNotThereWithoutTheTool() throws IOException {
    Files.createDirectories(directory.resolve("bin"));
    HostEnvironment empty = machine("true");
    Files.setPosixFilePermissions(
        directory.resolve("bin/flock"), PosixFilePermissions.fromString("rw-------"));

    assertThat(FlockCommand.on(empty)).isEmpty();
  }

  @Test
  void aToolThatFailsDecidesNothing() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Flock broken = FlockCommand.on(machine("exit 66")).orElseThrow();

    assertThatThrownBy(() -> broken.tryLock(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("66");
  }

  @Test
  void anInterruptEndsTheWaitAndTheChild() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Flock silent = FlockCommand.on(machine("while read line; do :; done")).orElseThrow();
    long children = ProcessHandle.current().children().count();

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> silent.tryLock(file)).isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(ProcessHandle.current().children().count()).isEqualTo(children);
  }
}
