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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Directories in which setuptools and CMake compile.
 *
 * <p>People call directories {@code build} too, and put notes into those of a build. So the whole
 * goes only if each thing directly in it is known to come from a build; otherwise what is known
 * goes, and the rest is named and stays.
 */
final class BuildTrees {
  static final RebuildCost COST = RebuildCost.COMPUTE;

  private static final String UNPROVEN = "nothing shows that a build made it";
  private static final Pattern NAMES = Pattern.compile("build|_skbuild|cmake-build-.+");

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

  private static final String CACHE = "CMakeCache.txt";

  /** What CMake 3 and 4 write with the generators for make and ninja, CTest and CPack included. */
  private static final Pattern CMAKE =
      Pattern.compile(
          "CMakeCache\\.txt|CMakeFiles|cmake_install\\.cmake|Makefile|build\\.ninja|\\.ninja_deps"
              + "|\\.ninja_log|compile_commands\\.json|CTestTestfile\\.cmake"
              + "|DartConfiguration\\.tcl|Testing|install_manifest\\.txt|_deps|\\.cmake"
              + "|CPack.*\\.cmake");

  private static final Pattern PRODUCT =
      Pattern.compile(".+\\.(so(\\.[0-9]+)*|a|o|dylib|dll|lib|pdb|exe)");

  private static final int MOST_CACHE = 4 << 20;
  private static final Pattern HOME =
      Pattern.compile("(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=([^\\r\\n]+)");

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
    BuildTrees trees = new BuildTrees(EditableInstalls.in(snapshot));
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
        Candidate.delete(
            directory, Cause.REGENERABLE, COST, "a build tree, which the next build makes again");
    Optional<String> objection =
        installs
            .referringInto(directory.path())
            .map(file -> "an editable installation uses it: " + file)
            .or(() -> foreignCache(directory));
    if (objection.isPresent()) {
      return List.of(whole.withheld(objection.get()));
    }
    List<Entry> children = directory.children();
    boolean cmake = isCMakeTree(directory);
    boolean setuptools = children.stream().anyMatch(child -> isOf(SETUPTOOLS, child));
    if (!cmake && !setuptools && children.stream().noneMatch(BuildTrees::hasCMakeTree)) {
      return List.of(whole.withheld(UNPROVEN));
    }
    List<Candidate> parts = new ArrayList<>();
    int known = 0;
    for (Entry child : children) {
      List<Candidate> ofChild = judgeChild(child, cmake, setuptools);
      parts.addAll(ofChild);
      if (ofChild.size() == 1
          && ofChild.get(0).withheld().isEmpty()
          && ofChild.get(0).path().equals(child.path())) {
        known++;
      }
    }
    return known == children.size() ? List.of(whole) : parts;
  }

  private List<Candidate> judgeChild(Entry child, boolean cmake, boolean setuptools) {
    if (belongsToAnotherPolicy(child)) {
      return List.of();
    }
    Candidate candidate =
        Candidate.delete(
            child, Cause.REGENERABLE, COST, "part of a build tree; the next build makes it again");
    if (isOf(SETUPTOOLS, child) || (setuptools && isOf(SETUPTOOLS_PLAIN, child))) {
      return List.of(foreignCache(child).map(candidate::withheld).orElse(candidate));
    } else if (hasCMakeTree(child)) {
      return judge(child);
    } else if (cmake && isMadeByCMake(child)) {
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

  /**
   * Whether it is a build tree of CMake or holds one where scikit-build puts it, in {@code
   * _skbuild/PLATFORM/cmake-build}.
   */
  private static boolean hasCMakeTree(Entry directory) {
    return directory.hasFile(CACHE)
        || directory.child("cmake-build").filter(below -> below.hasFile(CACHE)).isPresent();
  }

  private static boolean isCMakeTree(Entry directory) {
    return homeOf(directory).isPresent() && foreignCache(directory).isEmpty();
  }

  private static Optional<Path> homeOf(Entry directory) {
    return directory
        .child(CACHE)
        .flatMap(file -> file.text(MOST_CACHE))
        .map(HOME::matcher)
        .filter(Matcher::find)
        .flatMap(
            matcher -> {
              try {
                return Optional.of(
                    directory.snapshot().rootPath().getFileSystem().getPath(matcher.group(1)));
              } catch (InvalidPathException e) {
                return Optional.empty();
              }
            });
  }

  /** Says so if the sources of a build tree are neither above it nor in the snapshot. */
  private static Optional<String> foreignCache(Entry directory) {
    return homeOf(directory)
        .filter(home -> !directory.path().startsWith(home))
        .filter(
            home ->
                !home.isAbsolute()
                    || directory.snapshot().entry(home).filter(Entry::isDirectory).isEmpty())
        .map(
            home ->
                "its "
                    + CACHE
                    + " belongs to the sources in "
                    + home
                    + ", which are not in "
                    + directory.snapshot().rootPath());
  }
}
