package dev.lowtide.policies.python;

import dev.lowtide.FileKind;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Directories in which setuptools, CMake and Meson compile, scikit-build and meson-python included.
 *
 * <p>People call directories {@code build} too, and put notes into those of a build. So the whole
 * goes only if each thing directly in it is known to come from a build; otherwise what is known
 * goes, and the rest is named and stays.
 */
final class BuildTrees {
  static final RebuildCost COST = RebuildCost.COMPUTE;

  private static final String UNPROVEN = "nothing shows that a build made it";
  private static final Pattern NAMES =
      Pattern.compile("build|builddir|_skbuild|cmake-build-.+|\\.mesonpy-[a-z0-9_]{8}");

  /**
   * {@code lib.linux-x86_64-cpython-312} and so on: distutils' build and bdist commands append the
   * platform, as sysconfig.get_platform() of CPython spells it.
   */
  private static final Pattern SETUPTOOLS =
      Pattern.compile(
          "(lib|temp|bdist)\\."
              + "(linux|macosx|win|mingw|cygwin|msys|freebsd|netbsd|openbsd|dragonfly|sunos|solaris"
              + "|aix|android|ios|emscripten|wasi)[^/]*"
              + "|scripts-[0-9]+\\.[0-9]+");

  /** Those of a project without extensions; too common as names to prove anything alone. */
  private static final Pattern SETUPTOOLS_PLAIN = Pattern.compile("lib|bdist");

  /**
   * A file in a build tree that names the sources from which it is built.
   *
   * @param path the names that lead to it from the build tree
   * @param sources finds their path
   */
  private record Origin(List<String> path, Pattern sources) {}

  private static final Origin CMAKE_CACHE =
      new Origin(
          List.of("CMakeCache.txt"),
          Pattern.compile("(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=([^\\r\\n]+)"));

  /** Of scikit-build-core 0.4 to 1.1, written before CMake is started. */
  private static final Origin SKBUILD =
      new Origin(
          List.of(".skbuild-info.json"), Pattern.compile("\"source_dir\"\\s*:\\s*\"([^\"]+)\""));

  /** "Introspection" in the documentation of Meson 0.50 to 1.12. */
  private static final Origin MESON =
      new Origin(
          List.of("meson-info", "meson-info.json"),
          Pattern.compile("\"directories\"\\s*:\\s*\\{\\s*\"source\"\\s*:\\s*\"([^\"]+)\""));

  private static final List<Origin> ORIGINS = List.of(CMAKE_CACHE, SKBUILD, MESON);

  /**
   * What a build of meson-python 0.13 to 0.22 writes first into its tree; one that was killed right
   * after has no {@link #MESON} file.
   */
  private static final String MESON_PYTHON = "meson-python-native-file.ini";

  /** What CMake 3 and 4 write with the generators for make and ninja, CTest and CPack included. */
  private static final Pattern CMAKE =
      Pattern.compile(
          "CMakeCache\\.txt|CMakeFiles|cmake_install\\.cmake|Makefile|build\\.ninja|\\.ninja_deps"
              + "|\\.ninja_log|compile_commands\\.json|CTestTestfile\\.cmake"
              + "|DartConfiguration\\.tcl|Testing|install_manifest\\.txt|_deps|\\.cmake"
              + "|CPack.*\\.cmake|CMakeInit\\.txt|\\.skbuild-info\\.json");

  /** What Meson 0.50 to 1.12 and meson-python write; {@code x.p} holds the objects of x. */
  private static final Pattern MESON_FILES =
      Pattern.compile(
          "meson-(info|logs|private|dist|uninstalled|src)|build\\.ninja|\\.ninja_deps|\\.ninja_log"
              + "|compile_commands\\.json|CACHEDIR\\.TAG|\\.gitignore|\\.hgignore|.+\\.p"
              + "|meson-python-.+\\.ini");

  private static final Pattern PRODUCT =
      Pattern.compile(".+\\.(so(\\.[0-9]+)*|a|o|dylib|dll|lib|pdb|exe)");

  /** By which setuptools, CMake and Meson know what to build. */
  private static final Set<String> PROJECT =
      Set.of("setup.py", "setup.cfg", "pyproject.toml", "CMakeLists.txt", "meson.build");

  private static final int MOST_TEXT = 4 << 20;

  private final EditableInstalls installs;

  private BuildTrees(EditableInstalls installs) {
    this.installs = installs;
  }

  /** Whether a directory is called as build trees are, which proves nothing. */
  static boolean isNamedLikeOne(Entry directory) {
    return NAMES.matcher(directory.name()).matches();
  }

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Entry> found =
        SourceTree.entries(snapshot)
            .filter(Entry::isDirectory)
            .filter(BuildTrees::isNamedLikeOne)
            .filter(entry -> !belongsToAnotherPolicy(entry))
            .toList();
    if (found.isEmpty()) {
      return List.of();
    }
    BuildTrees trees = new BuildTrees(EditableInstalls.of(context));
    List<Candidate> candidates = new ArrayList<>();
    Optional<Path> last = Optional.empty();
    for (Entry directory : found) {
      Path path = directory.path();
      // What lies in a build tree has been judged with it
      if (last.filter(path::startsWith).isEmpty()) {
        List<Candidate> judged = trees.judge(directory);
        candidates.addAll(judged);
        boolean unproven = judged.size() == 1 && judged.get(0).withheld().isPresent();
        last = unproven ? Optional.empty() : Optional.of(path);
      }
    }
    return candidates;
  }

  private static boolean belongsToAnotherPolicy(Entry entry) {
    return VirtualEnvironments.isOne(entry)
        || CondaEnvironments.isOne(entry)
        || WheelDirectories.isOne(entry)
        || EggInfo.isOne(entry)
        || BuildTemp.isOne(entry)
        || entry.name().equals("__pycache__");
  }

  private List<Candidate> judge(Entry directory) {
    Candidate whole =
        heeding(
            directory,
            Candidate.delete(
                directory,
                Cause.REGENERABLE,
                COST,
                "a build tree, which the next build makes again"));
    Optional<String> objection = whole.withheld().or(() -> foreignSources(directory));
    if (objection.isPresent()) {
      return List.of(whole.withheld(objection.get()));
    }
    List<Entry> children = directory.children();
    boolean tree = isTree(directory);
    boolean setuptools = isOfSetuptools(directory);
    if (!tree && !setuptools && children.stream().noneMatch(BuildTrees::hasTree)) {
      return List.of(whole.withheld(UNPROVEN));
    }
    if (tree || setuptools) {
      Optional<String> orphaned = withoutProject(directory);
      if (orphaned.isPresent()) {
        return List.of(whole.withheld(orphaned.get()));
      }
    }
    List<Candidate> parts = new ArrayList<>();
    int known = 0;
    for (Entry child : children) {
      List<Candidate> ofChild = judgeChild(child, tree, setuptools);
      parts.addAll(ofChild);
      if (ofChild.size() == 1
          && ofChild.get(0).withheld().isEmpty()
          && ofChild.get(0).path().equals(child.path())) {
        known++;
      }
    }
    return known == children.size()
        ? List.of(whole)
        : parts.stream().map(part -> after(whole.after(), part)).toList();
  }

  private static Candidate after(List<Path> first, Candidate part) {
    Candidate after = part;
    for (Path path : first) {
      after = path.startsWith(part.path()) ? after : after.onlyAfter(path);
    }
    return after;
  }

  private List<Candidate> judgeChild(Entry child, boolean tree, boolean setuptools) {
    if (belongsToAnotherPolicy(child)) {
      return List.of();
    }
    Candidate candidate =
        Candidate.delete(
            child, Cause.REGENERABLE, COST, "part of a build tree; the next build makes it again");
    if (isOf(SETUPTOOLS, child) || (setuptools && isOf(SETUPTOOLS_PLAIN, child))) {
      return List.of(foreignSources(child).map(candidate::withheld).orElse(candidate));
    } else if (hasTree(child)) {
      return judge(child);
    } else if (tree && (isMadeByCMake(child) || isMadeByMeson(child))) {
      return List.of(candidate);
    }
    return List.of(candidate.withheld(UNPROVEN));
  }

  private static boolean isOf(Pattern names, Entry child) {
    return child.isDirectory() && names.matcher(child.name()).matches();
  }

  private static boolean isMadeByCMake(Entry child) {
    String name = child.name();
    if (child.isDirectory()) {
      return CMAKE.matcher(name).matches()
          || child.hasDirectory("CMakeFiles")
          || child.hasFile("cmake_install.cmake");
    }
    if (child.isFile()) {
      return CMAKE.matcher(name).matches() || PRODUCT.matcher(name).matches();
    }
    return child.kind() == FileKind.SYMLINK && PRODUCT.matcher(name).matches();
  }

  /** Meson makes a directory for each of the sources that has something to build. */
  private static boolean isMadeByMeson(Entry child) {
    return MESON_FILES.matcher(child.name()).matches()
        || (child.isDirectory() && child.children().stream().allMatch(BuildTrees::isOfMesonTarget));
  }

  private static boolean isOfMesonTarget(Entry entry) {
    return entry.isDirectory()
        ? entry.name().endsWith(".p") || isMadeByMeson(entry)
        : PRODUCT.matcher(entry.name()).matches();
  }

  /** Whether the directories are there that setuptools makes with a platform in their names. */
  static boolean isOfSetuptools(Entry directory) {
    return directory.children().stream().anyMatch(child -> isOf(SETUPTOOLS, child));
  }

  /** Whether a build tree's own files show that a build made it for the sources around it. */
  static boolean isMadeByABuild(Entry directory) {
    return isNamedLikeOne(directory) && (isOfSetuptools(directory) || isTree(directory));
  }

  /**
   * Whether it is a build tree of CMake or Meson or holds one where scikit-build puts it, in {@code
   * _skbuild/PLATFORM/cmake-build}.
   */
  private static boolean hasTree(Entry directory) {
    return directory.isDirectory()
        && (ORIGINS.stream().anyMatch(origin -> file(directory, origin).isPresent())
            || directory.hasFile(MESON_PYTHON)
            || directory
                .child("cmake-build")
                .flatMap(below -> file(below, CMAKE_CACHE))
                .isPresent());
  }

  private static boolean isTree(Entry directory) {
    return sourcesOf(directory).isPresent() && foreignSources(directory).isEmpty();
  }

  private static Optional<Entry> file(Entry directory, Origin origin) {
    Optional<Entry> found = Optional.of(directory);
    for (String name : origin.path()) {
      found = found.flatMap(entry -> entry.child(name));
    }
    return found.filter(Entry::isFile);
  }

  /** Where a build tree's sources lie. */
  private static Optional<Path> sourcesOf(Entry directory) {
    return ORIGINS.stream()
        .flatMap(origin -> file(directory, origin).flatMap(file -> sources(origin, file)).stream())
        .findFirst()
        .or(
            () ->
                directory.hasFile(MESON_PYTHON)
                    ? directory.parent().map(Entry::path)
                    : Optional.empty());
  }

  private static Optional<Path> sources(Origin origin, Entry file) {
    return file.text(MOST_TEXT)
        .map(origin.sources()::matcher)
        .filter(Matcher::find)
        .flatMap(
            matcher -> {
              // CMake writes slashes on Windows too, and JSON escapes backslashes
              String path = matcher.group(1).replace("\\\\", "\\");
              try {
                return Optional.of(file.snapshot().rootPath().getFileSystem().getPath(path));
              } catch (InvalidPathException e) {
                return Optional.empty();
              }
            });
  }

  /** Says so if nothing is where the sources were that could be built again. */
  private static Optional<String> withoutProject(Entry directory) {
    return sourcesOf(directory)
        .map(sources -> directory.snapshot().entry(sources))
        .orElseGet(directory::parent)
        .filter(project -> PROJECT.stream().noneMatch(project::hasFile))
        .map(
            project ->
                "there is no project in "
                    + project.path()
                    + " any more, so that nothing can make it again");
  }

  /** Says so if the sources of a build tree are neither above it nor in the snapshot. */
  private static Optional<String> foreignSources(Entry directory) {
    return sourcesOf(directory)
        .filter(sources -> !directory.path().startsWith(sources))
        .filter(
            sources ->
                !sources.isAbsolute()
                    || directory.snapshot().entry(sources).filter(Entry::isDirectory).isEmpty())
        .map(
            sources ->
                "it is built from the sources in "
                    + sources
                    + ", which are not in "
                    + directory.snapshot().rootPath());
  }

  /** What becomes of a build tree that editable installations import from. */
  private Candidate heeding(Entry directory, Candidate whole) {
    Candidate candidate =
        EditableInstalls.heeding(
            installs.referringInto(directory.path()),
            whole,
            file -> "an editable installation uses it: " + file);
    return candidate.withheld().isPresent()
        ? candidate
        : EditableInstalls.heeding(
            builtOnImport(directory),
            candidate,
            file -> "an editable installation imports from it: " + file);
  }

  /**
   * Editable installations of meson-python always import from the build tree, and those of
   * scikit-build-core do where {@code editable.rebuild} is set.
   */
  private List<EditableInstalls.Install> builtOnImport(Entry directory) {
    return directory.hasFile(MESON_PYTHON) || file(directory, SKBUILD).isPresent()
        ? sourcesOf(directory).map(installs::referringTo).orElse(List.of())
        : List.of();
  }
}
