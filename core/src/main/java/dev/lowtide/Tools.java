package dev.lowtide;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Answers questions to the programs of a machine, such as {@code cargo metadata} or {@code pip
 * cache dir}: a tool's own word on where it keeps things and how it is configured comes before what
 * can be guessed from variables and files.
 *
 * <p>Questions change nothing. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface Tools {
  /** Knows no tool. */
  Tools NONE = (directory, argv) -> Optional.empty();

  /**
   * What a program prints on its standard output, if it is there, may be asked and succeeds in
   * time.
   *
   * @param directory where to ask, since tools read configuration files around it
   * @param argv the executable's name and its arguments; never seen by a shell
   */
  Optional<String> ask(Path directory, List<String> argv);

  /**
   * Whether a program of that name is running, as far as the user can see; unless overridden, none
   * is. There are tools that start a server when they are asked about one.
   */
  default boolean isRunning(String executable) {
    return false;
  }

  /**
   * The programs that are running, as far as the user can see, without this one; unless overridden,
   * none.
   */
  default List<RunningProgram> running() {
    return List.of();
  }

  /**
   * Those that answer on a machine that differs from the one that they were made for, such as in
   * its variables; unless overridden, the same.
   */
  default Tools on(HostEnvironment host) {
    return this;
  }

  /**
   * A program that is running.
   *
   * @param pid its number
   * @param argv what it was started with, its own name first; empty if it does not answer, and then
   *     it may be any program
   * @param started when that was
   * @param temporaryDirectories what {@code TMPDIR}, {@code TEMP} and {@code TMP} said then; empty
   *     where the system does not tell
   */
  record RunningProgram(
      long pid, List<String> argv, Instant started, Optional<Set<String>> temporaryDirectories) {
    public RunningProgram {
      argv = ImmutableList.copyOf(argv);
      temporaryDirectories = temporaryDirectories.map(ImmutableSet::copyOf);
    }

    /** One that does not say what it is: it may run since ever, and work anywhere. */
    public static RunningProgram withoutAnswer(long pid) {
      return new RunningProgram(pid, List.of(), Instant.MIN, Optional.empty());
    }
  }
}
