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
}
