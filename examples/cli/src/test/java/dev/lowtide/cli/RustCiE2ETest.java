package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The CI job on a workspace of three crates, with the real cargo and sccache. */
class RustCiE2ETest {
  private static final Path SCRIPT = Repository.path("examples/bin/rust-ci");

  @TempDir Path directory;
  private TestTree tree;
  private int port;

  @BeforeEach
  void writeWorkspace() throws IOException {
    ChildProcess.assumeTool("cargo");
    ChildProcess.assumeTool("sccache");
    tree = TestTree.in(directory.toRealPath()).directory("tmp").directory("home");
    tree.file(
        "work/Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"a\", \"b\", \"c\"]\n");
    for (String name : List.of("a", "b", "c")) {
      tree.file(
              "work/" + name + "/Cargo.toml",
              "[package]\nname = \"" + name + "\"\nversion = \"1.0.0\"\nedition = \"2021\"\n")
          .file("work/" + name + "/src/lib.rs", "pub fn " + name + "() -> u32 { 1 }");
    }
    Launcher.write(tree, "lowtide");
    port = ChildProcess.freePort();
  }

  @AfterEach
  void stopServer() {
    run("sccache --stop-server || true");
  }

  /**
   * Runs a shell script, with a home and caches of the test's own; its exit code is the last line.
   */
  private List<String> run(String script) {
    return run("SCCACHE_DIR=" + tree.path("sccache"), script);
  }

  /**
   * @param setting says where sccache keeps its cache, or that only the workspace says it
   */
  private List<String> run(String setting, String script) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                "env", "-u", "CARGO_TARGET_DIR", "-u", "RUSTC_WRAPPER", "-u", "CARGO_INCREMENTAL"));
    argv.addAll(List.of("-u", "SCCACHE_DIR", "-u", "SCCACHE_CACHE_SIZE"));
    argv.add("HOME=" + tree.path("home"));
    argv.add("TMPDIR=" + tree.path("tmp"));
    argv.add("CARGO_HOME=" + tree.path("home/.cargo"));
    argv.add("RUSTUP_HOME=" + rustupHome());
    argv.add(setting);
    argv.add("SCCACHE_SERVER_PORT=" + port);
    argv.add("LOWTIDE=" + tree.path("lowtide"));
    argv.addAll(List.of("sh", "-c", "{ " + script + "; } 2>&1; echo exit $?"));
    return ChildProcess.run(tree.path("work"), argv.toArray(String[]::new)).lines().toList();
  }

  private static String rustupHome() {
    String set = System.getenv("RUSTUP_HOME");
    return set != null ? set : System.getProperty("user.home") + "/.rustup";
  }

  @Test
  void buildsSweepsAndSaysHowItWent() throws IOException {
    // from another job, nine days ago
    Path old = tree.path("sccache/a/b/ab" + "0".repeat(62));
    tree.file("sccache/a/b/ab" + "0".repeat(62), 4096, Instant.now().minus(Duration.ofDays(9)));

    List<String> lines = run(SCRIPT + " --min-free 1KiB -- cargo build --offline --workspace");

    assertThat(lines).as("all that was printed").last().isEqualTo("exit 0");
    assertThat(lines)
        .filteredOn(line -> line.startsWith("==> "))
        .hasSize(6)
        .anyMatch(line -> line.endsWith("cargo build --offline --workspace"));
    assertThat(String.join("\n", lines))
        .contains("Compiling a v1.0.0", "Compile requests", "Max cache size");
    assertThat(old).doesNotExist();
    assertThat(tree.has("work/target/debug/liba.rlib")).isTrue();
    assertThat(tree.names())
        .as("incremental, which sccache does not cache")
        .noneMatch(name -> name.startsWith("work/target/debug/incremental/"));
  }

  @Test
  void removesUnitsThatTheRetentionDoesNotKeepAndLeavesTheBuildFresh() throws IOException {
    Path root = Files.createDirectory(tree.path("aged"));
    StaleWorkspace workspace = new StaleWorkspace(root).builtTwice(Duration.ofDays(5));

    run(SCRIPT + " --root ../aged --min-free 1KiB -- cargo build --offline");
    workspace.assertThatAllIsThere();
    List<String> lines =
        run(SCRIPT + " --root ../aged --retention 4d --min-free 1KiB -- cargo build --offline");

    assertThat(lines).as("all that was printed").last().isEqualTo("exit 0");
    workspace.assertThatOnlyWhatIsStaleIsGone();
  }

  @Test
  void holdsSccacheToBudgetsOfTheJob() throws IOException {
    String job =
        SCRIPT + " --min-free 1KiB --budget 'sccache.hit-rate>=85%' -- cargo build --offline";

    List<String> cold = run(job);
    MoreFiles.deleteRecursively(tree.path("work/target"));
    List<String> warm = run(job);

    assertThat(cold).last().isEqualTo("exit 1");
    assertThat(cold)
        .contains(
            "FAIL  sccache.hit-rate  0.0 %, not >= 85.0 %: 0 of 3 results came from the cache")
        .anyMatch(line -> line.startsWith("PASS  sccache.size  "));
    assertThat(warm).as("all that was printed").last().isEqualTo("exit 0");
    assertThat(warm)
        .contains(
            "PASS  sccache.hit-rate  100.0 %, as >= 85.0 %: 3 of 3 results came from the cache");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"$tree/cache\" # beside the workspace",
        "{ value = '$tree/cache', force = false }",
        "{ relative = true, value = \"../cache\" }"
      })
  void heedsWhatTheWorkspaceSaysOfItsCacheUnderEnv(String directory) throws IOException {
    tree.file(
        "work/.cargo/config.toml",
        """
        [build]
        rustc-wrapper = "sccache"
        incremental = false

        [env]
        SCCACHE_DIR = %s
        SCCACHE_CACHE_SIZE = "64K"

        [net]
        offline = true
        """
            .formatted(directory.replace("$tree", tree.root().toString())));
    String old = "cache/a/b/ab" + "0".repeat(62);
    tree.file(old, 4096, Instant.now().minus(Duration.ofDays(9)));
    String unset = "LANG=C"; // only the workspace says it
    String job = SCRIPT + " --min-free 1KiB --budget 'sccache.hit-rate>=85%' -- cargo build";

    List<String> cold = run(unset, job);
    MoreFiles.deleteRecursively(tree.path("work/target"));
    String large = "cache/c/d/cd" + "0".repeat(62);
    tree.file(large, 128 * 1024, Instant.now().minus(Duration.ofDays(1)));
    List<String> warm = run(unset, "sccache --stop-server >/dev/null; " + job);

    assertThat(cold).last().isEqualTo("exit 1"); // all of the cold build was missing
    assertThat(warm).as("all that was printed").last().isEqualTo("exit 0");
    assertThat(warm)
        .contains(
            "PASS  sccache.hit-rate  100.0 %, as >= 85.0 %: 3 of 3 results came from the cache",
            "Nothing found.")
        .anyMatch(line -> line.matches("Max cache size +64 KiB"))
        .anyMatch(line -> line.startsWith("PASS  sccache.size  "));
    assertThat(tree.has(old)).as("what is older than the retention").isFalse();
    assertThat(tree.has(large)).as("what is beyond the cap").isFalse();
    assertThat(tree.has("home/.cache/sccache")).isFalse();
  }

  @Test
  void endsWithTheExitCodeOfTheBuildAndSweepsAllTheSame() {
    List<String> lines = run(SCRIPT + " --min-free 1KiB -- sh -c 'exit 7'");

    assertThat(lines).last().isEqualTo("exit 7");
    assertThat(lines).anyMatch(line -> line.contains("clean --caches --policy rust"));
  }

  @Test
  void failsWhereTheDoctorFindsAnError() {
    List<String> lines = run(SCRIPT + " --min-free 1000TiB -- true");

    assertThat(lines).last().isEqualTo("exit 1");
    assertThat(lines).anyMatch(line -> line.contains("host.free-space"));
  }

  @Test
  void refusesACapThatSccacheWouldIgnore() {
    assertThat(run(SCRIPT + " --sccache-cap 10GB -- true"))
        .containsExactly(
            "rust-ci: sccache ignores the size '10GB'; write a whole number and one of K, M, G, T,"
                + " such as 10G",
            "exit 2");
  }
}
