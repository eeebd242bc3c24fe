package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code lowtide verify} as a process around builds that leak. The builds are shell scripts, since
 * only their effect on the disk matters.
 */
class VerifyE2ETest {
  private @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    assumeTrue(HostEnvironment.current().executable("sh").isPresent(), "skipped: there is no sh");
    tree =
        TestTree.in(directory.toRealPath())
            .file("workspace/src/app.py", "print()")
            .file("workspace/notes.txt", "the user's own")
            .file("home/.cache/uv/archive-v0/known", kib(20))
            .directory("tmp");
  }

  private record Run(int exit, String output) {}

  private Process start(String... command) throws IOException {
    List<String> argv =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.lowtide.cli.Main",
                "verify"));
    argv.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.directory(tree.path("workspace").toFile());
    Map<String, String> environment = builder.environment();
    environment.put("HOME", tree.path("home").toString());
    environment.put("TMPDIR", tree.path("tmp").toString());
    environment
        .keySet()
        .removeAll(
            List.of(
                "XDG_CACHE_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "CARGO_HOME", "SCCACHE_DIR"));
    return builder.start();
  }

  /** Verifies a build in the workspace, with all locations that builds usually fill. */
  private Run build(String script) throws Exception {
    Process process = start("--", "sh", "-ec", script);
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  @Test
  void passesABuildThatCleansUpAfterItself() throws Exception {
    Run run = build("mkdir build; echo x > build/x.o; cat src/app.py notes.txt; rm -r build");

    assertThat(run.output()).contains("PASS  workspace ").doesNotContain("FAIL");
    assertThat(run.exit()).isZero();
  }

  @Test
  void failsABuildThatLeavesElevenMegabytesInTheWorkspace() throws Exception {
    Run run = build("mkdir -p build/lib; head -c 11000000 /dev/urandom > build/lib/leak.so");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.output())
        .contains("FAIL  workspace ")
        .containsPattern("it grew by ~?10.5 MiB, more than the tolerated 0 B")
        .contains(tree.path("workspace/build") + "  (new, 3 entries)");
  }

  @Test
  void failsABuildThatFillsTheUvCache() throws Exception {
    Run run = build("head -c 2000000 /dev/urandom > ~/.cache/uv/archive-v0/leak");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.output())
        .contains("PASS  workspace ", "FAIL  uv-cache ")
        .contains(tree.path("home/.cache/uv/archive-v0/leak") + "  (new)");
  }

  @Test
  void failsABuildThatReplacesAFileByOneOfTheSameSize() throws Exception {
    Run run =
        build(
            "touch -r notes.txt time; printf 'not the user' | dd of=notes.txt conv=notrunc"
                + " 2>&1; touch -r time notes.txt; rm time");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.output())
        .contains("1 file changed")
        .contains(
            tree.path("workspace/notes.txt")
                + "  (only its status changed, for example by a write");
  }

  @Test
  void failsABuildThatDeletesAFileOfTheUser() throws Exception {
    Run run = build("rm -f *.txt");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.output())
        .contains("1 path is gone")
        .contains(tree.path("workspace/notes.txt") + "  (gone)");
  }

  @Test
  void endsAsTheBuildDoesWhereThatFails() throws Exception {
    assertThat(build("exit 9").exit()).isEqualTo(9);
  }

  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // nothing interrupts a read
  void aSignalEndsTheBuild() throws Exception {
    Process process = start("--", "sh", "-c", "sleep 100 & echo started; wait");
    String output;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("started");
      process.toHandle().destroy(); // SIGTERM, and its output stays open
      // The sleeper holds the other end of the pipe open
      output = lines.lines().collect(Collectors.joining("\n"));
    }

    assertThat(process.waitFor()).as(output).isEqualTo(143);
    assertThat(output).contains("[WARN] Received a signal: ending the command, then stopping");
  }
}
