package dev.lowtide.command;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;

/** Runs other programs. Implementations are safe for use by many threads. */
@FunctionalInterface
public interface CommandRunner {

  /**
   * Runs a command and waits for it. The result has the exit code; a code other than 0 does not
   * throw an exception.
   *
   * @throws java.io.InterruptedIOException if the thread is interrupted; the command and its
   *     descendants are killed
   * @throws IOException if it cannot be started, or its executable is not allowed
   */
  Command.Result run(Command command) throws IOException;

  /**
   * Runs the programs of this machine.
   *
   * <p>A bare name is looked up by {@link HostEnvironment#executable} and nowhere else, and the
   * {@code PATH} of a child has only the directories that are searched there. A child starts in
   * {@link HostEnvironment#neutralDirectory}, unless the command names a directory.
   *
   * @param host the environment whose variables are inherited, except those that would make Git,
   *     Python or the dynamic linker use other directories
   * @param allowed the names of the executables that may be run; for a path, its file name is
   *     checked
   */
  static CommandRunner system(HostEnvironment host, Set<String> allowed) {
    return new ProcessRunner(host, allowed);
  }

  /**
   * Starts a program of this machine, found as by {@link #system}, and does not wait for it. The
   * caller must end it. Its standard error is discarded.
   *
   * @param host as for {@link #system}
   */
  static Process start(HostEnvironment host, Command command) throws IOException {
    return new ProcessRunner(host, Set.of()).start(command, ProcessBuilder.Redirect.DISCARD);
  }

  /**
   * Runs commands as a shell does for the user: any executable, with all variables and with this
   * process's standard input and error. The result contains no output.
   *
   * @param output receives the standard output; if empty, it goes to that of this process
   */
  static CommandRunner foreground(HostEnvironment host, Optional<OutputStream> output) {
    return new ForegroundRunner(host, output);
  }

  /**
   * Queries the programs of this machine. Each query is run once, and its output is cached. A tool
   * that is not installed, fails or takes longer than ten seconds has no output.
   *
   * @param host as for {@link #system}
   * @param allowed as for {@link #system}
   */
  static Tools tools(HostEnvironment host, Set<String> allowed) {
    return new CachingTools(host, allowed);
  }

  /** A runner that runs no command. */
  static CommandRunner none() {
    return command -> {
      throw ProcessRunner.notAllowed(command.argv().get(0));
    };
  }
}
