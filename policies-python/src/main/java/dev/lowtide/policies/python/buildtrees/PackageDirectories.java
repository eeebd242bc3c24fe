package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The directories of a project in which setuptools looks for packages and scripts: the top, the
 * usual directories, and those that the project's settings name as string literals.
 */
final class PackageDirectories {
  private static final List<String> USUAL_NAMES = List.of("src", "lib", "python");
  private static final List<String> SETTINGS_FILES =
      List.of("setup.py", "setup.cfg", "pyproject.toml");

  private static final Pattern LITERAL =
      Pattern.compile("[\"'=\\s]([A-Za-z0-9_][A-Za-z0-9_./-]{0,80})(?=[\"'\\s])");

  /** More directories than a project names. Each costs a lookup. */
  private static final int MAX_NAMED = 200;

  private final List<Path> usual = new ArrayList<>();
  private final List<Path> named = new ArrayList<>();

  private PackageDirectories() {}

  /** Reads the settings of a project. */
  static PackageDirectories of(Path project, FileLookup lookup) {
    PackageDirectories packageDirectories = new PackageDirectories();
    packageDirectories.usual.add(project);
    USUAL_NAMES.forEach(name -> packageDirectories.usual.add(project.resolve(name)));
    Set<String> names = new LinkedHashSet<>(List.of("bin", "scripts"));
    for (String file : SETTINGS_FILES) {
      LITERAL
          .matcher(lookup.text(project.resolve(file)).orElse(""))
          .results()
          .limit(MAX_NAMED)
          .forEach(found -> names.add(found.group(1)));
    }
    String projectPath = RecordedPath.withSlashes(project);
    for (String name : names) {
      RecordedPath.relativeToTree(projectPath, "", name)
          .ifPresent(path -> packageDirectories.addNamed(project, path));
    }
    return packageDirectories;
  }

  private void addNamed(Path project, String name) {
    try {
      named.add(project.resolve(name));
    } catch (InvalidPathException e) {
      // A string that is no path is not a directory
    }
  }

  /** All directories, the usual ones first. */
  List<Path> all() {
    List<Path> all = new ArrayList<>(usual);
    all.addAll(named);
    return all;
  }

  /**
   * Whether a file is the source of a file in {@code build/lib*}. With {@code package_dir}, a named
   * directory stands for the first packages of the path or for all of them.
   *
   * @param inPackages the path in {@code build/lib*}, which begins with the packages
   */
  boolean isSourceOf(Path inPackages, Path file) {
    if (usual.stream().anyMatch(top -> top.resolve(inPackages).equals(file))) {
      return true;
    }
    int count = inPackages.getNameCount();
    for (int first = 0; first < count; first++) {
      Path rest = inPackages.subpath(first, count);
      if (named.stream().anyMatch(directory -> directory.resolve(rest).equals(file))) {
        return true;
      }
    }
    return false;
  }
}
