package dev.lowtide.command;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program to run, with its arguments, environment and time limit.
 *
 * @param argv the executable, as a name to look up or as an absolute path, and its arguments
 * @param directory where to run it; the current one if absent
 * @param environment variables to set
 * @param inheriting whether it also inherits the variables of this process
 * @param timeLimit the time after which it and all its descendants are killed
 * @param log a file to which all its output is appended
 */
public record Command(
    List<String> argv,
    Optional<Path> directory,
    Map<String, String> environment,
    boolean inheriting,
    Duration timeLimit,
    Optional<Path> log) {
  private static final Duration DEFAULT_TIME_LIMIT = Duration.ofMinutes(10);

  public Command {
    argv = ImmutableList.copyOf(argv);
    environment = ImmutableMap.copyOf(environment);
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("A command needs an executable");
    }
  }

  /** A command with a limit of ten minutes. */
  public static Command of(String... argv) {
    return of(List.of(argv));
  }

  /** A command with a limit of ten minutes. */
  public static Command of(List<String> argv) {
    return new Command(
        argv, Optional.empty(), Map.of(), true, DEFAULT_TIME_LIMIT, Optional.empty());
  }

  public Command in(Path runDirectory) {
    return new Command(argv, Optional.of(runDirectory), environment, inheriting, timeLimit, log);
  }

  public Command with(Map<String, String> variables) {
    return new Command(argv, directory, variables, true, timeLimit, log);
  }

  /** This command with these variables only, without those of this process. */
  public Command withNothingBut(Map<String, String> variables) {
    return new Command(argv, directory, variables, false, timeLimit, log);
  }

  public Command within(Duration limit) {
    return new Command(argv, directory, environment, inheriting, limit, log);
  }

  public Command loggingTo(Path file) {
    return new Command(argv, directory, environment, inheriting, timeLimit, Optional.of(file));
  }

  /**
   * The result of a command.
   *
   * @param exit its exit code; 128 and more if a signal ended it
   * @param output the end of its output on both streams, at most 64 KiB
   * @param timedOut whether it was killed because it exceeded its time limit
   */
  public record Result(int exit, String output, boolean timedOut) {
    public boolean succeeded() {
      return exit == 0 && !timedOut;
    }

    /** The last line that it printed; empty if it printed none. */
    public String lastLine() {
      String text = output.strip();
      return text.substring(text.lastIndexOf('\n') + 1);
    }

    /**
     * Why the command failed, as a sentence; empty if it succeeded.
     *
     * @param argv the command, which the sentence names
     */
    public Optional<String> failure(List<String> argv) {
      if (succeeded()) {
        return Optional.empty();
      }
      String how = timedOut ? "took too long" : "ended with exit code " + exit;
      return Optional.of(
          "'"
              + String.join(" ", argv)
              + "' "
              + how
              + (lastLine().isEmpty() ? "" : ": " + lastLine()));
    }
  }
}
