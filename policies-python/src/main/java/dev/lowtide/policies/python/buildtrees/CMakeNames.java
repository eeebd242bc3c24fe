package dev.lowtide.policies.python.buildtrees;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The files that CMake and the programs that it runs write into a build tree: CMake 3.5 to 4.2 with
 * the generators for make and ninja, CTest and CPack included. Patterns match their paths, which
 * are relative to the tree, with slashes. Where a name proves too little, the first lines of the
 * file decide. Finished packages are not matched.
 */
final class CMakeNames {
  static final String CACHE = "CMakeCache.txt";

  /** scikit-build-core 0.4 to 1.1 writes it before it starts CMake. */
  static final String SKBUILD = ".skbuild-info.json";

  /** Files directly in the tree. */
  static final Pattern TOP_LEVEL =
      Pattern.compile(
          CACHE
              + "|\\.ninja_(deps|log|lock)|compile_commands\\.json"
              + "|DartConfiguration\\.tcl|CPack(Source)?Config\\.cmake|CPackProperties\\.cmake"
              + "|CMakeInit\\.txt|\\.skbuild-info\\.json");

  /** What {@code cmake --install}, development environments and CTest write after the build. */
  static final Pattern WRITTEN_AFTER_BUILD =
      Pattern.compile(
          "install_manifest(_[A-Za-z0-9]+)?\\.txt"
              + "|\\.cmake/api/v1/query/(client-[^/]+/)?(query\\.json|[a-zA-Z]+-v[0-9]+)"
              + "|Testing/(TAG|Temporary/(Last[A-Z][A-Za-z]+(_[0-9-]+)?\\.log(\\.tmp)?"
              + "|CTestCostData\\.txt|CTestCheckpoint\\.txt|CTestTestfile.*\\.tmp)"
              + "|[0-9]{8}-[0-9]{4}/[A-Z][A-Za-z]+(-[0-9]+)?\\.xml)");

  /** The directory of the replies of CMake's file API. */
  static final String FILE_API_REPLIES = ".cmake/api/v1/reply/";

  /**
   * The index of replies, named after the time with milliseconds in four digits; {@code error} for
   * a failed run since CMake 4.1.
   */
  static final Pattern REPLY_INDEX =
      Pattern.compile("(index|error)-[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}-){3}[0-9]{4}\\.json");

  static final Pattern NINJA_FILE = Pattern.compile("build(-[^/]+)?\\.ninja");

  static final Pattern IN_CMAKE_FILES =
      Pattern.compile(
          "CMakeFiles/(TargetDirectories\\.txt|CMakeOutput\\.log|CMakeError\\.log"
              + "|CMakeConfigureLog\\.yaml|cmake\\.(check_cache|check_depends|verify_globs)"
              + "|Makefile\\.cmake|Makefile2|CMakeRuleHashes\\.txt|(rules|common|impl-.+)\\.ninja"
              + "|InstallScripts\\.json|feature_tests\\.(c|cxx|bin)|VerifyGlobs\\.cmake"
              + "|generate\\.stamp(\\.depend|\\.list)?|pkgRedirects/.+-(config|version).*\\.cmake"
              // The system and the compilers that CMake detected
              + "|[0-9]+\\.[0-9]+\\.[0-9]+(-rc[0-9]+|-g[0-9a-f]+|-dirty|-MSVC_[0-9]+)*"
              + "/(CMake(System|[A-Z][A-Za-z_-]*Compiler)\\.cmake"
              + "|CMakeDetermineCompilerABI_[A-Za-z]+\\.bin"
              + "|CompilerId[A-Za-z]+/(CMake[A-Za-z]+CompilerId\\.(c|cpp|cu|F|m|mm|hip|o|obj|exe)"
              + "|a\\.(out|exe))"
              // Intermediate files of nvcc; every C or C++ file among them has a step in its name
              + "|CompilerId(CUDA|HIP)/tmp/(CMake(CUDA|HIP)CompilerId\\.(([a-z0-9_]+\\.)*"
              + "(ii|gpu|fatbin|module_id|o|ptx|cubin)|([a-z0-9_]+\\.)+(c|cpp))"
              + "|a_dlink\\.[a-z.]*(o|c|cubin)))"
              // A build by make that was killed
              + "|Progress/([0-9]+|count\\.txt)"
              // Checks of a run of CMake that was killed
              + "|CMake(Scratch/TryCompile-[A-Za-z0-9]{6}|Tmp)/(CMakeLists\\.txt"
              + "|cmTC_[A-Za-z0-9_.]+|src\\.[a-z]+|test[A-Z]+Compiler\\.[a-z]+"
              + "|CMake[A-Za-z]+CompilerABI\\.[a-z]+|[A-Z][A-Za-z]+Exists\\.[a-z]+))");

  /** Files that a compiler writes beside an object. */
  static final Pattern DEPENDENCY_FILE = Pattern.compile("(.+\\.(?:o|obj|lo))\\.(?:d|ddi|modmap)");

  /** Objects, which have the names of their sources with a suffix, and gcc's notes for coverage. */
  static final Pattern OBJECT = Pattern.compile("(.+)\\.(?:o|obj|lo|gcno)");

  /** Files in the directory of a target, relative to it. */
  static final Pattern IN_TARGET_DIRECTORY =
      Pattern.compile(
          "(build|progress|flags)\\.make|DependInfo\\.(cmake|json)"
              + "|cmake_clean(_(target|[A-Z][A-Za-z]*([_-][A-Z]+)?))?\\.cmake"
              + "|(compiler_)?depend\\.(make|internal|ts)|(re)?link\\.(txt|d)|[A-Za-z0-9_]+\\.rsp"
              + "|[A-Z]+\\.includecache|Labels\\.(txt|json)|Autogen[A-Za-z_]+\\.(json|txt|cmake)"
              + "|AutoRcc_.+|ParseCache.*\\.txt|[A-Z]+(DependInfo|Modules)\\.json|[A-Z]+\\.dd"
              + "|fortran\\.internal|(.+/)?[^/]+\\.mod\\.(stamp|proxy)"
              + "|(.+/)?cmake_pch(_[^/]+)?\\.(h|hxx|c|cxx)(\\..+)?");

  /**
   * Files that match {@link #IN_TARGET_DIRECTORY}, but exist only if the rules in the {@code
   * build.make} of the target read them.
   */
  static final Pattern READ_BY_BUILD_MAKE =
      Pattern.compile(
          "\\.dir/((?:progress|flags)\\.make|(?:re)?link\\.txt|cmake_clean_target\\.cmake)");

  /** What CMake, make and ninja write in every run. */
  static final List<String> WRITTEN_IN_EVERY_RUN =
      List.of(
          CACHE,
          SKBUILD,
          "CMakeFiles/cmake.check_cache",
          "CMakeFiles/Progress",
          ".ninja_log",
          ".ninja_deps");

  /** Files in each directory that mirrors a directory of the sources, relative to it. */
  static final Pattern IN_MIRRORED_DIRECTORY =
      Pattern.compile(
          "CMakeFiles/(progress\\.marks|CMakeDirectoryInformation\\.cmake)"
              + "|[^/]+\\[[0-9]+\\]_(include|tests)\\.cmake");

  /** The stamps and scripts of ExternalProject. */
  static final Pattern EXTERNAL_PROJECT_FILE =
      Pattern.compile("(?:.*/)?([^/]+)-prefix/(?:src/\\1-stamp|tmp)(?:/[A-Z][A-Za-z]+)?/\\1-[^/]+");

  /** Files whose names prove too little, so that their first lines decide. */
  static final Pattern JUDGED_BY_HEADER =
      Pattern.compile("(build(-.+)?|.*)\\.ninja|CMakeLists\\.txt|.+\\.cmake");

  /** The first line of files that CMake's generators write in fixed places. */
  static final String GENERATOR_HEADER = "# CMAKE generated file: DO NOT EDIT!";

  static final Pattern CMAKE_HEADER =
      Pattern.compile(
          "(?s)# Generated by CMake\\b.*"
              + "|# This is a basic version file for the Config-mode of find_package.*"
              + "|# Distributed under the OSI-approved BSD 3-Clause License\\.  See accompanying"
              + ".{1,200}# This is a generated file and its contents are an internal.*"
              + "|.*####### Expanded from @PACKAGE_INIT@ by configure_package_config_file\\(\\).*");

  /** Files in each directory that mirrors a directory of the sources, with their first lines. */
  static final Map<String, String> HEADERS_IN_MIRRORED_DIRECTORY =
      Map.of(
          "cmake_install.cmake", "# Install script for directory: ",
          "CTestTestfile.cmake", "# CMake generated Testfile for ",
          "Makefile", GENERATOR_HEADER);

  private CMakeNames() {}
}
