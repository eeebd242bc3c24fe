package dev.lowtide.policies.python.buildtrees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.python.fixtures.RealPython;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.Plant.Kind;
import dev.lowtide.testing.PlantAndLook;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plants in real build trees what a person would miss, and looks whether the plan holds it; with
 * nothing planted, all that was built goes, and nothing else.
 */
class BuildTreesE2ETest {

  /** How a tree is made, with a project in a directory and its build tree in {@code build}. */
  private enum Made {
    BY_CMAKE_WITH_MAKE("cmake", "-G", "Unix Makefiles", "-S", ".", "-B", "build"),
    BY_CMAKE_WITH_NINJA("cmake", "-G", "Ninja", "-S", ".", "-B", "build"),
    BY_CMAKE_AMONG_SOURCES("cmake", "-G", "Unix Makefiles", "-S", "build", "-B", "build"),
    BY_CMAKE_WITH_NINJA_AMONG_SOURCES("cmake", "-G", "Ninja", "-S", "build", "-B", "build"),
    BY_MESON("meson", "setup", "build"),
    BY_SETUPTOOLS("setup.py"),
    BY_SCIKIT_BUILD_CORE("scikit_build_core.build");

    private final List<String> argv;

    Made(String... argv) {
      this.argv = List.of(argv);
    }

    /** Of the project. */
    String directory() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What made the project that a path of the tree lies in. */
    static Made of(TestTree tree, Path path) {
      String project = tree.root().relativize(path).getName(0).toString();
      return Stream.of(values()).filter(each -> each.directory().equals(project)).findAny().get();
    }

    boolean isAmongSources() {
      return argv.contains("build") && argv.indexOf("build") != argv.lastIndexOf("build");
    }

    void make(Path project, Path tools) {
      if (argv.size() == 1) {
        makeForPython(project, tools);
        return;
      }
      List.of(argv.get(0), "cc", argv.contains("Unix Makefiles") ? "make" : "ninja")
          .forEach(ChildProcess::assumeTool);
      ChildProcess.run(project, argv.toArray(String[]::new));
      if (this == BY_MESON) {
        ChildProcess.run(project, "ninja", "-C", "build");
      } else {
        ChildProcess.run(project, "cmake", "--build", "build");
      }
    }

    private void makeForPython(Path project, Path tools) {
      ChildProcess.assumeTool("cc");
      RealPython python = RealPython.that(tools);
      Path environment = tools.resolve("env");
      python =
          Files.exists(environment)
              ? python.at(environment.resolve("bin/python"))
              : python
                  .environment(environment)
                  .with("setuptools", "wheel", "scikit-build-core", "cmake", "ninja");
      RealPython here = python.in(project);
      if (this == BY_SETUPTOOLS) {
        here.run("setup.py", "-q", "build");
      } else {
        here.run(
            "-c",
            "import scikit_build_core.build as backend;"
                + "backend.build_wheel('../../tools/dist', {'build-dir': 'build'})");
      }
    }
  }

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void makeTheProject() throws IOException {
    tree = TestTree.in(Files.createDirectory(directory.toRealPath().resolve("workspace")));
  }

  private static void addSources(TestTree tree, String place) {
    tree.file(
            place + "CMakeLists.txt",
            """
            cmake_minimum_required(VERSION 3.15)
            project(demo C)
            configure_file(config.h.in config.h)
            add_subdirectory(lib)
            add_custom_command(OUTPUT gen.c COMMAND ${CMAKE_COMMAND} -E touch gen.c)
            add_library(gen STATIC gen.c lib/foo.c)
            install(TARGETS gen DESTINATION lib)
            """)
        .file(place + "config.h.in", "#define A @A@\n")
        .file(
            place + "lib/CMakeLists.txt",
            "add_library(foo SHARED foo.c)\n"
                + "set_target_properties(foo PROPERTIES VERSION 1.2.3 SOVERSION 1)\n"
                + "add_executable(app main.c)\ntarget_link_libraries(app foo)\n")
        .file(place + "lib/foo.c", "int foo(void) { return 0; }\n")
        .file(place + "lib/main.c", "int foo(void);\nint main(void) { return foo(); }\n")
        .file(
            place + "meson.build",
            """
            project('demo', 'c', version: '1')
            configuration = configuration_data()
            configuration.set('A', 1)
            configure_file(input: 'config.h.in', output: 'config.h', configuration: configuration)
            configure_file(output: 'plain.h', configuration: configuration)
            foo = shared_library('foo', 'lib/foo.c', version: '1.2.3')
            executable('app', 'lib/main.c', link_with: foo)
            """);
  }

  private static void addPython(TestTree tree, Made made) {
    String place = made.directory() + "/";
    tree.file(
            place + "pyproject.toml",
            made == Made.BY_SETUPTOOLS
                ? ""
                : "[build-system]\nrequires = []\nbuild-backend = 'scikit_build_core.build'\n"
                    + "[project]\nname = 'demo'\nversion = '1'\n")
        .file(place + "demo/__init__.py", "")
        .file(place + "demo/a.py", "print()\n")
        .file(place + "demo/data/table.csv", "1,2\n")
        .file(place + "demo/_c.c", "#include <Python.h>\n" + MODULE)
        .file(place + "bin/run", "#!/usr/bin/env python\nprint()\n");
    if (made == Made.BY_SETUPTOOLS) {
      tree.file(
          place + "setup.py",
          """
          from setuptools import Extension, setup
          setup(name='demo', version='1', packages=['demo'], scripts=['bin/run'],
                package_data={'demo': ['data/*.csv']},
                libraries=[('vendored', {'sources': ['lib/foo.c']})],
                ext_modules=[Extension('demo._c', ['demo/_c.c'])])
          """);
    }
  }

  private static final String MODULE =
      """
      static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_c", 0, -1, 0};
      PyMODINIT_FUNC PyInit__c(void) { return PyModule_Create(&definition); }
      """;

  private void addSources(Made made) {
    String place = made.directory() + "/";
    addSources(tree, made.isAmongSources() ? place + "build/" : place);
    tree.file(place + "pyproject.toml");
    if (made.argv.size() == 1) {
      addPython(tree, made);
    }
  }

  @Test
  void whatAPersonWouldMissStaysAndWithoutItAllThatWasBuiltGoes() throws IOException {
    Path tools = Files.createDirectory(directory.resolve("tools"));
    Stream.of(Made.values()).forEach(this::addSources);
    List<String> sources = tree.names();
    for (Made made : Made.values()) {
      made.make(tree.path(made.directory()), tools);
    }
    Planned planned = Planned.workspace(tree);
    assertThat(planned.proposed())
        .containsAll(
            Stream.of(Made.values())
                .filter(made -> !made.isAmongSources())
                .map(made -> made.directory() + "/build")
                .toList());
    assertThat(planned.refused().keySet()).allMatch(path -> path.contains("-among-sources/build/"));

    PlantAndLook.into(() -> Planned.workspace(tree))
        .records(this::isRecord)
        .without(
            "most lines name targets that have no files; without the others only these files stay",
            Kind.RECORD_REPLACED)
        .notEditing(
            "options, and what the tools write last in each run, by which all else is judged",
            file -> RUNS.contains(file.getFileName().toString()))
        .notEditing(
            "logs and lists, which tests, installations and editors write too, after the last"
                + " build",
            file -> LATER.matcher(file.toString()).matches())
        .notEditing(
            "setuptools records nothing of what it compiles, and no person edits that",
            file -> isOfSetuptools(file) && COMPILED.matcher(file.toString()).matches())
        .notEditing(
            "build_scripts itself changes the first line of a script",
            file -> SCRIPT.matcher(file.toString()).matches())
        .notMoving("an empty directory holds nothing", BuildTreesE2ETest::isEmptyDirectory)
        .notMoving(
            "the source of a copy is there, and the objects of a module, wherever these lie",
            file -> isOfSetuptools(file) && COPIED.matcher(file.toString()).matches())
        .knownAnywhere(
            "CMake records of what it configures a file, not where",
            file -> CONFIGURED.matcher(file.toString()).matches())
        .knownAnywhere(
            "a build that ended before CMake started has nothing else",
            file -> file.endsWith(".skbuild-info.json"))
        .plant(1);

    assertThat(tree.names()).containsExactlyElementsOf(sources);
  }

  private boolean isOfSetuptools(Path file) {
    return Made.of(tree, file) == Made.BY_SETUPTOOLS;
  }

  private static boolean isEmptyDirectory(Path path) {
    String[] children = path.toFile().list();
    return children != null && children.length == 0;
  }

  private boolean isRecord(Path file) {
    if (file.equals(tree.root())) {
      return false;
    }
    boolean byNinja =
        Files.exists(tree.path(Made.of(tree, file).directory() + "/build/build.ninja"));
    return file.endsWith("CMakeCache.txt")
        || file.endsWith("meson-info.json")
        || (byNinja
            ? file.endsWith("build.ninja")
            : file.endsWith("TargetDirectories.txt") || file.endsWith("cmake_clean.cmake"));
  }

  private static final Set<String> RUNS =
      Set.of(
          "CMakeCache.txt",
          "cmake.check_cache",
          ".skbuild-info.json",
          ".ninja_log",
          ".ninja_deps",
          "coredata.dat",
          "build.dat",
          "meson-info.json");

  private static final Pattern LATER =
      Pattern.compile(".*/(meson-logs/[^/]+|install_manifest\\.txt|\\.cmake/api/.+)");

  private static final Pattern COMPILED = Pattern.compile(".*\\.(o|so|a)");

  private static final Pattern CONFIGURED = Pattern.compile(".*/(config|plain)\\.h");

  private static final Pattern SCRIPT = Pattern.compile(".*/build/scripts[.-][^/]+/run");

  private static final Pattern COPIED =
      Pattern.compile(".*/build/lib[.-][^/]+/.+\\.(py|csv|so)|" + SCRIPT);
}
