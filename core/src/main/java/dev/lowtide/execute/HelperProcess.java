package dev.lowtide.execute;

import dev.lowtide.HostEnvironment;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A child process that is useful as long as it runs, for example because it holds a lock. It must
 * exit when its standard input ends, so that it never outlives this process. It must also echo its
 * input, as {@code cat} does, to show that it is ready.
 *
 * <p>Not thread-safe, except for {@link #close}.
 */
final class HelperProcess implements Closeable {
  private static final int POLL_INTERVAL_MILLIS = 5;
  private static final int TERMINATION_SECONDS = 5;
  private static final byte READINESS_REQUEST = '\n';

  private final Process process;

  private HelperProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts a command.
   *
   * @param host as for {@link CommandRunner#system}
   */
  static HelperProcess start(HostEnvironment host, List<String> argv) throws IOException {
    return new HelperProcess(CommandRunner.start(host, Command.of(argv)));
  }

  /**
   * Waits until the child is ready: it then echoes its input.
   *
   * @return the exit code of the child if it has ended; empty if it is ready
   * @throws InterruptedIOException if the thread is interrupted
   * @throws IOException if it is neither ready nor ended in time
   */
  Optional<Integer> awaitReady(Duration timeout) throws IOException {
    try {
      process.getOutputStream().write(READINESS_REQUEST);
      process.getOutputStream().flush();
    } catch (IOException e) {
      // it has ended already, and its exit code shows why
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (process.getInputStream().available() == 0) {
        if (process.waitFor(POLL_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
          return Optional.of(process.exitValue());
        }
        if (System.nanoTime() > deadline) {
          throw new IOException(
              "the helper process did not answer within " + timeout.toSeconds() + " s");
        }
      }
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while waiting for " + process.info());
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Ends the child, and waits until it has ended. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it ended before it read its input
    }
    boolean interrupted = Thread.interrupted();
    try {
      if (!process.waitFor(TERMINATION_SECONDS, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      kill();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kills the child by force, since it needs no cleanup. */
  private void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
