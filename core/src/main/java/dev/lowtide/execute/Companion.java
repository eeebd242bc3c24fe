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
 * A child process that does its work by existing, for example by holding a lock. It must exit when
 * its standard input ends, so that it ends with this process, however that ends. It must also echo
 * its input, as {@code cat} does, to show that it is ready.
 *
 * <p>Not thread-safe, except for {@link #close}.
 */
final class Companion implements Closeable {
  private static final int POLL_MILLIS = 5;
  private static final int SECONDS_TO_END = 5;
  private static final byte QUESTION = '\n';

  private final Process process;

  private Companion(Process process) {
    this.process = process;
  }

  /**
   * Starts a command.
   *
   * @param host as for {@link CommandRunner#system}
   */
  static Companion start(HostEnvironment host, List<String> argv) throws IOException {
    return new Companion(CommandRunner.start(host, Command.of(argv)));
  }

  /**
   * Waits until the child answers.
   *
   * @return its exit code if it ended instead; empty if it is running
   * @throws InterruptedIOException if the thread is interrupted
   * @throws IOException if it neither answers nor ends in time
   */
  Optional<Integer> awaitAnswer(Duration patience) throws IOException {
    try {
      process.getOutputStream().write(QUESTION);
      process.getOutputStream().flush();
    } catch (IOException e) {
      // it has ended already, and its exit code shows why
    }
    long end = System.nanoTime() + patience.toNanos();
    try {
      while (process.getInputStream().available() == 0) {
        if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          return Optional.of(process.exitValue());
        }
        if (System.nanoTime() > end) {
          throw new IOException("no answer within " + patience.toSeconds() + " s");
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
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        end();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      end();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kills the child by force, since it has nothing to clean up. */
  private void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
