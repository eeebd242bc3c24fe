package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.policy.Cause;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Environments that real tools make, and what pip itself says of its cache. */
class EnvironmentsE2ETest {
  @TempDir Path temporary;
  private Path directory;
  private RealPython python;
  private TestTree tree;

  @BeforeEach
  void findPython() throws IOException {
    directory = temporary.toRealPath();
    python = RealPython.that(directory);
    tree = TestTree.in(Files.createDirectory(directory.resolve("workspace")));
  }

  @Test
  void tellsThoseOfVenvVirtualenvAndNox() {
    RealPython tools = python.environment(directory.resolve("tools")).with("nox", "virtualenv");
    tree.file(
        "app/noxfile.py",
        "import nox\n@nox.session\ndef tests(session):\n    session.run('python', '-V')\n");
    tools.run("-m", "nox", "--noxfile", tree.path("app/noxfile.py").toString());
    tools.run("-m", "virtualenv", tree.path("by-virtualenv").toString());
    python.run("-m", "venv", "--without-pip", tree.path("by-venv").toString());

    Planned planned = Planned.workspace(tree);

    assertThat(planned.proposed()).contains("app/.nox", "by-venv", "by-virtualenv");
    assertThat(planned.refused()).isEmpty();
    assertThat(planned.plan().items())
        .extracting(item -> item.candidate().cause())
        .doesNotContain(Cause.ORPHANED);
  }

  /** Made by a copy of a Python, which takes the library of the real one. */
  @Test
  void tellsOneWhosePythonIsGone() throws IOException {
    Path real = interpreter();
    Path bin = Files.createDirectories(directory.resolve("base").resolve("bin"));
    Path copy = Files.copy(real, bin.resolve("python3"));
    Files.createSymbolicLink(bin.resolveSibling("lib"), real.getParent().resolveSibling("lib"));
    RealPython copied = new RealPython(copy, directory, directory);
    assumeTrue(copied.exit(Map.of(), "-c", "import venv") == 0, "this Python cannot be copied");
    copied.run("-m", "venv", "--without-pip", tree.path("env").toString());
    Path starts = tree.path("env/bin/python3");
    new RealPython(starts, directory, directory).run("-V");

    Files.delete(copy);
    Files.delete(bin);

    assertThat(Files.exists(starts)).as("what its link leads to").isFalse();
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
    assumeTrue(Files.isExecutable(pip), "there is no " + pip);
    Path home = Files.createDirectory(directory.resolve("home"));
    Map<String, String> usual =
        Map.of("HOME", home.toString(), "PATH", pip.getParent() + ":/usr/bin:/bin");
    assertThat(told(usual)).isEqualTo(home.resolve(".cache/pip"));

    write(home.resolve(".pip/pip.conf"), "[global]\ncache_dir: ~/legacy\n");
    assertThat(told(usual)).isEqualTo(home.resolve("legacy"));
    write(home.resolve(".config/pip/pip.conf"), "[global]\n# mine\nCache-Dir = /users\n");
    assertThat(told(usual)).isEqualTo(Path.of("/users"));
    write(home.resolve("own.conf"), "[global]\ntimeout = 1\n");
    assertThat(told(with(usual, "PIP_CONFIG_FILE", home.resolve("own.conf").toString())))
        .isEqualTo(home.resolve(".cache/pip"));
    assertThat(told(with(usual, "PIP_CONFIG_FILE", "/dev/null")))
        .isEqualTo(home.resolve(".cache/pip"));
    assertThat(told(with(usual, "PIP_CACHE_DIR", "/variable"))).isEqualTo(Path.of("/variable"));
  }

  /** Where pip says that its cache is, which has to be where it is known to be without asking. */
  private static Path told(Map<String, String> variables) {
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

  /** The program itself, where the one on the PATH is a script that finds it. */
  private Path interpreter() throws IOException {
    Path answer = directory.resolve("interpreter");
    python.run(
        "-c",
        "import os, sys; open(sys.argv[1], 'w').write(os.path.realpath(sys.executable))",
        answer.toString());
    return Path.of(Files.readString(answer));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
