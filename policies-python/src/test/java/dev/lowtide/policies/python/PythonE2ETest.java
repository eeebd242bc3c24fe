package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.policies.python.fixtures.RealPython;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Cause;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cleans up after a real Python that makes an environment and a wheel of the bundled sample. */
class PythonE2ETest {
  private static final Path SAMPLE = Repository.path("examples/wheel-builder/sample");

  @TempDir Path directory;
  private RealPython python;
  private Path workspace;
  private TestTree tree;

  @BeforeEach
  void copyTheSample() throws IOException {
    python = RealPython.that(directory);
    workspace = Files.createDirectory(directory.toRealPath().resolve("workspace"));
    tree = TestTree.in(workspace);
    try (Stream<Path> sources = Files.walk(SAMPLE)) {
      for (Path source : sources.toList()) {
        // What somebody may have built in the checkout is not part of it
        if (!source.toString().matches(".*(/build|egg-info|__pycache__)(/.*)?")) {
          Files.copy(
              source, workspace.resolve("sample").resolve(SAMPLE.relativize(source).toString()));
        }
      }
    }
  }

  @Test
  void leavesNothingOfABuildButItsWheel() throws IOException {
    RealPython.assumeOneOf("make");
    RealPython.assumeOneOf("c++", "g++", "clang++");
    TreeSet<String> expected = new TreeSet<>(tree.names());
    Path environment = workspace.resolve(".venv");
    python
        .environment(environment)
        .run(
            "-m",
            "pip",
            "wheel",
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            workspace.resolve("wheels-sample").toString(),
            workspace.resolve("sample").toString());
    python.run("-m", "compileall", "-q", workspace.resolve("sample").toString());
    Path wheel = only(workspace.resolve("wheels-sample"));
    Path dist = Files.createDirectory(workspace.resolve("dist"));
    Files.copy(wheel, dist.resolve(wheel.getFileName().toString()));
    expected.add("dist");
    expected.add("dist/" + wheel.getFileName());

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed())
        .contains(
            ".venv",
            "sample/build",
            "sample/src/lowtide_sample.egg-info",
            "sample/src/lowtide_sample/__pycache__");
    assertThat(planned.refused()).containsOnlyKeys("wheels-sample");
    expected.add("wheels-sample");
    expected.add("wheels-sample/" + wheel.getFileName());
    assertThat(tree.names()).containsExactlyElementsOf(expected);
  }

  @Test
  void keepsWhatAFailedBuildHadBefore() throws IOException {
    RealPython.assumeOneOf("make");
    List<String> before = new ArrayList<>(tree.names());
    Path environment = workspace.resolve(".venv");
    RealPython builder = python.environment(environment);

    int exit =
        builder.exit(
            Map.of("LOWTIDE_SAMPLE_FAIL", "configure"),
            "-m",
            "pip",
            "wheel",
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            workspace.resolve("wheels-sample").toString(),
            workspace.resolve("sample").toString());
    assertThat(exit).isNotZero();
    assertThat(tree.has("sample/build")).isTrue();
    Planned.workspace(tree).apply();

    // Empty, and nothing shows that a build made it
    before.add("wheels-sample");
    assertThat(tree.names()).isEqualTo(before);
  }

  @Test
  void tellsTheEnvironmentsOfVenvVirtualenvAndNox() throws IOException {
    Path tools = Files.createDirectory(directory.toRealPath().resolve("tools"));
    RealPython installed = python.environment(tools).with("nox", "virtualenv");
    tree.file(
        "app/noxfile.py",
        "import nox\n@nox.session\ndef tests(session):\n    session.run('python', '-V')\n");
    installed.run("-m", "nox", "--noxfile", tree.path("app/noxfile.py").toString());
    installed.run("-m", "virtualenv", tree.path("by-virtualenv").toString());
    python.run("-m", "venv", "--without-pip", tree.path("by-venv").toString());

    Planned planned = Planned.workspace(tree);

    assertThat(planned.proposed()).contains("app/.nox", "by-venv", "by-virtualenv");
    assertThat(planned.refused()).isEmpty();
    assertThat(planned.plan().items())
        .extracting(item -> item.candidate().cause())
        .doesNotContain(Cause.ORPHANED);
  }

  /** A copy of it, which takes the library of the real one. */
  @Test
  void tellsAnEnvironmentWhosePythonIsGone() throws IOException {
    Path real = interpreter();
    Path base = Files.createDirectory(directory.toRealPath().resolve("base"));
    Path bin = Files.createDirectory(base.resolve("bin"));
    Path copy = Files.copy(real, bin.resolve("python3"));
    Files.createSymbolicLink(base.resolve("lib"), real.getParent().resolveSibling("lib"));
    RealPython copied = python.at(copy);
    assumeTrue(
        copied.exit(Map.of(), "-c", "import venv") == 0, "skipped: this Python cannot be copied");
    copied.run("-m", "venv", "--without-pip", tree.path("env").toString());
    python.at(tree.path("env/bin/python3")).run("-V");

    Files.delete(copy);
    Files.delete(bin);

    assertThat(Files.exists(tree.path("env/bin/python3"))).as("what its link leads to").isFalse();
    assertThat(Planned.workspace(tree).plan().items())
        .filteredOn(item -> item.path().equals(tree.path("env")))
        .singleElement()
        .satisfies(
            item -> {
              assertThat(item.candidate().cause()).isEqualTo(Cause.ORPHANED);
              assertThat(item.candidate().reason()).contains(bin + " is gone");
            });
  }

  @Test
  void knowsWithoutPipWhatPipSaysOfItsCache() throws IOException {
    Path pip = interpreter().resolveSibling("pip");
    assumeTrue(Files.isExecutable(pip), "skipped: there is no " + pip);
    Path home = Files.createDirectory(directory.toRealPath().resolve("home"));
    Map<String, String> usual =
        Map.of("HOME", home.toString(), "PATH", pip.getParent() + ":/usr/bin:/bin");
    Path cache = assertSame(usual);
    assertThat(cache).isEqualTo(home.resolve(".cache/pip"));

    write(home.resolve(".pip/pip.conf"), "[global]\ncache_dir: ~/legacy\n");
    assertThat(assertSame(usual)).isEqualTo(home.resolve("legacy"));
    write(home.resolve(".config/pip/pip.conf"), "[global]\n# mine\nCache-Dir = /users\n");
    assertThat(assertSame(usual)).isEqualTo(Path.of("/users"));
    write(home.resolve("own.conf"), "[install]\ncache-dir = /no\n");
    assertSame(with(usual, "PIP_CONFIG_FILE", home.resolve("own.conf").toString()));
    assertSame(with(usual, "PIP_CONFIG_FILE", "/dev/null"));
    assertSame(with(usual, "PIP_CACHE_DIR", "/variable"));
  }

  /** The program itself, where the one on the PATH is a script that finds it. */
  private Path interpreter() throws IOException {
    Path answer = directory.resolve("interpreter");
    python.run(
        "-c",
        "import os, sys; open(sys.argv[1], 'w').write(os.path.realpath(sys.executable))",
        answer.toString());
    return Path.of(Files.readString(answer));
  }

  /** Where pip says that its cache is, which has to be where it is known to be without asking. */
  private static Path assertSame(Map<String, String> variables) {
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX, FileSystems.getDefault(), variables, "/none", "/tmp");
    HostEnvironment asking = host.withTools(CommandRunner.tools(host, Set.of("pip")));
    assertThat(asking.ask("pip", "cache", "dir")).as("what pip says").isPresent();
    Optional<Path> told = Places.root(Places.PIP_CACHE, asking);
    assertThat(Places.root(Places.PIP_CACHE, host)).as("with %s", variables).isEqualTo(told);
    return told.orElseThrow();
  }

  private static Map<String, String> with(
      Map<String, String> variables, String name, String value) {
    Map<String, String> more = new TreeMap<>(variables);
    more.put(name, value);
    return more;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static Path only(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      List<Path> all = children.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }
}
