package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Plants in real build trees what a person would miss, and looks whether the plan holds it; with
 * nothing planted, all that was built goes, and nothing else.
 */
class BuildTreesE2ETest {
  /** For each kind of tree; the profile {@code attack} plants thousands. */
  private static final int PLANTS = Integer.getInteger("lowtide.plants", 12);

  /** Names that nobody would think about twice. */
  private static final List<String> NAMES =
      List.of(
          "results.csv",
          "notes.txt",
          "model.pkl",
          "thesis.tex",
          "util.py",
          "draft.c",
          "main.h",
          "data.json",
          "todo.md",
          "libvendor.a",
          "run.sh",
          "measured.o",
          "weights.bin",
          "x.p");

  /** How a tree is made, with a project in {@code app} and its build tree in {@code app/build}. */
  private enum Made {
    BY_CMAKE_WITH_MAKE("cmake", "-G", "Unix Makefiles", "-S", ".", "-B", "build"),
    BY_CMAKE_WITH_NINJA("cmake", "-G", "Ninja", "-S", ".", "-B", "build"),
    BY_CMAKE_AMONG_SOURCES("cmake", "-G", "Unix Makefiles", "-S", "build", "-B", "build"),
    BY_CMAKE_WITH_NINJA_AMONG_SOURCES("cmake", "-G", "Ninja", "-S", "build", "-B", "build"),
    BY_MESON("meson", "setup", "build");

    private final List<String> argv;

    Made(String... argv) {
      this.argv = List.of(argv);
    }

    boolean isAmongSources() {
      return argv.contains("build") && argv.indexOf("build") != argv.lastIndexOf("build");
    }

    void make(Path project) {
      List.of(argv.get(0), "cc", argv.contains("Unix Makefiles") ? "make" : "ninja")
          .forEach(ChildProcess::assumeTool);
      ChildProcess.run(project, argv.toArray(String[]::new));
      if (this == BY_MESON) {
        ChildProcess.run(project, "ninja", "-C", "build");
      } else {
        ChildProcess.run(project, "cmake", "--build", "build");
      }
    }
  }

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void makeTheProject() throws IOException {
    tree = TestTree.in(directory.toRealPath());
  }

  private static void addSources(TestTree tree, String place) {
    tree.file(
            place + "CMakeLists.txt",
            """
            cmake_minimum_required(VERSION 3.10)
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
            project('demo', 'c')
            configuration = configuration_data()
            configuration.set('A', 1)
            configure_file(input: 'config.h.in', output: 'config.h', configuration: configuration)
            configure_file(output: 'plain.h', configuration: configuration)
            foo = shared_library('foo', 'lib/foo.c', version: '1.2.3')
            executable('app', 'lib/main.c', link_with: foo)
            """);
  }

  private Set<String> build(Made made) {
    addSources(tree, made.isAmongSources() ? "app/build/" : "app/");
    tree.file("app/pyproject.toml");
    Set<String> before = new TreeSet<>(tree.names());
    made.make(tree.path("app"));
    return before;
  }

  @ParameterizedTest
  @EnumSource
  void withNothingPlantedAllThatWasBuiltGoes(Made made) {
    Set<String> before = build(made);

    Planned planned = Planned.workspace(tree);
    assertThat(planned.proposed()).isNotEmpty();
    planned.apply();

    assertThat(tree.names()).containsExactlyElementsOf(before);
    if (!made.isAmongSources()) {
      assertThat(planned.proposed()).containsExactly("app/build");
      assertThat(planned.refused()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAPersonWouldMissIsInNoItem(Made made) throws IOException {
    Set<String> sources = build(made);
    Random random = new Random(18 + made.ordinal());
    for (int i = 0; i < PLANTS; i++) {
      List<String> built =
          tree.names().stream()
              .filter(name -> name.startsWith("app/build") && !sources.contains(name))
              .toList();
      try (Plant plant = plant(built, random)) {
        List<String> proposed = Planned.workspace(tree).proposed();

        assertThat(proposed).as("with %s", plant.path).noneMatch(item -> holds(item, plant.path));
        for (String source : sources) {
          if (Files.isRegularFile(tree.path(source))) {
            assertThat(proposed).noneMatch(item -> holds(item, source));
          }
        }
      }
    }
  }

  private static boolean holds(String item, String path) {
    return path.equals(item) || path.startsWith(item + "/");
  }

  /** Something of a person's, which is taken away again. */
  private record Plant(String path, Undo undo) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      undo.run();
    }
  }

  private interface Undo {
    void run() throws IOException;
  }

  private Plant plant(List<String> built, Random random) throws IOException {
    List<String> directories =
        built.stream().filter(name -> Files.isDirectory(tree.path(name))).toList();
    List<String> files =
        built.stream().filter(name -> Files.isRegularFile(tree.path(name))).toList();
    String place = any(directories, random);
    String path = place + "/" + any(NAMES, random);
    return switch (random.nextInt(5)) {
      case 0 -> { // a part that was renamed
        String from = any(files, random);
        String to = from + any(List.of(".bak", ".old", "~", "-keep"), random);
        Files.move(tree.path(from), tree.path(to));
        yield new Plant(to, () -> Files.move(tree.path(to), tree.path(from)));
      }
      case 1 -> { // a repository
        tree.file(place + "/dep/.git/HEAD", "ref: refs/heads/main\n").file(place + "/dep/a.c");
        yield new Plant(place + "/dep/a.c", () -> delete(tree.path(place + "/dep")));
      }
      case 2 -> { // a link
        tree.link(path, "/etc/hostname");
        yield new Plant(path, () -> Files.delete(tree.path(path)));
      }
      case 3 -> { // a directory of results
        tree.file(place + "/runs/1/" + any(NAMES, random));
        yield new Plant(place + "/runs/1", () -> delete(tree.path(place + "/runs")));
      }
      default -> {
        tree.file(path);
        yield new Plant(path, () -> Files.delete(tree.path(path)));
      }
    };
  }

  private static <T> T any(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static void delete(Path path) throws IOException {
    for (String name : new TreeSet<>(TestTree.in(path).names()).descendingSet()) {
      Files.delete(path.resolve(name));
    }
    Files.delete(path);
  }
}
