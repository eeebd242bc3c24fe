package dev.lowtide.policies.python.environments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.python.fixtures.RealPython;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real environment, in which everything is explained, whatever pip did in it. All tests do
 * something to the same one, in any order.
 */
class EnvironmentAccountE2ETest {
  @TempDir private static Path directory;
  private static TestTree tree;
  private static RealPython environment;

  @BeforeAll
  static void makeAnEnvironment() throws IOException {
    RealPython python = RealPython.that(directory);
    tree = TestTree.in(Files.createDirectory(directory.toRealPath().resolve("tree")));
    environment = python.environment(tree.path("env"));
  }

  private Explanation explanation(String name) throws IOException {
    return EnvironmentAccount.explain(
        SizeProbe.portable().capture(tree.root()).root().child(name).orElseThrow(),
        Planned.host(tree));
  }

  @Test
  void areExplainedAfterInstallingUpgradingRunningAndUninstalling() throws IOException {
    environment.with("flask", "pytest", "pyyaml", "jinja2");
    environment.run("-m", "pytest", "--version");
    environment.run("-O", "-c", "import flask, yaml");
    environment.with("--force-reinstall", "--no-deps", "markupsafe");
    environment.run("-m", "pip", "uninstall", "-q", "-y", "pytest");

    assertThat(explanation("env")).hasToString("");
  }

  @Test
  void areExplainedAsCopies() throws IOException {
    Process copy =
        new ProcessBuilder("cp", "-a", tree.path("env").toString(), tree.path("copied").toString())
            .start();
    copy.onExit().join();

    assertThat(explanation("copied")).hasToString("");
  }

  @Test
  void ofVirtualenvAreExplained() throws IOException {
    environment.with("virtualenv");
    environment.run("-m", "virtualenv", tree.path("other").toString());

    assertThat(explanation("other")).hasToString("");
  }

  @Test
  void ofAProjectInstalledInPlaceAreExplained() throws IOException {
    environment.with("setuptools", "wheel");
    tree.file("app/setup.py", "from setuptools import setup\nsetup(name='app', py_modules=['a'])\n")
        .file("app/a.py", "x = 1\n");
    environment.run(
        "-m",
        "pip",
        "install",
        "-q",
        "--no-build-isolation",
        "--no-deps",
        "--editable",
        tree.path("app").toString());

    assertThat(explanation("env")).hasToString("");
  }
}
