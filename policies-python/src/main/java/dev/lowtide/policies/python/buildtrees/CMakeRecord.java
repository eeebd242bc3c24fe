package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.Beside;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.probe.Entry;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What CMake recorded of a build tree: {@code CMakeCache.txt} with the sources and the tree itself,
 * {@code TargetDirectories.txt} with the directories of objects, and what {@code make clean} or
 * ninja know as outputs. Names as CMake 3.5 to 4.2 write them with the generators for make and
 * ninja, CTest and CPack included; finished packages are not among them.
 */
final class CMakeRecord implements BuildRecord {
  static final String CACHE = "CMakeCache.txt";

  /** Of scikit-build-core 0.4 to 1.1, written before CMake is started. */
  static final String SKBUILD = ".skbuild-info.json";

  private static final Pattern SKBUILD_SOURCE =
      Pattern.compile("\"source_dir\"\\s*:\\s*\"([^\"\\\\]+)\"");
  private static final Pattern HOME =
      Pattern.compile("(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=([^\\r\\n]+)");
  private static final Pattern PLACE =
      Pattern.compile("(?m)^CMAKE_CACHEFILE_DIR:INTERNAL=([^\\r\\n]+)");
  private static final Pattern VERSION =
      Pattern.compile("(?m)^CMAKE_CACHE_(?:MAJOR|MINOR|PATCH)_VERSION:INTERNAL=([0-9]+)");

  private static final String TARGETS = "CMakeFiles/TargetDirectories.txt";
  private static final Pattern TARGET = Pattern.compile("(.*?)/?(CMakeFiles/.+\\.dir)");
  private static final Pattern QUOTED = Pattern.compile("(?m)^[ \\t]++\"([^\"\\n]++)\"$");
  private static final String PRODUCTS = "set(CMAKE_MAKEFILE_PRODUCTS\n";
  private static final String DEPENDS = "set(CMAKE_MAKEFILE_DEPENDS\n";

  /** As {@code PATH_MAX}; what is longer is no path. */
  private static final int MAX_PATH = 4096;

  /** In the tree itself, once; each other pattern is relative to it as well. */
  private static final Pattern TOP =
      Pattern.compile(
          CACHE
              + "|\\.ninja_(deps|log|lock)|compile_commands\\.json"
              + "|DartConfiguration\\.tcl|CPack(Source)?Config\\.cmake|CPackProperties\\.cmake"
              + "|CMakeInit\\.txt|\\.skbuild-info\\.json");

  /** What others write into the tree later: installations, development environments, CTest. */
  private static final Pattern LATER =
      Pattern.compile(
          "install_manifest(_[A-Za-z0-9]+)?\\.txt"
              + "|\\.cmake/api/v1/query/(client-[^/]+/)?(query\\.json|[a-zA-Z]+-v[0-9]+)"
              + "|Testing/(TAG|Temporary/(Last[A-Z][A-Za-z]+(_[0-9-]+)?\\.log(\\.tmp)?"
              + "|CTestCostData\\.txt|CTestCheckpoint\\.txt|CTestTestfile.*\\.tmp)"
              + "|[0-9]{8}-[0-9]{4}/[A-Z][A-Za-z]+(-[0-9]+)?\\.xml)");

  private static final String REPLIES = ".cmake/api/v1/reply/";

  /** Named after the time, to the millisecond in four digits; of a failed run since CMake 4.1. */
  private static final Pattern INDEX =
      Pattern.compile("(index|error)-[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}-){3}[0-9]{4}\\.json");

  /** In the index for the answers, and in these for those on single targets. */
  private static final Pattern REPLIED = Pattern.compile("\"jsonFile\"\\s*:\\s*\"([^\"]+)\"");

  private static final int MAX_REPLY = 1 << 22;

  private static final Pattern NINJA_FILE = Pattern.compile("build(-[^/]+)?\\.ninja");

  private static final Pattern OF_CMAKE =
      Pattern.compile(
          "CMakeFiles/(TargetDirectories\\.txt|CMakeOutput\\.log|CMakeError\\.log"
              + "|CMakeConfigureLog\\.yaml|cmake\\.(check_cache|check_depends|verify_globs)"
              + "|Makefile\\.cmake|Makefile2|CMakeRuleHashes\\.txt|(rules|common|impl-.+)\\.ninja"
              + "|InstallScripts\\.json|feature_tests\\.(c|cxx|bin)|VerifyGlobs\\.cmake"
              + "|generate\\.stamp(\\.depend|\\.list)?|pkgRedirects/.+-(config|version).*\\.cmake"
              // Compilers, as they were found
              + "|[0-9]+\\.[0-9]+\\.[0-9]+(-rc[0-9]+|-g[0-9a-f]+|-dirty|-MSVC_[0-9]+)*"
              + "/(CMake[A-Z][A-Za-z]*\\.cmake"
              + "|CMakeDetermineCompilerABI_[A-Za-z]+\\.bin"
              + "|CompilerId[A-Za-z]+/(CMake[A-Za-z]+CompilerId\\.(c|cpp|cu|F|m|mm|hip|o|obj|exe)"
              + "|a\\.(out|exe))"
              // What nvcc keeps of its steps: every C or C++ file has a step in its name
              + "|CompilerId(CUDA|HIP)/tmp/(CMake(CUDA|HIP)CompilerId\\.(([a-z0-9_]+\\.)*"
              + "(ii|gpu|fatbin|module_id|o|ptx|cubin)|([a-z0-9_]+\\.)+(c|cpp))"
              + "|a_dlink\\.[a-z.]*(o|c|cubin)))"
              // A build by make that was killed
              + "|Progress/([0-9]+|count\\.txt)"
              // Checks of a run of CMake that was killed
              + "|CMake(Scratch/TryCompile-[A-Za-z0-9]{6}|Tmp)/(CMakeLists\\.txt"
              + "|cmTC_[A-Za-z0-9_.]+|src\\.[a-z]+|test[A-Z]+Compiler\\.[a-z]+"
              + "|CMake[A-Za-z]+CompilerABI\\.[a-z]+|[A-Z][A-Za-z]+Exists\\.[a-z]+))");

  /** What is written beside an object. */
  private static final Pattern BESIDE_OBJECT =
      Pattern.compile("(.+\\.(?:o|obj|lo))\\.(?:d|ddi|modmap)");

  /** Of objects, which have their sources' names with a suffix, and gcc's notes for coverage. */
  private static final Pattern OBJECT = Pattern.compile("(.+)\\.(?:o|obj|lo|gcno)");

  /** In the directory of a target's objects. */
  private static final Pattern OF_TARGET =
      Pattern.compile(
          "(build|progress|flags)\\.make|DependInfo\\.(cmake|json)"
              + "|cmake_clean(_(target|[A-Z][A-Za-z]*([_-][A-Z]+)?))?\\.cmake"
              + "|(compiler_)?depend\\.(make|internal|ts)|(re)?link\\.(txt|d)|[A-Za-z0-9_]+\\.rsp"
              + "|[A-Z]+\\.includecache|Labels\\.(txt|json)|Autogen[A-Za-z_]+\\.(json|txt|cmake)"
              + "|AutoRcc_.+|ParseCache.*\\.txt|[A-Z]+(DependInfo|Modules)\\.json|[A-Z]+\\.dd"
              + "|fortran\\.internal|(.+/)?[^/]+\\.mod\\.(stamp|proxy)"
              + "|(.+/)?cmake_pch(_[^/]+)?\\.(h|hxx|c|cxx)(\\..+)?");

  /** What CMake, make and ninja write whenever they run. */
  private static final List<String> RUNS =
      List.of(
          CACHE,
          SKBUILD,
          "CMakeFiles/cmake.check_cache",
          "CMakeFiles/Progress",
          ".ninja_log",
          ".ninja_deps");

  /** In each directory of the tree that stands for one of the sources. */
  private static final Pattern IN_EACH =
      Pattern.compile(
          "CMakeFiles/(progress\\.marks|CMakeDirectoryInformation\\.cmake)"
              + "|[^/]+\\[[0-9]+\\]_(include|tests)\\.cmake");

  /** Of ExternalProject: what it notes and what it runs, for each project. */
  private static final Pattern STEPS =
      Pattern.compile("(?:.*/)?([^/]+)-prefix/(?:src/\\1-stamp|tmp)(?:/[A-Z][A-Za-z]+)?/\\1-[^/]+");

  /** Files that are recognised by their first lines, because their names say too little. */
  private static final Pattern HEADED =
      Pattern.compile("(build(-.+)?|.*)\\.ninja|CMakeLists\\.txt|.+\\.cmake");

  /** Of what CMake's generators write, each at its place. */
  private static final String OF_GENERATORS = "# CMAKE generated file: DO NOT EDIT!";

  private static final Pattern HEADER =
      Pattern.compile(
          "(?s)# Generated by CMake\\b.*"
              + "|# This is a basic version file for the Config-mode of find_package.*"
              + "|# Distributed under the OSI-approved BSD 3-Clause License\\.  See accompanying"
              + ".{1,200}# This is a generated file and its contents are an internal.*"
              + "|.*####### Expanded from @PACKAGE_INIT@ by configure_package_config_file\\(\\).*");

  /** The same in each directory of the tree that stands for one of the sources. */
  private static final Map<String, String> HEADED_IN_EACH =
      Map.of(
          "cmake_install.cmake", "# Install script for directory: ",
          "CTestTestfile.cmake", "# CMake generated Testfile for ",
          "Makefile", OF_GENERATORS);

  private static final int MAX_HEADER = 2048;

  private final Path tree;
  private final String place;
  private final Path sources;
  private final Optional<Instant> begun;
  private final boolean holdsSources;

  private final Set<String> outputs = new HashSet<>();
  private final Set<String> targets = new HashSet<>();
  private final Set<String> directories = new HashSet<>();
  private final Set<String> configured = new HashSet<>();
  private final Set<String> replies = new HashSet<>();
  private boolean exportsHeaders;
  private final LastRun lastRun;
  private final Beside beside;

  private CMakeRecord(Path tree, Path sources, Optional<Instant> begun, Beside beside) {
    this.tree = tree;
    this.beside = beside;
    this.lastRun = LastRun.in(tree, runs(tree, beside), beside);
    this.place = RecordedPath.slashed(tree);
    this.sources = sources;
    this.begun = begun;
    this.holdsSources = sources.startsWith(tree);
  }

  /** That of a directory; empty if CMake did not make a tree of it where it is. */
  static Optional<CMakeRecord> of(Path tree, Beside beside, HostEnvironment host) {
    Optional<String> file = beside.text(tree.resolve(CACHE));
    if (file.isEmpty()) {
      return beside
          .text(tree.resolve(SKBUILD))
          .flatMap(text -> path(SKBUILD_SOURCE, text, tree))
          .map(sources -> new CMakeRecord(tree, sources, Optional.empty(), beside));
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
    CMakeRecord record = new CMakeRecord(tree, home.get(), begun(tree, cache, beside), beside);
    record.read();
    return Optional.of(record);
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

  /** When CMake first ran here, by a file that it does not write again. */
  private static Optional<Instant> begun(Path tree, String cache, Beside beside) {
    Matcher numbers = VERSION.matcher(cache);
    StringBuilder version = new StringBuilder();
    while (numbers.find()) {
      version.append(version.isEmpty() ? "" : ".").append(numbers.group(1));
    }
    return beside
        .file(tree.resolve("CMakeFiles").resolve(version.toString()).resolve("CMakeSystem.cmake"))
        .map(Entry::lastModified);
  }

  /** At its end make removes a directory in this one. */
  private static List<String> runs(Path tree, Beside beside) {
    List<String> runs = new ArrayList<>(RUNS);
    if (beside.file(tree.resolve(".ninja_log")).isEmpty()) {
      runs.add("CMakeFiles");
    }
    return runs;
  }

  private void read() {
    directories.add("");
    beside.text(tree.resolve(TARGETS)).ifPresent(text -> text.lines().forEach(this::addTarget));
    beside
        .text(tree.resolve("CMakeFiles").resolve("Makefile.cmake"))
        .ifPresent(
            text -> {
              listed(PRODUCTS, text).forEach(path -> addOutput("", path));
              listed(DEPENDS, text).forEach(this::addTemplate);
            });
    NinjaOutputs ninja = NinjaOutputs.of(tree, beside);
    outputs.addAll(ninja.paths());
    ninja.configuredFrom().forEach(this::addTemplate);
  }

  private void addTemplate(String path) {
    ConfiguredFile.of(path).ifPresent(configured::add);
    exportsHeaders |= path.endsWith("/exportheader.cmake.in");
  }

  private void addTarget(String line) {
    Optional<String> target =
        line.length() > MAX_PATH ? Optional.empty() : RecordedPath.in(place, "", line.strip());
    Matcher matcher = TARGET.matcher(target.orElse(""));
    if (!matcher.matches()) {
      return;
    }
    String directory = matcher.group(1);
    targets.add(matcher.group());
    directories.add(directory);
    Path objects = tree.resolve(matcher.group());
    for (String name : new String[] {"cmake_clean.cmake", "cmake_clean_target.cmake"}) {
      beside
          .text(objects.resolve(name))
          .filter(text -> text.stripTrailing().endsWith(")")) // one that was cut off is no record
          .ifPresent(
              text ->
                  QUOTED
                      .matcher(text)
                      .results()
                      .forEach(quoted -> addOutput(directory, quoted.group(1))));
    }
  }

  /** The paths in a list that CMake writes as one, each in a line of its own. */
  private static Set<String> listed(String list, String text) {
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

  private void addOutput(String from, String recorded) {
    RecordedPath.in(place, from, recorded).ifPresent(outputs::add);
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
    if (LATER.matcher(path).matches() || isReply(entry, path)) {
      return true;
    } else if (!lastRun.isAfter(entry)) {
      return false;
    } else if (TOP.matcher(path).matches()
        || OF_CMAKE.matcher(path).matches()
        || isOfTarget(entry, path)
        || isInDirectory(path)) {
      return true;
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (STEPS.matcher(path).matches()
        || configured.contains(name)
        || (exportsHeaders && name.endsWith("_export.h"))) {
      return !path.contains("CMakeFiles/") && isNotOlder(entry);
    }
    boolean made = outputs.contains(path) || hasHeader(entry, path, name);
    // What has the name of an output among the sources, and is older, is what the project ships
    return made && (!mayBeAmongSources(entry, path) || isNotOlder(entry));
  }

  private boolean hasHeader(Entry entry, String path, String name) {
    String inEach = HEADED_IN_EACH.get(name);
    if (inEach != null) {
      String directory = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
      return directories.contains(directory)
          && entry.text(MAX_HEADER).filter(text -> text.startsWith(inEach)).isPresent();
    }
    return HEADED.matcher(name).matches()
        && entry
            .text(MAX_HEADER)
            .filter(
                text ->
                    text.startsWith(OF_GENERATORS)
                        ? isWhereGeneratorsWrite(entry)
                        : HEADER.matcher(text).matches())
            .isPresent();
  }

  /** Here, or in a tree within this one, whose own record nobody reads. */
  private boolean isWhereGeneratorsWrite(Entry entry) {
    Optional<Entry> directory = entry.parent();
    boolean isForNinja = NINJA_FILE.matcher(entry.name()).matches();
    while (!isForNinja && directory.filter(each -> !each.name().equals("CMakeFiles")).isPresent()) {
      directory = directory.get().parent();
    }
    Optional<Entry> within = isForNinja ? directory : directory.flatMap(Entry::parent);
    return within.filter(each -> each.hasFile(CACHE)).isPresent()
        && (isForNinja || !within.get().path().equals(tree));
  }

  /** What CMake answers to editors; what it answered before it removes. */
  private boolean isReply(Entry entry, String path) {
    return path.equals(REPLIES + entry.name())
        && entry.isFile()
        && (INDEX.matcher(entry.name()).matches()
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
    return begun.filter(time -> !entry.lastModified().isBefore(time)).isPresent();
  }

  private boolean mayBeAmongSources(Entry entry, String path) {
    return holdsSources
        || path.contains("-src/")
        || entry.parent().filter(directory -> directory.hasFile("CMakeLists.txt")).isPresent();
  }

  private boolean isOfTarget(Entry entry, String path) {
    int end = path.indexOf(".dir/");
    while (end >= 0) {
      if (targets.contains(path.substring(0, end + 4))) {
        return OF_TARGET.matcher(path.substring(end + 5)).matches() || isObject(entry, path);
      }
      end = path.indexOf(".dir/", end + 1);
    }
    return false;
  }

  /** One that is recorded, or of a source that is no more, with the compiler's list beside it. */
  private boolean isObject(Entry entry, String path) {
    Matcher besides = BESIDE_OBJECT.matcher(path);
    if (besides.matches()) {
      return outputs.contains(besides.group(1)) || isListFor(entry, besides.group(1));
    }
    Matcher object = OBJECT.matcher(path);
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
    return directories.contains(directory) && IN_EACH.matcher(name).matches();
  }

  @Override
  public int order(String path) {
    if (path.equals(CACHE) || path.startsWith(".ninja_")) {
      return 4;
    } else if (path.equals("CMakeFiles") || path.equals(TARGETS)) {
      return 3;
    } else if (path.startsWith("CMakeFiles/") || path.contains("/CMakeFiles")) {
      return 2;
    }
    return path.endsWith(".ninja") ? 1 : 0;
  }
}
