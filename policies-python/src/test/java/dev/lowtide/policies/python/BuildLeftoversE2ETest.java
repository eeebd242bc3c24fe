package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.policies.python.fixtures.RealPython;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cleans up after real builds, tests and linters, and after a real pip that is killed. */
class BuildLeftoversE2ETest {
  private static final String C =
      """
      #include <Python.h>
      static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_c", 0, -1, 0};
      PyMODINIT_FUNC PyInit__c(void) { return PyModule_Create(&definition); }
      """;

  /** A build that waits where it has everything open that it will have. */
  private static final String SETUP =
      """
      import os, time
      from setuptools import Extension, setup
      if os.environ.get("WAIT_IN_BUILD"):
          from setuptools.command import build_ext
          class Waiting(build_ext.build_ext):
              def run(self):
                  open(os.environ["WAIT_IN_BUILD"], "w").close()
                  time.sleep(600)
          commands = {"build_ext": Waiting}
      else:
          commands = {}
      setup(name="pkg", version="1", cmdclass=commands, package_dir={"": "src"}, packages=["pkg"],
            ext_modules=[Extension("pkg._c", ["src/pkg/_c.c"])])
      """;

  private static final String PYPROJECT =
      "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n";

  /** Holds the environment, beside the workspaces of the tests. */
  @TempDir static Path shared;

  private static RealPython python;

  private Path directory;
  private TestTree tree;

  @BeforeAll
  static void installBackends() throws IOException {
    RealPython.assumeOneOf("cc", "gcc", "clang");
    shared = shared.toRealPath();
    python = RealPython.that(shared).environment(shared.resolve("env")).with("setuptools", "wheel");
  }

  @BeforeEach
  void makeAProject() throws IOException {
    directory = Files.createTempDirectory(shared, "test");
    tree =
        TestTree.in(Files.createDirectory(directory.resolve("workspace")))
            .file("app/setup.py", SETUP)
            .file("app/pyproject.toml", PYPROJECT)
            .file("app/src/pkg/__init__.py", "")
            .file("app/src/pkg/_c.c", C);
  }

  @Test
  void aBuildInPlaceLeavesNothing() {
    List<String> before = tree.names();
    python.in(tree.path("app")).run("setup.py", "-q", "build_ext", "--inplace");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed())
        .hasSize(2)
        .contains("app/build")
        .anySatisfy(path -> assertThat(path).matches("app/src/pkg/_c\\..+\\.so"));
    assertThat(tree.names()).isEqualTo(before);
  }

  /** Projects as people publish them, each in a way of its own. */
  private enum Published {
    /** As psutil: at the top, and its objects are not named after the module. */
    FLAT {
      @Override
      void write(TestTree tree, String name) {
        tree.file(
                "own/setup.py",
                """
                from setuptools import Extension, setup
                setup(packages=["NAME"], py_limited_api=True,
                      ext_modules=[Extension("NAME._c", ["NAME/arch/main.c", "NAME/arch/more.c"],
                                             depends=["NAME/arch/more.h"])])
                """
                    .replace("NAME", name))
            .file("own/pyproject.toml", project(name, "setuptools.build_meta"))
            .file("own/" + name + "/__init__.py", "from . import _c\n")
            .file("own/" + name + "/arch/main.c", C)
            .file("own/" + name + "/arch/more.h", "int more;\n")
            .file("own/" + name + "/arch/more.c", "#include \"more.h\"\n")
            .file("own/" + name + "/ready.abi3.so", "shipped ready-made")
            .file("own/MANIFEST.in", "include " + name + "/*.so\n")
            .file("own/build-notes/lib.md", "A person's.\n");
      }
    },
    /** As markupsafe: below {@code src}. */
    BELOW_SRC {
      @Override
      void write(TestTree tree, String name) {
        tree.file(
                "own/setup.py",
                """
                from setuptools import Extension, setup
                setup(ext_modules=[Extension("NAME._c", ["src/NAME/_c.c"])])
                """
                    .replace("NAME", name))
            .file("own/pyproject.toml", project(name, "setuptools.build_meta"))
            .file("own/src/" + name + "/__init__.py", "from . import _c\n")
            .file("own/src/" + name + "/_c.c", C)
            .link("own/README", "src/" + name + "/__init__.py");
      }
    };

    abstract void write(TestTree tree, String name);

    private static String project(String name, String backend) {
      return "[build-system]\nrequires = ['setuptools']\nbuild-backend = '%s'\n".formatted(backend)
          + "[project]\nname = '%s'\nversion = '1'\n".formatted(name);
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneCleanLeavesAProjectAsItWasUnpacked(Published kind) {
    String name = "lt_" + kind.name().toLowerCase(Locale.ROOT);
    kind.write(tree, name);
    TestTree own = TestTree.in(tree.path("own"));
    Map<String, String> unpacked = contents(own);
    assertThat(Planned.workspace(own).proposed()).isEmpty();

    RealPython inside = python.in(own.root());
    String pip = "-m pip -q --no-input ";
    String here = " --no-deps --no-build-isolation ";
    inside.run((pip + "wheel" + here + "-w " + directory.resolve("out") + " .").split(" +"));
    inside.run("setup.py", "-q", "build_ext", "--inplace");
    inside.run("-m", "venv", "--without-pip", ".venv");
    inside.run((pip + "install" + here + "--prefix .venv -e .").split(" +"));
    inside.at(own.path(".venv/bin/python")).run("-c", "import " + name);
    assertThat(own.names()).hasSizeGreaterThan(unpacked.size() + 20);

    Planned.workspace(own).apply();

    assertThat(contents(own)).isEqualTo(unpacked);
  }

  /** Names, links and contents, without the times of directories. */
  private static Map<String, String> contents(TestTree tree) {
    Map<String, String> contents = tree.fingerprint();
    contents.replaceAll((path, what) -> what.startsWith("directory") ? "directory" : what);
    return contents;
  }

  @Test
  void whatIsInstalledForDevelopmentStillWorks() {
    python.in(tree.path("app")).run("setup.py", "-q", "build_ext", "--inplace");
    python
        .in(tree.path("app"))
        .run("-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "-e", ".");

    TestTree all = TestTree.in(shared);
    CleanupTarget target = CleanupTarget.of("workspace", shared).keeping("env");
    Planned planned = Planned.of(all, target, Planned.host(all)).apply();

    assertThat(planned.proposed()).noneMatch(path -> path.endsWith(".so"));
    assertThat(tree.has("app/build")).isFalse();
    python.run("-c", "import pkg._c");
  }

  @Test
  void aWheelOfScikitBuildCoreLeavesNothing() {
    RealPython.assumeOneOf("cmake");
    python.with("scikit-build-core");
    tree.file(
            "skb/pyproject.toml",
            """
            [build-system]
            requires = ["scikit-build-core"]
            build-backend = "scikit_build_core.build"
            [project]
            name = "skb"
            version = "1"
            [tool.scikit-build]
            build-dir = "build/{wheel_tag}"
            """)
        .file(
            "skb/CMakeLists.txt",
            """
            cmake_minimum_required(VERSION 3.15)
            project(skb LANGUAGES C)
            find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
            Python_add_library(_c MODULE _c.c WITH_SOABI)
            install(TARGETS _c DESTINATION skb)
            """)
        .file("skb/_c.c", C);
    List<String> before = tree.names();
    python.run(
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-build-isolation",
        "--no-deps",
        "-w",
        directory.resolve("out").toString(),
        tree.path("skb").toString());

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("skb/build");
    assertThat(tree.names()).isEqualTo(before);
  }

  @Test
  void aBuildOfMesonLeavesNothing() {
    python.with("meson", "ninja");
    tree.file("app/meson.build", "project('pc', 'c')\nstatic_library('x', 'src/x.c')\n")
        .file("app/src/x.c", "int x;\n");
    List<String> before = tree.names();
    python.run(
        "-m",
        "mesonbuild.mesonmain",
        "setup",
        tree.path("app/build/cp3").toString(),
        tree.path("app").toString());
    python.run(
        "-m", "mesonbuild.mesonmain", "compile", "-C", tree.path("app/build/cp3").toString());

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("app/build");
    assertThat(tree.names()).isEqualTo(before);
  }

  @Test
  void testsAndLintersLeaveNothing() {
    python.with("pytest", "ruff");
    tree.file("app/test_a.py", "def test_a():\n    assert True\n");
    List<String> before = tree.names();
    python.in(tree.path("app")).run("-m", "pytest", "-q", "test_a.py");
    python.in(tree.path("app")).run("-m", "ruff", "check", "-q", "test_a.py");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed())
        .containsExactly("app/.pytest_cache", "app/.ruff_cache", "app/__pycache__");
    assertThat(tree.names()).isEqualTo(before);
  }

  @Test
  void whatAnUninstallLeavesThatIsKilledGoesAfterADay() {
    python.run("-m", "pip", "install", "-q", "--no-build-isolation", tree.path("app").toString());
    python.exit(
        Map.of(),
        "-c",
        """
        import os
        from pip._internal.cli.main import main
        from pip._internal.req.req_uninstall import UninstallPathSet
        UninstallPathSet.commit = lambda self: os.kill(os.getpid(), 9)
        main(["uninstall", "-q", "-y", "pkg"])
        """);
    TestTree packages = TestTree.in(shared.resolve("env").resolve("lib"));
    CleanupTarget target = CleanupTarget.of("workspace", packages.root());

    Planned now = Planned.of(packages, target, using(Duration.ZERO).build());
    Planned later = Planned.of(packages, target, using(Duration.ofDays(2)).build());

    assertThat(now.proposed()).noneMatch(BuildLeftoversE2ETest::isMovedAside);
    assertThat(now.refused().keySet()).filteredOn(BuildLeftoversE2ETest::isMovedAside).hasSize(2);
    assertThat(later.proposed()).filteredOn(BuildLeftoversE2ETest::isMovedAside).hasSize(2);
  }

  private static boolean isMovedAside(String path) {
    return path.matches(".*/site-packages/~[^/]+");
  }

  @Test
  void whatAKilledPipLeavesGoesWhenItIsIdleAndOld() throws Exception {
    Path reached = directory.resolve("reached");
    Path place = Files.createDirectory(directory.resolve("pip"));
    RealPython apart = new RealPython(python.executable(), place, place);
    Process pip =
        apart.start(
            Map.of("WAIT_IN_BUILD", reached.toString()),
            "-m",
            "pip",
            "wheel",
            "--no-build-isolation",
            "--no-deps",
            tree.path("app").toString());
    List<ProcessHandle> all;
    TestTree temporary = TestTree.in(apart.temporary());
    TreeSet<String> left = new TreeSet<>();
    try {
      while (Files.notExists(reached)) {
        assertThat(pip.waitFor(10, TimeUnit.MILLISECONDS)).as(apart.output()).isFalse();
      }
      all = pip.descendants().toList();
      temporary.names().stream().filter(name -> !name.contains("/")).forEach(left::add);

      Planned running = temporary(temporary, Duration.ofDays(2));

      assertThat(left).anyMatch(name -> name.matches("tmp[a-z0-9_]{8}")).hasSizeGreaterThan(4);
      assertThat(running.proposed()).isEmpty();
      assertThat(running.refused().keySet()).isEqualTo(left);
    } finally {
      pip.descendants().forEach(ProcessHandle::destroyForcibly);
      pip.destroyForcibly().waitFor();
    }
    all.forEach(process -> process.onExit().join());

    assertThat(temporary(temporary, Duration.ofHours(20)).proposed()).isEmpty();
    Planned planned = temporary(temporary, Duration.ofDays(2));
    assertThat(planned.proposed()).containsExactlyElementsOf(left);
    planned.apply();
    assertThat(temporary.names()).isEmpty();
  }

  /** As if so much time had passed. */
  private static Planned temporary(TestTree tree, Duration later) {
    CleanupTarget target = CleanupTarget.temporary("temp", tree.root());
    return Planned.of(tree, target, using(later).assumeIdle().build());
  }

  private static LowtideBuilder using(Duration later) {
    HostEnvironment host = Lowtide.thisMachine(List::of);
    return Planned.using(host).clock(Clock.fixed(Instant.now().plus(later), ZoneOffset.UTC));
  }
}
