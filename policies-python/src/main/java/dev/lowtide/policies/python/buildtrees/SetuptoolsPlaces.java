package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.files.Beside;
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
final class SetuptoolsPlaces {
  private static final List<String> USUAL = List.of("src", "lib", "python");
  private static final List<String> SETTINGS = List.of("setup.py", "setup.cfg", "pyproject.toml");

  private static final Pattern LITERAL =
      Pattern.compile("[\"'=\\s]([A-Za-z0-9_][A-Za-z0-9_./-]{0,80})(?=[\"'\\s])");

  /** More than a project names directories; each costs a lookup. */
  private static final int MAX_NAMED = 200;

  private final List<Path> tops = new ArrayList<>();
  private final List<Path> named = new ArrayList<>();

  private SetuptoolsPlaces() {}

  /** Reads the settings of a project. */
  static SetuptoolsPlaces of(Path project, Beside beside) {
    SetuptoolsPlaces places = new SetuptoolsPlaces();
    places.tops.add(project);
    USUAL.forEach(name -> places.tops.add(project.resolve(name)));
    Set<String> names = new LinkedHashSet<>(List.of("bin", "scripts"));
    for (String file : SETTINGS) {
      LITERAL
          .matcher(beside.text(project.resolve(file)).orElse(""))
          .results()
          .limit(MAX_NAMED)
          .forEach(found -> names.add(found.group(1)));
    }
    String place = RecordedPath.slashed(project);
    for (String name : names) {
      RecordedPath.in(place, "", name).ifPresent(path -> places.addNamed(project, path));
    }
    return places;
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
    List<Path> all = new ArrayList<>(tops);
    all.addAll(named);
    return all;
  }

  /**
   * Whether a file is the source of a path in {@code build/lib*}, which begins with its packages.
   * With {@code package_dir}, a named directory replaces the first packages or all of them.
   */
  boolean isPlaceOf(Path inPackages, Path file) {
    if (tops.stream().anyMatch(top -> top.resolve(inPackages).equals(file))) {
      return true;
    }
    int count = inPackages.getNameCount();
    for (int first = 0; first < count; first++) {
      Path rest = inPackages.subpath(first, count);
      if (named.stream().anyMatch(place -> place.resolve(rest).equals(file))) {
        return true;
      }
    }
    return false;
  }
}
