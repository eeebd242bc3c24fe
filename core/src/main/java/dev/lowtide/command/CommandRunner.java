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
   * Runs a command to its end and returns how it ended, with any exit code.
   *
   * @throws java.io.InterruptedIOException if the thread is interrupted; the command and its
   *     children are ended
   * @throws IOException if it cannot be started, or is not among those that may be run
   */
  Command.Result run(Command command) throws IOException;

  /**
   * Runs the programs of this machine.
   *
   * <p>A bare name is looked up by {@link HostEnvironment#executable} and nowhere else, and a child
   * gets no other directories in its {@code PATH}. It starts in {@link
   * HostEnvironment#neutralDirectory}, unless the command says where.
   *
   * @param host its variables are inherited, without those that would have Git, Python or the
   *     dynamic linker look somewhere else
   * @param allowed the names of the executables that may be run; of a path, its last name counts
   */
  static CommandRunner system(HostEnvironment host, Set<String> allowed) {
    return new ProcessRunner(host, allowed);
  }

  /**
   * Starts a program of this machine, as {@link #system} finds it, and does not wait for it. The
   * caller ends it. Its standard error is discarded.
   *
   * @param host as for {@link #system}
   */
  static Process start(HostEnvironment host, Command command) throws IOException {
    return new ProcessRunner(host, Set.of()).start(command, ProcessBuilder.Redirect.DISCARD);
  }

  /**
   * Runs a command as a shell would for the user who typed it: any executable, with all variables,
   * this process's standard input and error, and nothing captured in the result.
   *
   * @param output where its standard output goes, if not to that of this process
   */
  static CommandRunner foreground(HostEnvironment host, Optional<OutputStream> output) {
    return new ForegroundRunner(host, output);
  }

  /**
   * Asks the programs of this machine. Each question is asked once; a tool that is not there, does
   * not succeed or takes longer than ten seconds has no answer.
   *
   * @param host as for {@link #system}
   * @param allowed as for {@link #system}
   */
  static Tools tools(HostEnvironment host, Set<String> allowed) {
    return new Questions(host, allowed);
  }

  /** Runs nothing. */
  static CommandRunner none() {
    return command -> {
      throw ProcessRunner.notAllowed(command.argv().get(0));
    };
  }
}
