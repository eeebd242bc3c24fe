package dev.lowtide.command;

import dev.lowtide.HostEnvironment;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A child process that does its work by being there, as one that holds a lock does. It must end
 * with its standard input, so that it ends with this process too, whatever ends that; and it must
 * give back what it reads, as {@code cat} does, to tell that it has got so far.
 *
 * <p>For one thread, but for {@link #close}.
 */
public final class Companion implements Closeable {
  private static final int POLL_MILLIS = 5;
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
  public static Companion start(HostEnvironment host, List<String> argv) throws IOException {
    Path name = Path.of(argv.get(0)).getFileName();
    ProcessRunner runner = new ProcessRunner(host, Set.of(String.valueOf(name)));
    return new Companion(runner.start(Command.of(argv), ProcessBuilder.Redirect.DISCARD));
  }

  /**
   * Waits until it answers.
   *
   * @return its exit code if it ended instead; empty if it is there
   * @throws InterruptedIOException if the thread is interrupted
   * @throws IOException if it does neither in time
   */
  public Optional<Integer> awaitAnswer(Duration patience) throws IOException {
    try {
      process.getOutputStream().write(QUESTION);
      process.getOutputStream().flush();
    } catch (IOException e) {
      // it has ended already, and its exit code tells why
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

  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Ends it, and waits until it has ended. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it has ended before it has read what was written
    }
    boolean interrupted = Thread.interrupted();
    try {
      if (!process.waitFor(ProcessRunner.MILLIS_TO_END, TimeUnit.MILLISECONDS)) {
        ProcessRunner.end(process);
      }
    } catch (InterruptedException e) {
      interrupted = true;
      ProcessRunner.end(process);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
