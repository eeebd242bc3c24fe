package dev.lowtide;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Asks the programs of a machine questions, such as {@code cargo metadata} or {@code pip cache
 * dir}: what a tool itself reports about its directories and settings takes precedence over guesses
 * from variables and files.
 *
 * <p>Questions do not change anything. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface Tools {
  /** Knows no tool. */
  Tools NONE = (directory, argv) -> Optional.empty();

  /**
   * The standard output of a program; empty if it is not installed, may not be run, fails or takes
   * too long.
   *
   * @param directory where to run it, since tools read configuration files in and above that
   *     directory
   * @param argv the executable's name and its arguments; never passed to a shell
   */
  Optional<String> ask(Path directory, List<String> argv);

  /**
   * Whether a program with this name is running, as far as the user can see; by default false. It
   * is checked before a tool is asked about its server, because the question could start one.
   */
  default boolean isRunning(String executable) {
    return false;
  }

  /** The running programs that the user can see, except this one; by default none. */
  default List<RunningProgram> running() {
    return List.of();
  }

  /**
   * The tools of a changed environment, for example one with other variables; by default the same
   * tools.
   */
  default Tools on(HostEnvironment host) {
    return this;
  }

  /**
   * A program that is running.
   *
   * @param pid its process id
   * @param argv its command line, beginning with its own name; empty if that cannot be read, so
   *     that it may be any program
   * @param started when it was started
   * @param temporaryDirectories the values of {@code TMPDIR}, {@code TEMP} and {@code TMP} at its
   *     start; empty if the system does not report them
   */
  record RunningProgram(
      long pid, List<String> argv, Instant started, Optional<Set<String>> temporaryDirectories) {
    public RunningProgram {
      argv = ImmutableList.copyOf(argv);
      temporaryDirectories = temporaryDirectories.map(ImmutableSet::copyOf);
    }

    /**
     * A program of which only the process id is known: it may have been started at any time, and
     * use any directory.
     */
    public static RunningProgram withoutAnswer(long pid) {
      return new RunningProgram(pid, List.of(), Instant.MIN, Optional.empty());
    }
  }
}
