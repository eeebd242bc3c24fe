package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Python of this machine, run with a temporary directory of its own and without caches.
 *
 * @param executable the interpreter
 * @param directory holds its output in {@code output.log} and its temporary files in {@code tmp}
 * @param working where it is run
 */
public record RealPython(Path executable, Path directory, Path working) {
  private static final String CAN_BUILD =
      "import ensurepip, os, sys, sysconfig, venv; sys.exit(sys.version_info < (3, 9) or not"
          + " os.path.exists(sysconfig.get_path('include') + '/Python.h'))";

  /** One that can build; the test is skipped where there is none. */
  public static RealPython that(Path directory) {
    for (Path candidate : candidates()) {
      RealPython python = new RealPython(candidate, directory, directory);
      if (Files.isExecutable(candidate) && python.exit(Map.of(), "-c", CAN_BUILD) == 0) {
        return python;
      }
    }
    assumeTrue(false, "there is no Python from 3.9 on with venv, pip and its headers");
    throw new AssertionError();
  }

  /** Those on the PATH, and those that pyenv has installed. */
  private static List<Path> candidates() {
    List<Path> pythons = new ArrayList<>();
    path().map(place -> place.resolve("python3")).forEach(pythons::add);
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> installed = Files.list(versions)) {
        installed.sorted().map(version -> version.resolve("bin/python3")).forEach(pythons::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return pythons;
  }

  /** Skips the test unless there is one of these programs. */
  public static void assumeOneOf(String... names) {
    assumeTrue(
        Stream.of(names)
            .anyMatch(
                name -> path().map(place -> place.resolve(name)).anyMatch(Files::isExecutable)),
        () -> "none of " + String.join(", ", names) + " is on PATH");
  }

  /** A program that is there, run as this one. */
  public Optional<RealPython> tool(String name) {
    return path()
        .map(place -> place.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(this::at);
  }

  private static Stream<Path> path() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":")).map(Path::of);
  }

  /** This one, run in another directory. */
  public RealPython in(Path otherWorking) {
    return new RealPython(executable, directory, otherWorking);
  }

  /** Another interpreter, run as this one. */
  public RealPython at(Path otherExecutable) {
    return new RealPython(otherExecutable, directory, working);
  }

  /** A new virtual environment. */
  public RealPython environment(Path environment) {
    run("-m", "venv", environment.toString());
    return at(environment.resolve("bin").resolve("python"));
  }

  /** Installs packages from where pip finds them; the test is skipped where it finds none. */
  public RealPython with(String... packages) {
    List<String> argv = new ArrayList<>(List.of("-m", "pip", "install", "-q"));
    argv.addAll(List.of(packages));
    assumeTrue(
        exit(Map.of(), argv.toArray(String[]::new)) == 0,
        () -> "pip finds no " + String.join(", ", packages));
    return this;
  }

  /** Runs it; it must succeed. */
  public void run(String... arguments) {
    assertThat(exit(Map.of(), arguments))
        .as(() -> String.join(" ", arguments) + ": " + output())
        .isZero();
  }

  /** Runs it with some variables. */
  public int exit(Map<String, String> variables, String... arguments) {
    Process process = start(variables, arguments);
    try {
      if (!process.waitFor(10, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError(String.join(" ", arguments) + " does not end");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new AssertionError(e);
    }
  }

  /** Starts it with some variables. */
  public Process start(Map<String, String> variables, String... arguments) {
    List<String> argv = new ArrayList<>(List.of(arguments));
    argv.add(0, executable.toString());
    try {
      ProcessBuilder builder =
          new ProcessBuilder(argv)
              .directory(working.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("output.log").toFile());
      builder.environment().keySet().removeIf(name -> name.matches("(PYTHON|PIP_|VIRTUAL_ENV).*"));
      // Programs of the environment, such as ninja, come first, as if it had been activated
      builder
          .environment()
          .merge("PATH", executable.getParent().toString(), (path, own) -> own + ":" + path);
      builder
          .environment()
          .putAll(Map.of("TMPDIR", Files.createDirectories(temporary()).toString()));
      builder
          .environment()
          .putAll(Map.of("PIP_NO_CACHE_DIR", "1", "PIP_NO_INPUT", "1", "PIP_RETRIES", "0"));
      // Otherwise virtualenv, also under nox, writes to the user's home, and starts processes that
      // look for newer wheels and still write when it has ended
      builder
          .environment()
          .putAll(
              Map.of(
                  "VIRTUALENV_NO_PERIODIC_UPDATE",
                  "1",
                  "VIRTUALENV_APP_DATA",
                  directory.resolve("app-data").toString()));
      builder.environment().putAll(variables);
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where its temporary files are. */
  public Path temporary() {
    return directory.resolve("tmp");
  }

  /** What it printed last. */
  public String output() {
    try {
      return Files.readString(directory.resolve("output.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
