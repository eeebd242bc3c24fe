package dev.lowtide.command;

import dev.lowtide.HostEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a command that a person has typed, on the terminal of this process if it has one. */
final class ForegroundRunner implements CommandRunner {
  private final HostEnvironment host;
  private final Optional<OutputStream> output;

  ForegroundRunner(HostEnvironment host, Optional<OutputStream> output) {
    this.host = host;
    this.output = output;
  }

  @Override
  public Command.Result run(Command command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command.argv()).inheritIO();
    if (output.isPresent()) {
      builder.redirectOutput(Redirect.PIPE);
    }
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(host.variables());
    environment.putAll(command.environment());
    command.directory().ifPresent(directory -> builder.directory(directory.toFile()));
    Process process = builder.start();
    try {
      Thread copier = new Thread(() -> copy(process.getInputStream()), "lowtide-output");
      copier.setDaemon(true);
      copier.start();
      boolean hasEnded = process.waitFor(command.timeLimit().toMillis(), TimeUnit.MILLISECONDS);
      if (!hasEnded) {
        ProcessRunner.terminate(process);
      }
      copier.join(ProcessRunner.TERMINATION_MILLIS);
      return new Command.Result(process.waitFor(), "", !hasEnded);
    } catch (InterruptedException e) {
      ProcessRunner.terminate(process);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while running " + command.argv().get(0));
    }
  }

  private void copy(InputStream in) {
    try (in) {
      in.transferTo(output.orElseGet(OutputStream::nullOutputStream));
    } catch (IOException e) {
      // the pipe closes when the process is killed; then there is nothing left to copy
    }
  }
}
