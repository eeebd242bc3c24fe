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
final class Makers {
  /** The kernel dates files by a clock that lags behind the clock for processes. */
  static final Duration IMPRECISION = Duration.ofSeconds(2);

  private static final Pattern INTERPRETER = Pattern.compile("(python|pypy).*");

  /** Options of an interpreter that take a value; "Command line" of CPython 3.14. */
  private static final Set<String> WITH_VALUE = Set.of("-X", "-W", "--check-hash-based-pycs");

  private final List<RunningProgram> running;
  private final HostEnvironment host;

  private Makers(List<RunningProgram> running, HostEnvironment host) {
    this.running = running;
    this.host = host;
  }

  /**
   * Those that run now.
   *
   * @param names of the programs, or of the scripts and modules that an interpreter runs
   */
  static Makers running(Pattern names, HostEnvironment host) {
    return new Makers(
        host.running().stream().filter(program -> isMaker(program, names)).toList(), host);
  }

  /**
   * Why one of them may work in a directory; empty if none was running when it last changed.
   *
   * @param place the temporary directory that contains it
   * @param touched when something in it last changed
   */
  Optional<String> objection(Path place, Instant touched) {
    return running.stream()
        .filter(maker -> !touched.isBefore(earliest(maker)))
        .filter(maker -> mayWorkIn(place, maker))
        .findFirst()
        .map(
            maker ->
                (maker.argv().isEmpty()
                        ? "an unidentified process"
                        : String.join(" ", maker.argv().stream().limit(3).toList()))
                    + " (pid "
                    + maker.pid()
                    + ") was running before it last changed, and may have made it");
  }

  /** Recognises a program by its name, or by the script or module that an interpreter runs. */
  private static boolean isMaker(RunningProgram program, Pattern names) {
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
      } else if (WITH_VALUE.contains(argument) && argv.hasNext()) {
        argv.next();
      }
    }
    return false;
  }

  private static Instant earliest(RunningProgram maker) {
    return maker.argv().isEmpty() ? Instant.MIN : maker.started().minus(IMPRECISION);
  }

  private static String lastName(String path) {
    return path.substring(path.replace('\\', '/').lastIndexOf('/') + 1);
  }

  /**
   * Whether a program may use this temporary directory. A program with variables that name another
   * directory does not, if that exists: tempfile skips a missing directory and uses the default.
   */
  private boolean mayWorkIn(Path place, RunningProgram program) {
    Path here = host.resolved(place);
    return program
        .temporaryDirectories()
        .filter(told -> !told.isEmpty())
        .map(
            told ->
                !told.stream()
                    .map(text -> Places.path(text, host).filter(Path::isAbsolute))
                    .map(path -> path.flatMap(host::real))
                    .allMatch(path -> path.filter(real -> !real.equals(here)).isPresent()))
        .orElse(true);
  }
}
