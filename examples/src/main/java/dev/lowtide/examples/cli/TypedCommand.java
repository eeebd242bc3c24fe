package dev.lowtide.examples.cli;

import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.GracefulShutdown;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs the command that a person has typed after {@code --}. */
final class TypedCommand {
  /** A person who typed it can end it. */
  private static final Duration NO_LIMIT = Duration.ofDays(36_500);

  private TypedCommand() {}

  /** Where this process is told to end, the command is ended before. */
  static GracefulShutdown shutdown(Session session) {
    return new GracefulShutdown(
        () -> session.err().println("[WARN] Received a signal: ending the command first"));
  }

  /**
   * Runs it.
   *
   * @param apart whether its output goes to standard error, since something else is printed
   * @return its exit code
   * @throws NotStartedException if it cannot be started
   */
  static int run(GracefulShutdown shutdown, Session session, List<String> argv, boolean apart)
      throws IOException {
    CommandRunner runner =
        CommandRunner.foreground(
            session.host(), apart ? Optional.of(session.err()) : Optional.empty());
    try {
      return shutdown.interruptibly(() -> runner.run(Command.of(argv).within(NO_LIMIT))).exit();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new NotStartedException(argv.get(0), e);
    }
  }
}
