package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The outputs of ninja in a build tree: those in {@code build.ninja}, and those in {@code
 * .ninja_log}, which also lists outputs of earlier versions of {@code build.ninja} ("Ninja file
 * reference" and "The Ninja log" in the manual of ninja 1.5 to 1.13).
 */
final class NinjaOutputs {
  /**
   * The largest number of files to read. CMake's multi-config generator writes fewer: one to
   * include for each configuration.
   */
  private static final int MAX_FILES = 64;

  private final String tree;
  private final Set<String> outputs = new HashSet<>();
  private final Set<String> regenerationInputs = new HashSet<>();

  private NinjaOutputs(String tree) {
    this.tree = tree;
  }

  /** Reads the files of a build tree; missing files add nothing. */
  static NinjaOutputs of(Path tree, FileLookup lookup) {
    NinjaOutputs outputs = new NinjaOutputs(RecordedPath.withSlashes(tree));
    outputs.addFile(tree, "build.ninja", lookup, new HashSet<>(), new HashMap<>());
    lookup
        .text(tree.resolve(".ninja_log"))
        .filter(log -> log.startsWith("# ninja log v"))
        .ifPresent(log -> log.lines().skip(1).forEach(outputs::addLogged));
    return outputs;
  }

  /** The outputs, relative to the tree, with slashes. */
  Set<String> paths() {
    return outputs;
  }

  /** The files that CMake or Meson reads to write {@code build.ninja} again. */
  Set<String> regenerationInputs() {
    return regenerationInputs;
  }

  /** A line has the columns start, end, mtime, path and hash of the command, separated by tabs. */
  private void addLogged(String line) {
    String[] columns = line.split("\t", -1);
    if (columns.length == 5) {
      RecordedPath.relativeToTree(tree, "", columns[3]).ifPresent(outputs::add);
    }
  }

  private void addFile(
      Path directory,
      String name,
      FileLookup lookup,
      Set<String> visited,
      Map<String, String> variables) {
    if (visited.size() == MAX_FILES || !visited.add(name)) {
      return;
    }
    String text = lookup.text(directory.resolve(name)).orElse("");
    StringBuilder statement = new StringBuilder();
    for (String line : (Iterable<String>) text.lines()::iterator) {
      int trailingDollars = 0;
      while (trailingDollars < line.length()
          && line.charAt(line.length() - 1 - trailingDollars) == '$') {
        trailingDollars++;
      }
      if (trailingDollars % 2 == 1) { // continues in the next line
        statement.append(line, 0, line.length() - 1);
        continue;
      }
      statement.append(line);
      String whole = statement.toString();
      statement.setLength(0);
      if (whole.startsWith("build ")) {
        addBuild(whole.substring("build ".length()), variables);
      } else if (whole.startsWith("include ") || whole.startsWith("subninja ")) {
        String included = whole.substring(whole.indexOf(' ')).strip();
        RecordedPath.relativeToTree(tree, "", included)
            .ifPresent(path -> addFile(directory, path, lookup, visited, variables));
      } else if (!whole.isEmpty() && whole.charAt(0) > ' ' && whole.contains(" = ")) {
        int equal = whole.indexOf(" = ");
        variables.put(whole.substring(0, equal).strip(), whole.substring(equal + 3).strip());
      }
    }
  }

  private void addBuild(String statement, Map<String, String> variables) {
    List<String> words = NinjaWords.of(statement, variables);
    int colon = words.indexOf(NinjaWords.COLON);
    if (colon < 0 || colon + 1 >= words.size()) {
      return;
    }
    String rule = words.get(colon + 1);
    if (rule.equals("phony")) {
      return; // an alias, which may stand for a source file
    }
    for (String word : words.subList(0, colon)) {
      if (!word.equals("|")) {
        RecordedPath.relativeToTree(tree, "", word).ifPresent(outputs::add);
      }
    }
    // CMake 3 and 4, Meson 0.50 to 1.12
    if (rule.equals("RERUN_CMAKE") || rule.equals("REGENERATE_BUILD")) {
      regenerationInputs.addAll(words.subList(colon + 2, words.size()));
    }
  }
}
