package dev.lowtide.wheels;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Joiner;
import com.google.common.base.Strings;
import com.google.common.collect.Maps;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The Pythons of this machine: those on {@code PATH}, those that uv knows, and those in pyenv's
 * {@code versions}. A Python counts if it runs, is a CPython and can make virtual environments.
 */
final class Interpreters {
  /**
   * Imports ensurepip because {@code -m venv} fails without it, as on Debian without python3-venv.
   */
  private static final String QUESTION =
      "import sys, venv, ensurepip\n"
          + "print(sys.implementation.name, *sys.version_info[:2], sys.executable)";

  private static final Pattern ANSWER = Pattern.compile("cpython (\\d{1,3}) (\\d{1,3}) (.+)");

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final int NUMBER_LENGTH = 5;

  private static final Duration TIME_TO_ANSWER = Duration.ofSeconds(20);
  private static final int MAX_MINOR = 30;

  private final HostEnvironment host;
  private final CommandRunner commands;
  private final Set<Path> asked = new LinkedHashSet<>();
  private final TreeMap<PythonVersion, Path> found = new TreeMap<>();

  Interpreters(HostEnvironment host, CommandRunner commands) {
    this.host = host;
    this.commands = commands;
  }

  /**
   * Finds a Python of each version.
   *
   * @throws UsageException if one is missing; lists those that were found
   */
  Map<PythonVersion, Path> require(List<PythonVersion> versions) throws IOException {
    for (PythonVersion version : versions) {
      find(version);
    }
    List<PythonVersion> missing = new ArrayList<>(versions);
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      findAll();
      throw new UsageException(
          "Python "
              + Joiner.on(", ").join(missing)
              + " is not on this machine; "
              + (found.isEmpty()
                  ? "no Python was found on PATH, through uv or in pyenv's versions"
                  : "found "
                      + found.entrySet().stream()
                          .map(each -> each.getKey() + " (" + each.getValue() + ")")
                          .collect(Collectors.joining(", "))));
    }
    return Maps.toMap(versions, version -> requireNonNull(found.get(version)));
  }

  /**
   * The default version: 3.12, else the newest that was found.
   *
   * @throws UsageException if there is none
   */
  PythonVersion preferred() throws IOException {
    find(PythonVersion.DEFAULT);
    if (found.containsKey(PythonVersion.DEFAULT)) {
      return PythonVersion.DEFAULT;
    }
    findAll();
    if (found.isEmpty() || found.lastKey().compareTo(PythonVersion.OLDEST_DEFAULT) < 0) {
      throw new UsageException(
          "No Python "
              + PythonVersion.OLDEST_DEFAULT
              + " or newer was found on PATH, through uv or in pyenv's versions; install one"
              + " (Debian, Ubuntu: apt-get install python3-venv python3-dev)");
    }
    return found.lastKey();
  }

  /** Asks one Python after the other until one has the version. */
  private void find(PythonVersion version) throws IOException {
    for (String name : List.of("python" + version, "python3", "python")) {
      askFor(version, host.executables(name));
    }
    if (!found.containsKey(version)) {
      askFor(version, knownToUv(version));
    }
    askFor(version, pyenv());
  }

  private void findAll() throws IOException {
    for (int minor = PythonVersion.OLDEST_DEFAULT.minor(); minor <= MAX_MINOR; minor++) {
      find(new PythonVersion(3, minor));
    }
  }

  private void askFor(PythonVersion version, List<Path> candidates) throws IOException {
    for (Path candidate : candidates) {
      if (!found.containsKey(version)) {
        ask(candidate);
      }
    }
  }

  private List<Path> knownToUv(PythonVersion version) throws IOException {
    Optional<Path> uv = host.executable("uv");
    return uv.isEmpty()
        ? List.of()
        : answer(uv.get(), "python", "find", "--no-cache", "--no-python-downloads", version)
            .lines()
            .map(host::path)
            .toList();
  }

  /** pyenv's Pythons, the newest release of each version first. */
  private List<Path> pyenv() {
    Path root = host.directory("PYENV_ROOT").orElse(host.home().resolve(".pyenv"));
    return host.list(root.resolve("versions")).orElse(List.of()).stream()
        .sorted(Comparator.comparing(Interpreters::releaseOrder).reversed())
        .map(version -> version.resolve("bin/python"))
        .toList();
  }

  /** A path with all numbers in equal length, so that 3.12.9 comes before 3.12.10. */
  private static String releaseOrder(Path version) {
    return NUMBER
        .matcher(version.toString())
        .replaceAll(number -> Strings.padStart(number.group(), NUMBER_LENGTH, '0'));
  }

  /** Asks a Python for its version, once. */
  private void ask(Path candidate) throws IOException {
    if (!Files.isExecutable(candidate) || !asked.add(candidate)) {
      return;
    }
    // -B: writes no bytecode
    Matcher answer = ANSWER.matcher(answer(candidate, "-I", "-B", "-c", QUESTION));
    if (answer.matches()) {
      // A wrapper such as pyenv's chooses a Python at each start: the one that answered counts
      found.putIfAbsent(
          new PythonVersion(Integer.parseInt(answer.group(1)), Integer.parseInt(answer.group(2))),
          host.path(answer.group(3)));
    }
  }

  /** What a program prints; nothing if it fails, or does not run. */
  private String answer(Object... argv) throws IOException {
    try {
      Command.Result result =
          commands.run(
              Command.of(Arrays.stream(argv).map(String::valueOf).toList()).within(TIME_TO_ANSWER));
      return result.succeeded() ? result.output().strip() : "";
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return "";
    }
  }
}
