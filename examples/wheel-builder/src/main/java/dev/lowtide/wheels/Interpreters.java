package dev.lowtide.wheels;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The Pythons of this machine: those on {@code PATH}, those that uv knows, and those in pyenv's
 * {@code versions}. A Python counts if it runs, is a CPython and can make virtual environments.
 */
final class Interpreters {
  /**
   * Writes nothing, not even bytecode. {@code -m venv} fails without ensurepip, as on Debian
   * without python3-venv.
   */
  private static final String QUESTION =
      "import sys, venv, ensurepip\n"
          + "print(sys.implementation.name, *sys.version_info[:2], sys.executable)";

  private static final Duration TIME_TO_ANSWER = Duration.ofSeconds(20);
  private static final int NEWEST_MINOR = 30;

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
    Map<PythonVersion, Path> chosen = new LinkedHashMap<>();
    List<PythonVersion> missing = new ArrayList<>();
    for (PythonVersion version : versions) {
      find(version).ifPresentOrElse(path -> chosen.put(version, path), () -> missing.add(version));
    }
    if (!missing.isEmpty()) {
      findAll();
      throw new UsageException(
          "Python "
              + missing.stream().map(PythonVersion::toString).collect(Collectors.joining(", "))
              + " is not on this machine; "
              + (found.isEmpty()
                  ? "no Python was found on PATH, through uv or in pyenv's versions"
                  : "found "
                      + found.entrySet().stream()
                          .map(each -> each.getKey() + " (" + each.getValue() + ")")
                          .collect(Collectors.joining(", "))));
    }
    return chosen;
  }

  /**
   * The default version: 3.12, else the newest that was found.
   *
   * @throws UsageException if there is none
   */
  PythonVersion preferred() throws IOException {
    if (find(PythonVersion.USUAL).isPresent()) {
      return PythonVersion.USUAL;
    }
    findAll();
    if (found.isEmpty() || found.lastKey().compareTo(PythonVersion.OLDEST) < 0) {
      throw new UsageException(
          "No Python "
              + PythonVersion.OLDEST
              + " or newer was found on PATH, through uv or in pyenv's versions; install one"
              + " (Debian, Ubuntu: apt-get install python3-venv python3-dev)");
    }
    return found.lastKey();
  }

  private interface Candidates {
    List<Path> get() throws IOException;
  }

  private Optional<Path> find(PythonVersion version) throws IOException {
    List<Candidates> places =
        List.of(
            () -> host.executables("python" + version),
            this::generic,
            () -> uv(version),
            this::pyenv);
    for (Candidates place : places) {
      if (found.containsKey(version)) {
        break;
      }
      Iterator<Path> candidates = place.get().iterator();
      while (candidates.hasNext() && !found.containsKey(version)) {
        ask(candidates.next());
      }
    }
    return Optional.ofNullable(found.get(version));
  }

  private void findAll() throws IOException {
    Set<Path> candidates = new LinkedHashSet<>();
    for (int minor = PythonVersion.OLDEST.minor(); minor <= NEWEST_MINOR; minor++) {
      candidates.addAll(host.executables("python3." + minor));
    }
    candidates.addAll(generic());
    candidates.addAll(pyenv());
    for (Path candidate : candidates) {
      ask(candidate);
    }
  }

  private List<Path> generic() {
    List<Path> candidates = new ArrayList<>(host.executables("python3"));
    candidates.addAll(host.executables("python"));
    return candidates;
  }

  private List<Path> uv(PythonVersion version) throws IOException {
    Optional<Path> uv = host.executable("uv");
    if (uv.isEmpty()) {
      return List.of();
    }
    Command.Result result =
        commands.run(
            Command.of(
                    uv.get().toString(),
                    "python",
                    "find",
                    "--no-cache",
                    "--no-python-downloads",
                    version.toString())
                .within(TIME_TO_ANSWER));
    return result.succeeded()
        ? result.output().lines().map(String::strip).map(host::path).toList()
        : List.of();
  }

  /** pyenv's Pythons, the newest release of each version first. */
  private List<Path> pyenv() throws IOException {
    Path root = host.directory("PYENV_ROOT").orElse(host.home().resolve(".pyenv"));
    List<Path> candidates = new ArrayList<>();
    if (Files.isDirectory(root.resolve("versions"))) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(root.resolve("versions"))) {
        versions.forEach(version -> candidates.add(version.resolve("bin").resolve("python")));
      }
    }
    candidates.sort(Comparator.reverseOrder());
    return candidates;
  }

  /** Asks a Python for its version, once. */
  private void ask(Path candidate) throws IOException {
    if (!Files.isExecutable(candidate) || !asked.add(candidate)) {
      return;
    }
    try {
      Command.Result result =
          commands.run(
              Command.of(candidate.toString(), "-I", "-B", "-c", QUESTION).within(TIME_TO_ANSWER));
      String[] words = result.output().strip().split(" ", 4);
      if (result.succeeded() && words.length == 4 && words[0].equals("cpython")) {
        PythonVersion version =
            new PythonVersion(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        // A wrapper such as pyenv's chooses a Python at each start, so the one that answered is
        // kept
        found.putIfAbsent(version, host.path(words[3]));
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | NumberFormatException e) {
      // a Python that does not run does not count
    }
  }
}
