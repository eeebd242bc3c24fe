package dev.lowtide.policies.python.temporary;

import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools.RunningProgram;
import dev.lowtide.policies.python.places.Places;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The running programs that may have made a temporary directory, and may still work in it. */
final class CreatorProcesses {
  /** The kernel dates files by a clock that lags behind the clock for processes. */
  static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

  private static final Pattern INTERPRETER = Pattern.compile("(python|pypy).*");

  /** Options of an interpreter that take a value; "Command line" of CPython 3.14. */
  private static final Set<String> OPTIONS_WITH_VALUE =
      Set.of("-X", "-W", "--check-hash-based-pycs");

  private final List<RunningProgram> running;
  private final HostEnvironment host;

  private CreatorProcesses(List<RunningProgram> running, HostEnvironment host) {
    this.running = running;
    this.host = host;
  }

  /**
   * The programs that run now.
   *
   * @param names of the programs, or of the scripts and modules that an interpreter runs
   */
  static CreatorProcesses running(Pattern names, HostEnvironment host) {
    return new CreatorProcesses(
        host.running().stream().filter(program -> isCreator(program, names)).toList(), host);
  }

  /**
   * Why one of the programs may work in a directory; empty if none was running when the directory
   * last changed.
   *
   * @param directory the temporary directory that contains it
   * @param lastChanged when something in it last changed
   */
  Optional<String> objection(Path directory, Instant lastChanged) {
    return running.stream()
        .filter(creator -> !lastChanged.isBefore(earliestStart(creator)))
        .filter(creator -> mayWorkIn(directory, creator))
        .findFirst()
        .map(
            creator ->
                (creator.argv().isEmpty()
                        ? "an unidentified process"
                        : String.join(" ", creator.argv().stream().limit(3).toList()))
                    + " (pid "
                    + creator.pid()
                    + ") was running before it last changed, and may have made it");
  }

  /** Recognises a program by its name, or by the script or module that an interpreter runs. */
  private static boolean isCreator(RunningProgram program, Pattern names) {
    if (program.argv().isEmpty()) {
      return true; // it may be any program
    }
    Iterator<String> argv = program.argv().iterator();
    String name = lastName(argv.next());
    if (!INTERPRETER.matcher(name).matches()) {
      return names.matcher(name).matches();
    }
    while (argv.hasNext()) {
      String argument = argv.next();
      if (argument.equals("-c")) {
        return false;
      } else if (argument.equals("-m") || !argument.startsWith("-")) {
        return names
            .matcher(argument.equals("-m") && argv.hasNext() ? argv.next() : lastName(argument))
            .matches();
      } else if (OPTIONS_WITH_VALUE.contains(argument) && argv.hasNext()) {
        argv.next();
      }
    }
    return false;
  }

  private static Instant earliestStart(RunningProgram creator) {
    return creator.argv().isEmpty() ? Instant.MIN : creator.started().minus(CLOCK_TOLERANCE);
  }

  private static String lastName(String path) {
    return path.substring(path.replace('\\', '/').lastIndexOf('/') + 1);
  }

  /**
   * Whether a program may use this temporary directory. It does not if its variables name other
   * directories and all of these exist: tempfile skips a missing directory and uses the default.
   */
  private boolean mayWorkIn(Path directory, RunningProgram program) {
    Path realDirectory = host.resolved(directory);
    return program
        .temporaryDirectories()
        .filter(temporaryDirectories -> !temporaryDirectories.isEmpty())
        .map(
            temporaryDirectories ->
                !temporaryDirectories.stream()
                    .map(text -> Places.path(text, host).filter(Path::isAbsolute))
                    .map(path -> path.flatMap(host::real))
                    .allMatch(path -> path.filter(real -> !real.equals(realDirectory)).isPresent()))
        .orElse(true);
  }
}
