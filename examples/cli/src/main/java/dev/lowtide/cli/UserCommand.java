package dev.lowtide.cli;

import static dev.lowtide.cli.Options.parameters;

import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Runs a command of the user, such as the one after {@code --}. */
final class UserCommand {
  /** No limit: the user can end the command. */
  private static final Duration NO_LIMIT = Duration.ofDays(36_500);

  /** The exit codes of a program that runs a command. */
  static final String[] EXITS = {
    "126:The command cannot be executed.",
    "127:There is no such command.",
    "other:The exit code of the command."
  };

  private UserCommand() {}

  /** Adds the parameters after {@code --}, which are the command, to options. */
  static void addTo(Options options, Consumer<List<String>> to) {
    options.list(
        parameters()
            .paramLabel("COMMAND")
            .arity("0..*")
            .description("The command to run, after --."),
        String.class,
        to);
  }

  /** Ends the command, and only then this process, if the process receives a signal. */
  static GracefulShutdown shutdown(Session session) {
    return new GracefulShutdown(
        () -> session.err().println("[WARN] Received a signal: ending the command, then stopping"));
  }

  /**
   * Runs the command.
   *
   * @param toStandardError whether its output goes to standard error, because standard output has
   *     the result
   * @return its exit code
   * @throws NotStartedException if it cannot be started
   */
  static int run(Session session, List<String> argv, boolean toStandardError) throws IOException {
    CommandRunner runner =
        CommandRunner.foreground(
            session.host(), toStandardError ? Optional.of(session.err()) : Optional.empty());
    try {
      return runner.run(Command.of(argv).within(NO_LIMIT)).exit();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new NotStartedException(argv.get(0), e);
    }
  }
}
