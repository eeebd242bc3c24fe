package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lists that CMake wrote about a build tree: targets in {@code TargetDirectories.txt}, what
 * {@code make clean} removes, outputs in {@code Makefile.cmake} and ninja's files, and templates
 * from which CMake configured files.
 */
final class CMakeOutputs {
  /** The list of all targets, relative to the tree. */
  static final String TARGET_LIST = "CMakeFiles/TargetDirectories.txt";

  private static final Pattern TARGET = Pattern.compile("(.*?)/?(CMakeFiles/.+\\.dir)");
  private static final Pattern QUOTED = Pattern.compile("(?m)^[ \\t]++\"([^\"\\n]++)\"$");
  private static final String PRODUCTS = "set(CMAKE_MAKEFILE_PRODUCTS\n";
  private static final String DEPENDS = "set(CMAKE_MAKEFILE_DEPENDS\n";

  /** As {@code PATH_MAX}: a longer line is no path. */
  private static final int MAX_PATH = 4096;

  private final Path tree;
  private final String treePath;
  private final Set<String> outputs = new HashSet<>();
  private final Set<String> targets = new HashSet<>();
  private final Set<String> directories = new HashSet<>();
  private final Set<String> configured = new HashSet<>();
  private boolean exportsHeaders;

  private CMakeOutputs(Path tree) {
    this.tree = tree;
    this.treePath = RecordedPath.withSlashes(tree);
  }

  /** The empty lists of a tree in which CMake has not run yet. */
  static CMakeOutputs empty(Path tree) {
    return new CMakeOutputs(tree);
  }

  /** Reads the lists of a tree; a missing list adds nothing. */
  static CMakeOutputs of(Path tree, FileLookup lookup) {
    CMakeOutputs outputs = new CMakeOutputs(tree);
    outputs.read(lookup);
    return outputs;
  }

  private void read(FileLookup lookup) {
    directories.add("");
    lookup
        .text(tree.resolve(TARGET_LIST))
        .ifPresent(text -> text.lines().forEach(line -> addTarget(line, lookup)));
    lookup
        .text(tree.resolve("CMakeFiles").resolve("Makefile.cmake"))
        .ifPresent(
            text -> {
              pathsIn(PRODUCTS, text).forEach(path -> addOutput("", path));
              pathsIn(DEPENDS, text).forEach(this::addTemplate);
            });
    NinjaOutputs ninja = NinjaOutputs.of(tree, lookup);
    outputs.addAll(ninja.paths());
    ninja.regenerationInputs().forEach(this::addTemplate);
  }

  private void addTemplate(String path) {
    ConfiguredFile.of(path).ifPresent(configured::add);
    exportsHeaders |= path.endsWith("/exportheader.cmake.in");
  }

  private void addTarget(String line, FileLookup lookup) {
    Optional<String> target =
        line.length() > MAX_PATH
            ? Optional.empty()
            : RecordedPath.relativeToTree(treePath, "", line.strip());
    Matcher matcher = TARGET.matcher(target.orElse(""));
    if (!matcher.matches()) {
      return;
    }
    String directory = matcher.group(1);
    targets.add(matcher.group());
    directories.add(directory);
    Path objects = tree.resolve(matcher.group());
    for (String name : List.of("cmake_clean.cmake", "cmake_clean_target.cmake")) {
      lookup
          .text(objects.resolve(name))
          .filter(text -> text.stripTrailing().endsWith(")")) // a truncated file is no record
          .ifPresent(
              text ->
                  QUOTED
                      .matcher(text)
                      .results()
                      .forEach(quoted -> addOutput(directory, quoted.group(1))));
    }
  }

  /** The paths in a list of CMake, one in each line. */
  private static Set<String> pathsIn(String list, String text) {
    int start = text.indexOf(list);
    int end = text.indexOf(')', Math.max(start, 0));
    Set<String> all = new HashSet<>();
    if (start >= 0 && end >= 0) {
      QUOTED
          .matcher(text.substring(start + list.length() - 1, end))
          .results()
          .forEach(each -> all.add(each.group(1)));
    }
    return all;
  }

  private void addOutput(String base, String recorded) {
    RecordedPath.relativeToTree(treePath, base, recorded).ifPresent(outputs::add);
  }

  /** Whether a path, relative to the tree, is an output. */
  boolean contains(String path) {
    return outputs.contains(path);
  }

  /** Whether a path, relative to the tree, is the directory of a target's objects. */
  boolean isTargetDirectory(String path) {
    return targets.contains(path);
  }

  /**
   * Whether a path, relative to the tree, is a directory that mirrors a directory of the sources.
   */
  boolean isMirroredDirectory(String path) {
    return directories.contains(path);
  }

  /** Whether CMake configures a file of this name from a template. */
  boolean isConfigured(String name) {
    return configured.contains(name) || (exportsHeaders && name.endsWith("_export.h"));
  }
}
