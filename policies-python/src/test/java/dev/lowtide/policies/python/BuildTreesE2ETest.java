package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.Plant.Kind;
import dev.lowtide.testing.PlantAndLook;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Plants in real build trees what a person would miss, and looks whether the plan holds it; with
 * nothing planted, all that was built goes, and nothing else.
 */
class BuildTreesE2ETest {

  /** How a tree is made, with a project in {@code app} and its build tree in {@code app/build}. */
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
      RealPython python = RealPython.that(tools).environment(tools.resolve("env"));
      RealPython here = python.in(project);
      if (this == BY_SETUPTOOLS) {
        python.with("setuptools", "wheel");
        here.run("setup.py", "-q", "build");
      } else {
        python.with("scikit-build-core", "cmake", "ninja");
        here.run(
            "-c",
            "import scikit_build_core.build as backend;"
                + "backend.build_wheel('../../dist', {'build-dir': 'build'})");
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
    tree.file(
            "app/pyproject.toml",
            made == Made.BY_SETUPTOOLS
                ? ""
                : "[build-system]\nrequires = []\nbuild-backend = 'scikit_build_core.build'\n"
                    + "[project]\nname = 'demo'\nversion = '1'\n")
        .file("app/demo/__init__.py", "")
        .file("app/demo/a.py", "print()\n")
        .file("app/demo/data/table.csv", "1,2\n")
        .file("app/demo/_c.c", "#include <Python.h>\n" + MODULE)
        .file("app/bin/run", "#!/usr/bin/env python\nprint()\n");
    if (made == Made.BY_SETUPTOOLS) {
      tree.file(
          "app/setup.py",
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

  private Set<String> build(Made made) throws IOException {
    addSources(tree, made.isAmongSources() ? "app/build/" : "app/");
    tree.file("app/pyproject.toml");
    if (made.argv.size() == 1) {
      addPython(tree, made);
    }
    Set<String> before = new TreeSet<>(tree.names());
    made.make(tree.path("app"), Files.createDirectory(directory.resolve("tools")));
    return before;
  }

  @ParameterizedTest
  @EnumSource
  void whatAPersonWouldMissStaysAndWithoutItAllThatWasBuiltGoes(Made made) throws IOException {
    Set<String> before = build(made);
    Planned planned = Planned.workspace(tree);
    if (!made.isAmongSources()) {
      assertThat(planned.proposed()).containsExactly("app/build");
      assertThat(planned.refused()).isEmpty();
    }

    PlantAndLook.into(() -> Planned.workspace(tree))
        .records(file -> isRecord(file, Files.exists(tree.path("app/build/build.ninja"))))
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
            file -> made == Made.BY_SETUPTOOLS && COMPILED.matcher(file.toString()).matches())
        .notEditing(
            "build_scripts itself changes the first line of a script",
            file -> SCRIPT.matcher(file.toString()).matches())
        .notMoving("an empty directory holds nothing", BuildTreesE2ETest::isEmptyDirectory)
        .notMoving(
            "the source of a copy is there, wherever the copy lies",
            file -> made == Made.BY_SETUPTOOLS && COPIED.matcher(file.toString()).matches())
        .sharedBy(Made.values().length)
        .plant(made.ordinal() + 1);

    assertThat(tree.names()).containsExactlyElementsOf(before);
  }

  private static boolean isEmptyDirectory(Path path) {
    String[] children = path.toFile().list();
    return children != null && children.length == 0;
  }

  private static boolean isRecord(Path file, boolean byNinja) {
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

  private static final Pattern SCRIPT = Pattern.compile(".*/build/scripts[.-][^/]+/run");

  private static final Pattern COPIED =
      Pattern.compile(".*/build/lib[.-][^/]+/.+\\.(py|csv)|" + SCRIPT);
}
