package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cleans up after a real Python that makes an environment and a wheel of the bundled sample. */
class PythonE2ETest {
  private static final Path SAMPLE = Path.of("..", "examples", "sample");

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
            "sample/src/lowtide_sample/__pycache__",
            "wheels-sample");
    assertThat(planned.refused()).containsOnlyKeys("dist");
    assertThat(tree.names()).containsExactlyElementsOf(expected);
  }

  @Test
  void keepsWhatAFailedBuildHadBefore() throws IOException {
    RealPython.assumeOneOf("make");
    List<String> before = tree.names();
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

    assertThat(tree.names()).isEqualTo(before);
  }

  private static Path only(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      List<Path> all = children.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }
}
