package dev.lowtide.policies.python;

import dev.lowtide.FileKind;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Virtual environments: a {@code pyvenv.cfg} that names the home of an interpreter (PEP 405), and
 * an interpreter.
 */
final class VirtualEnvironments {
  static final RebuildCost COST = RebuildCost.DOWNLOAD;

  private static final String CONFIGURATION = "pyvenv.cfg";
  private static final Marker MARKER = new Marker(CONFIGURATION, "");
  private static final int MOST_TEXT = 1 << 16;
  private static final Pattern HOME = Pattern.compile("(?mi)^[ \\t]*home[ \\t]*=");

  /** What a person has beside the environment who made it right in a project's directory. */
  private static final Set<String> OF_A_PROJECT =
      Set.of(
          ".git",
          "pyproject.toml",
          "setup.py",
          "setup.cfg",
          "tox.ini",
          "CMakeLists.txt",
          "Makefile",
          "Cargo.toml",
          "package.json",
          "requirements.txt");

  private static final Pattern SOURCE = Pattern.compile(".*\\.(py|ipynb)");

  private VirtualEnvironments() {}

  /** Whether a directory is a virtual environment and nothing else. */
  static boolean isOne(Entry directory) {
    return directory.hasFile(CONFIGURATION) && doubt(directory).isEmpty();
  }

  /** What speaks against a directory with a {@code pyvenv.cfg}. */
  private static Optional<String> doubt(Entry directory) {
    if (directory
        .child(CONFIGURATION)
        .flatMap(file -> file.text(MOST_TEXT))
        .filter(text -> HOME.matcher(text).find())
        .isEmpty()) {
      return Optional.of("its pyvenv.cfg names no home of an interpreter");
    }
    if (!hasPython(directory, "bin") && !hasPython(directory, "Scripts")) {
      return Optional.of("it has a pyvenv.cfg, and no python in bin or Scripts");
    }
    return directory.children().stream()
        .map(Entry::name)
        .filter(name -> OF_A_PROJECT.contains(name) || SOURCE.matcher(name).matches())
        .findFirst()
        .map(name -> "it also holds " + name + ", which is part of a project");
  }

  private static boolean hasPython(Entry environment, String directory) {
    return environment.child(directory).stream()
        .flatMap(programs -> programs.children().stream())
        .filter(program -> program.isFile() || program.kind() == FileKind.SYMLINK)
        .anyMatch(program -> program.name().startsWith("python"));
  }

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Set<Path> tools = Places.uvData(context.host());
    return SourceTree.entries(snapshot)
        .filter(entry -> entry.isDirectory() && entry.hasFile(CONFIGURATION))
        .map(environment -> judge(environment, tools))
        .toList();
  }

  private static Candidate judge(Entry environment, Set<Path> tools) {
    Candidate candidate =
        Candidate.delete(
                environment,
                Cause.REGENERABLE,
                COST,
                "a virtual environment, which can be made again from the project's requirements")
            .withMarker(MARKER);
    Path path = environment.path();
    return tools.stream()
        .filter(path::startsWith)
        .findFirst()
        .map(tool -> "it is part of what uv installed in " + tool + "; ask uv to uninstall it")
        .or(() -> doubt(environment))
        .map(candidate::withheld)
        .orElse(candidate);
  }
}
