package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.probe.Entry;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A build tree of CMake: {@code CMakeCache.txt} names the sources and the tree itself. Before the
 * first run of CMake, the record of scikit-build names the sources. {@link CMakeOutputs} and {@link
 * CMakeNames} explain its files.
 */
final class CMakeRecord implements BuildRecord {
  private static final Pattern SKBUILD_SOURCE =
      Pattern.compile("\"source_dir\"\\s*:\\s*\"([^\"\\\\]+)\"");
  private static final Pattern SOURCE_DIRECTORY =
      Pattern.compile("(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=([^\\r\\n]+)");
  private static final Pattern RECORDED_TREE =
      Pattern.compile("(?m)^CMAKE_CACHEFILE_DIR:INTERNAL=([^\\r\\n]+)");
  private static final Pattern VERSION =
      Pattern.compile("(?m)^CMAKE_CACHE_(?:MAJOR|MINOR|PATCH)_VERSION:INTERNAL=([0-9]+)");

  /**
   * A reference to a reply of CMake's file API: the index refers to replies, and these refer to
   * replies about single targets.
   */
  private static final Pattern REPLY_REFERENCE =
      Pattern.compile("\"jsonFile\"\\s*:\\s*\"([^\"]+)\"");

  private static final int MAX_REPLY = 1 << 22;

  private static final int MAX_HEADER = 2048;

  /** Enough text of a dependency list for the path of the object, with which it begins. */
  private static final int MAX_PATH = 4096;

  private final Path tree;
  private final Path sources;
  private final Optional<Instant> firstRun;
  private final boolean containsSources;

  // Filled when needed, by several threads: the record is kept with the snapshot
  private final Map<Path, Set<String>> repliesByDirectory = new ConcurrentHashMap<>();

  /** The files that the rules in {@code build.make} read, by target. */
  private final Map<String, Set<String>> readByRules = new ConcurrentHashMap<>();

  private final CMakeOutputs outputs;
  private final LastRun lastRun;
  private final FileLookup lookup;

  private CMakeRecord(
      Path tree,
      Path sources,
      Optional<Instant> firstRun,
      CMakeOutputs outputs,
      FileLookup lookup) {
    this.tree = tree;
    this.outputs = outputs;
    this.lookup = lookup;
    this.lastRun = LastRun.in(tree, writtenInEveryRun(tree, lookup), lookup);
    this.sources = sources;
    this.firstRun = firstRun;
    this.containsSources = sources.startsWith(tree);
  }

  /** The record of a directory; empty if it is no build tree of CMake, or was moved. */
  static Optional<CMakeRecord> of(Path tree, FileLookup lookup, HostEnvironment host) {
    Optional<String> file = lookup.text(tree.resolve(CMakeNames.CACHE));
    if (file.isEmpty()) {
      return lookup
          .text(tree.resolve(CMakeNames.SKBUILD))
          .flatMap(text -> path(SKBUILD_SOURCE, text, tree))
          .map(
              sources ->
                  new CMakeRecord(
                      tree, sources, Optional.empty(), CMakeOutputs.empty(tree), lookup));
    }
    String cache = file.get();
    Optional<Path> recorded = path(RECORDED_TREE, cache, tree);
    Optional<Path> sourceDirectory = path(SOURCE_DIRECTORY, cache, tree);
    if (sourceDirectory.isEmpty()
        || recorded
            .filter(place -> place.equals(tree) || host.real(place).equals(host.real(tree)))
            .isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new CMakeRecord(
            tree,
            sourceDirectory.get(),
            firstRun(tree, cache, lookup),
            CMakeOutputs.of(tree, lookup),
            lookup));
  }

  private static Optional<Path> path(Pattern pattern, String cache, Path tree) {
    Matcher matcher = pattern.matcher(cache);
    if (!matcher.find()) {
      return Optional.empty();
    }
    try {
      return Optional.of(tree.getFileSystem().getPath(matcher.group(1)));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The time of the first run of CMake, which writes {@code CMakeSystem.cmake} only once. */
  private static Optional<Instant> firstRun(Path tree, String cache, FileLookup lookup) {
    Matcher numbers = VERSION.matcher(cache);
    StringBuilder version = new StringBuilder();
    while (numbers.find()) {
      version.append(version.isEmpty() ? "" : ".").append(numbers.group(1));
    }
    return lookup
        .file(tree.resolve("CMakeFiles").resolve(version.toString()).resolve("CMakeSystem.cmake"))
        .map(Entry::lastModified);
  }

  /**
   * The entries that every run changes. make changes {@code CMakeFiles}, because it removes a
   * directory there when it ends.
   */
  private static List<String> writtenInEveryRun(Path tree, FileLookup lookup) {
    List<String> writtenInEveryRun = new ArrayList<>(CMakeNames.WRITTEN_IN_EVERY_RUN);
    if (lookup.file(tree.resolve(".ninja_log")).isEmpty()) {
      writtenInEveryRun.add("CMakeFiles");
    }
    return writtenInEveryRun;
  }

  @Override
  public Path tree() {
    return tree;
  }

  @Override
  public Path sources() {
    return sources;
  }

  @Override
  public boolean explains(Entry entry, String path) {
    if (CMakeNames.WRITTEN_AFTER_BUILD.matcher(path).matches() || isReply(entry, path)) {
      return true;
    } else if (!lastRun.isAfter(entry)) {
      return false;
    } else if (CMakeNames.TOP_LEVEL.matcher(path).matches()
        || CMakeNames.IN_CMAKE_FILES.matcher(path).matches()
        || isInTargetDirectory(entry, path)
        || isInMirroredDirectory(path)) {
      return true;
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (CMakeNames.EXTERNAL_PROJECT_FILE.matcher(path).matches() || outputs.isConfigured(name)) {
      return !path.contains("CMakeFiles/") && isNotOlderThanFirstRun(entry);
    }
    boolean made = outputs.contains(path) || hasHeader(entry, path, name);
    // Among the sources, an older file with the name of an output is part of the project
    return made && (!mayBeAmongSources(entry, path) || isNotOlderThanFirstRun(entry));
  }

  private boolean hasHeader(Entry entry, String path, String name) {
    String requiredHeader = CMakeNames.HEADERS_IN_MIRRORED_DIRECTORY.get(name);
    if (requiredHeader != null) {
      String directory = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
      return outputs.isMirroredDirectory(directory)
          && entry.text(MAX_HEADER).filter(text -> text.startsWith(requiredHeader)).isPresent();
    }
    return CMakeNames.JUDGED_BY_HEADER.matcher(name).matches()
        && entry
            .text(MAX_HEADER)
            .filter(
                text ->
                    text.startsWith(CMakeNames.GENERATOR_HEADER)
                        ? isWhereGeneratorsWrite(entry)
                        : CMakeNames.CMAKE_HEADER.matcher(text).matches())
            .isPresent();
  }

  /**
   * Whether a generator writes such a file here: a file for Ninja beside a {@code CMakeCache.txt},
   * or another file in {@code CMakeFiles} of a nested tree, whose own record is not used. In {@code
   * CMakeFiles} of this tree, the names decide.
   */
  private boolean isWhereGeneratorsWrite(Entry entry) {
    Optional<Entry> directory = entry.parent();
    boolean isForNinja = CMakeNames.NINJA_FILE.matcher(entry.name()).matches();
    while (!isForNinja && directory.filter(each -> !each.name().equals("CMakeFiles")).isPresent()) {
      directory = directory.get().parent();
    }
    Optional<Entry> nestedTree = isForNinja ? directory : directory.flatMap(Entry::parent);
    return nestedTree.filter(each -> each.hasFile(CMakeNames.CACHE)).isPresent()
        && (isForNinja || !nestedTree.get().path().equals(tree));
  }

  /** Whether it is a current reply of CMake's file API. CMake removes earlier replies. */
  private boolean isReply(Entry entry, String path) {
    return path.equals(CMakeNames.FILE_API_REPLIES + entry.name())
        && entry.isFile()
        && (CMakeNames.REPLY_INDEX.matcher(entry.name()).matches()
            ? lastRun.isAfter(entry)
            : replies(entry.parent().orElseThrow()).contains(entry.name()));
  }

  private Set<String> replies(Entry directory) {
    return repliesByDirectory.computeIfAbsent(
        directory.path(),
        path ->
            directory.children().stream()
                .filter(Entry::isFile)
                .flatMap(file -> file.text(MAX_REPLY).stream())
                .flatMap(text -> REPLY_REFERENCE.matcher(text).results())
                .map(reference -> reference.group(1))
                .collect(Collectors.toSet()));
  }

  private boolean isNotOlderThanFirstRun(Entry entry) {
    return firstRun.filter(time -> !entry.lastModified().isBefore(time)).isPresent();
  }

  private boolean mayBeAmongSources(Entry entry, String path) {
    return containsSources
        || path.contains("-src/")
        || entry.parent().filter(directory -> directory.hasFile("CMakeLists.txt")).isPresent();
  }

  private boolean isInTargetDirectory(Entry entry, String path) {
    int end = path.indexOf(".dir/");
    while (end >= 0) {
      if (outputs.isTargetDirectory(path.substring(0, end + 4))) {
        return (CMakeNames.IN_TARGET_DIRECTORY.matcher(path.substring(end + 5)).matches()
                && mayExistForTarget(path.substring(0, end), path.substring(end)))
            || isObject(entry, path);
      }
      end = path.indexOf(".dir/", end + 1);
    }
    return false;
  }

  /**
   * Whether a file may exist in the directory of a target. Some files exist only if the rules of
   * the target read them.
   */
  private boolean mayExistForTarget(String target, String file) {
    return !CMakeNames.READ_BY_BUILD_MAKE.matcher(file).matches()
        || readByRules.computeIfAbsent(target, this::readByRules).contains(file);
  }

  private Set<String> readByRules(String target) {
    return lookup.text(tree.resolve(target + ".dir").resolve("build.make")).stream()
        .flatMap(rules -> CMakeNames.READ_BY_BUILD_MAKE.matcher(rules).results())
        .map(MatchResult::group)
        .collect(Collectors.toSet());
  }

  /**
   * Whether it is an object that CMake recorded, an object whose source was removed, but with the
   * compiler's dependency list beside it, or such a list.
   */
  private boolean isObject(Entry entry, String path) {
    Matcher dependencyFile = CMakeNames.DEPENDENCY_FILE.matcher(path);
    if (dependencyFile.matches()) {
      return outputs.contains(dependencyFile.group(1))
          || isDependencyListOf(entry, dependencyFile.group(1));
    }
    Matcher objectFile = CMakeNames.OBJECT.matcher(path);
    return objectFile.matches()
        && (outputs.contains(path)
            || outputs.contains(objectFile.group(1) + ".o")
            || lookup
                .file(tree.resolve(path + ".d"))
                .filter(list -> isDependencyListOf(list, path))
                .isPresent());
  }

  private static boolean isDependencyListOf(Entry list, String objectFile) {
    return list.text(MAX_PATH).filter(text -> text.startsWith(objectFile + ":")).isPresent();
  }

  private boolean isInMirroredDirectory(String path) {
    int slash = path.lastIndexOf('/');
    String directory = path.substring(0, Math.max(slash, 0));
    String name = path.substring(slash + 1);
    if (directory.equals("CMakeFiles") || directory.endsWith("/CMakeFiles")) {
      int parentEnd = directory.lastIndexOf('/');
      directory = directory.substring(0, Math.max(parentEnd, 0));
      name = "CMakeFiles/" + name;
    }
    return outputs.isMirroredDirectory(directory)
        && CMakeNames.IN_MIRRORED_DIRECTORY.matcher(name).matches();
  }

  @Override
  public int removalOrder(String path) {
    if (path.equals(CMakeNames.CACHE) || path.startsWith(".ninja_")) {
      return 4;
    } else if (path.equals("CMakeFiles") || path.equals(CMakeOutputs.TARGET_LIST)) {
      return 3;
    } else if (path.startsWith("CMakeFiles/") || path.contains("/CMakeFiles")) {
      return 2;
    }
    return path.endsWith(".ninja") ? 1 : 0;
  }
}
