package dev.lowtide.command;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program to run.
 *
 * @param argv the executable, as a name to look up or as an absolute path, and its arguments
 * @param directory where to run it; the current one if absent
 * @param environment variables to set
 * @param inheriting whether it has the variables of this process too
 * @param timeLimit after which it and all its children are ended
 * @param log a file to which everything that it prints is appended
 */
public record Command(
    List<String> argv,
    Optional<Path> directory,
    Map<String, String> environment,
    boolean inheriting,
    Duration timeLimit,
    Optional<Path> log) {
  private static final Duration USUAL_LIMIT = Duration.ofMinutes(10);

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
    return new Command(argv, Optional.empty(), Map.of(), true, USUAL_LIMIT, Optional.empty());
  }

  public Command in(Path runDirectory) {
    return new Command(argv, Optional.of(runDirectory), environment, inheriting, timeLimit, log);
  }

  public Command with(Map<String, String> variables) {
    return new Command(argv, directory, variables, true, timeLimit, log);
  }

  /** This command with these variables, and none of those that this process has. */
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
   * How a command ended.
   *
   * @param exit its exit code; 128 and more if a signal ended it
   * @param output the last part of what it printed on both streams, 64 KiB at the most
   * @param timedOut whether it was ended because its time was up
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
     * Why it did not succeed, as a sentence; empty if it did.
     *
     * @param argv the command, to be named in it
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
