package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.Beside;
import dev.lowtide.probe.Entry;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A build tree of CMake: {@code CMakeCache.txt} names the sources and the tree itself. {@link
 * CMakeOutputs} and {@link CMakeNames} explain its files.
 */
final class CMakeRecord implements BuildRecord {
  private static final Pattern SKBUILD_SOURCE =
      Pattern.compile("\"source_dir\"\\s*:\\s*\"([^\"\\\\]+)\"");
  private static final Pattern HOME =
      Pattern.compile("(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=([^\\r\\n]+)");
  private static final Pattern PLACE =
      Pattern.compile("(?m)^CMAKE_CACHEFILE_DIR:INTERNAL=([^\\r\\n]+)");
  private static final Pattern VERSION =
      Pattern.compile("(?m)^CMAKE_CACHE_(?:MAJOR|MINOR|PATCH)_VERSION:INTERNAL=([0-9]+)");

  /** A reference to a reply: in the index, and in replies to replies about single targets. */
  private static final Pattern REPLIED = Pattern.compile("\"jsonFile\"\\s*:\\s*\"([^\"]+)\"");

  private static final int MAX_REPLY = 1 << 22;

  private static final int MAX_HEADER = 2048;

  /** Enough for the path of an object. */
  private static final int MAX_PATH = 4096;

  private final Path tree;
  private final Path sources;
  private final Optional<Instant> firstRun;
  private final boolean holdsSources;

  private final Set<String> replies = new HashSet<>();

  /** By target. */
  private final Map<String, Set<String>> readByRules = new HashMap<>();

  private final CMakeOutputs outputs;
  private final LastRun lastRun;
  private final Beside beside;

  private CMakeRecord(
      Path tree, Path sources, Optional<Instant> firstRun, CMakeOutputs outputs, Beside beside) {
    this.tree = tree;
    this.outputs = outputs;
    this.beside = beside;
    this.lastRun = LastRun.in(tree, runs(tree, beside), beside);
    this.sources = sources;
    this.firstRun = firstRun;
    this.holdsSources = sources.startsWith(tree);
  }

  /** The record of a directory; empty if it is no build tree of CMake, or was moved. */
  static Optional<CMakeRecord> of(Path tree, Beside beside, HostEnvironment host) {
    Optional<String> file = beside.text(tree.resolve(CMakeNames.CACHE));
    if (file.isEmpty()) {
      return beside
          .text(tree.resolve(CMakeNames.SKBUILD))
          .flatMap(text -> path(SKBUILD_SOURCE, text, tree))
          .map(
              sources ->
                  new CMakeRecord(
                      tree, sources, Optional.empty(), CMakeOutputs.none(tree), beside));
    }
    String cache = file.get();
    Optional<Path> recorded = path(PLACE, cache, tree);
    Optional<Path> home = path(HOME, cache, tree);
    if (home.isEmpty()
        || recorded
            .filter(place -> place.equals(tree) || host.real(place).equals(host.real(tree)))
            .isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new CMakeRecord(
            tree,
            home.get(),
            firstRun(tree, cache, beside),
            CMakeOutputs.of(tree, beside),
            beside));
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

  /** When CMake first ran here: it writes this file only once. */
  private static Optional<Instant> firstRun(Path tree, String cache, Beside beside) {
    Matcher numbers = VERSION.matcher(cache);
    StringBuilder version = new StringBuilder();
    while (numbers.find()) {
      version.append(version.isEmpty() ? "" : ".").append(numbers.group(1));
    }
    return beside
        .file(tree.resolve("CMakeFiles").resolve(version.toString()).resolve("CMakeSystem.cmake"))
        .map(Entry::lastModified);
  }

  /**
   * The entries that every run changes. make removes a directory in {@code CMakeFiles} when it
   * ends.
   */
  private static List<String> runs(Path tree, Beside beside) {
    List<String> runs = new ArrayList<>(CMakeNames.RUNS);
    if (beside.file(tree.resolve(".ninja_log")).isEmpty()) {
      runs.add("CMakeFiles");
    }
    return runs;
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
    if (CMakeNames.LATER.matcher(path).matches() || isReply(entry, path)) {
      return true;
    } else if (!lastRun.isAfter(entry)) {
      return false;
    } else if (CMakeNames.TOP.matcher(path).matches()
        || CMakeNames.OF_CMAKE.matcher(path).matches()
        || isOfTarget(entry, path)
        || isInDirectory(path)) {
      return true;
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (CMakeNames.STEPS.matcher(path).matches() || outputs.isConfigured(name)) {
      return !path.contains("CMakeFiles/") && isNotOlder(entry);
    }
    boolean made = outputs.contains(path) || hasHeader(entry, path, name);
    // Among the sources, an older file with the name of an output is part of the project
    return made && (!mayBeAmongSources(entry, path) || isNotOlder(entry));
  }

  private boolean hasHeader(Entry entry, String path, String name) {
    String inEach = CMakeNames.HEADED_IN_EACH.get(name);
    if (inEach != null) {
      String directory = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
      return outputs.isDirectory(directory)
          && entry.text(MAX_HEADER).filter(text -> text.startsWith(inEach)).isPresent();
    }
    return CMakeNames.HEADED.matcher(name).matches()
        && entry
            .text(MAX_HEADER)
            .filter(
                text ->
                    text.startsWith(CMakeNames.OF_GENERATORS)
                        ? isWhereGeneratorsWrite(entry)
                        : CMakeNames.HEADER.matcher(text).matches())
            .isPresent();
  }

  /**
   * Whether a generator writes such a file here: in this tree, or in a nested tree whose own record
   * is not used.
   */
  private boolean isWhereGeneratorsWrite(Entry entry) {
    Optional<Entry> directory = entry.parent();
    boolean isForNinja = CMakeNames.NINJA_FILE.matcher(entry.name()).matches();
    while (!isForNinja && directory.filter(each -> !each.name().equals("CMakeFiles")).isPresent()) {
      directory = directory.get().parent();
    }
    Optional<Entry> within = isForNinja ? directory : directory.flatMap(Entry::parent);
    return within.filter(each -> each.hasFile(CMakeNames.CACHE)).isPresent()
        && (isForNinja || !within.get().path().equals(tree));
  }

  /** Whether it is a reply of CMake to an editor. CMake removes earlier replies. */
  private boolean isReply(Entry entry, String path) {
    return path.equals(CMakeNames.REPLIES + entry.name())
        && entry.isFile()
        && (CMakeNames.REPLY_INDEX.matcher(entry.name()).matches()
            ? lastRun.isAfter(entry)
            : replies(entry.parent().orElseThrow()).contains(entry.name()));
  }

  private Set<String> replies(Entry directory) {
    if (replies.isEmpty()) {
      directory.children().stream()
          .filter(Entry::isFile)
          .flatMap(file -> file.text(MAX_REPLY).stream())
          .flatMap(text -> REPLIED.matcher(text).results())
          .forEach(each -> replies.add(each.group(1)));
    }
    return replies;
  }

  private boolean isNotOlder(Entry entry) {
    return firstRun.filter(time -> !entry.lastModified().isBefore(time)).isPresent();
  }

  private boolean mayBeAmongSources(Entry entry, String path) {
    return holdsSources
        || path.contains("-src/")
        || entry.parent().filter(directory -> directory.hasFile("CMakeLists.txt")).isPresent();
  }

  private boolean isOfTarget(Entry entry, String path) {
    int end = path.indexOf(".dir/");
    while (end >= 0) {
      if (outputs.isTarget(path.substring(0, end + 4))) {
        return (CMakeNames.OF_TARGET.matcher(path.substring(end + 5)).matches()
                && mayExist(path.substring(0, end), path.substring(end)))
            || isObject(entry, path);
      }
      end = path.indexOf(".dir/", end + 1);
    }
    return false;
  }

  /** Whether the rules of a target read a file, if it is one that exists only for them. */
  private boolean mayExist(String target, String file) {
    return !CMakeNames.READ_BY_RULES.matcher(file).matches()
        || readByRules.computeIfAbsent(target, this::readByRules).contains(file);
  }

  private Set<String> readByRules(String target) {
    return beside.text(tree.resolve(target + ".dir").resolve("build.make")).stream()
        .flatMap(rules -> CMakeNames.READ_BY_RULES.matcher(rules).results())
        .map(MatchResult::group)
        .collect(Collectors.toSet());
  }

  /**
   * Whether it is a recorded object, or one of a removed source with the compiler's list beside it.
   */
  private boolean isObject(Entry entry, String path) {
    Matcher besides = CMakeNames.BESIDE_OBJECT.matcher(path);
    if (besides.matches()) {
      return outputs.contains(besides.group(1)) || isListFor(entry, besides.group(1));
    }
    Matcher object = CMakeNames.OBJECT.matcher(path);
    return object.matches()
        && (outputs.contains(path)
            || outputs.contains(object.group(1) + ".o")
            || beside
                .file(tree.resolve(path + ".d"))
                .filter(list -> isListFor(list, path))
                .isPresent());
  }

  private static boolean isListFor(Entry list, String object) {
    return list.text(MAX_PATH).filter(text -> text.startsWith(object + ":")).isPresent();
  }

  private boolean isInDirectory(String path) {
    int slash = path.lastIndexOf('/');
    String directory = path.substring(0, Math.max(slash, 0));
    String name = path.substring(slash + 1);
    if (directory.equals("CMakeFiles") || directory.endsWith("/CMakeFiles")) {
      int above = directory.lastIndexOf('/');
      directory = directory.substring(0, Math.max(above, 0));
      name = "CMakeFiles/" + name;
    }
    return outputs.isDirectory(directory) && CMakeNames.IN_EACH.matcher(name).matches();
  }

  @Override
  public int order(String path) {
    if (path.equals(CMakeNames.CACHE) || path.startsWith(".ninja_")) {
      return 4;
    } else if (path.equals("CMakeFiles") || path.equals(CMakeOutputs.TARGETS)) {
      return 3;
    } else if (path.startsWith("CMakeFiles/") || path.contains("/CMakeFiles")) {
      return 2;
    }
    return path.endsWith(".ninja") ? 1 : 0;
  }
}
