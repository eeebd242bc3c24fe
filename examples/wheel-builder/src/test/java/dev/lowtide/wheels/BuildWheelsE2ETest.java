package dev.lowtide.wheels;

import static dev.lowtide.assertions.DiskAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Strings;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.Schemas;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskBaseline;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds the bundled sample with the real Python, compiler and Git; one test makes its
 * environments.
 */
class BuildWheelsE2ETest {
  @TempDir Path directory;
  @TempDir Path elsewhere;
  @TempDir static Path shared;
  private Bench bench;

  @BeforeEach
  void prepareBench() throws IOException {
    bench = Bench.in(directory).withReadyEnvironments(shared);
  }

  @Test
  void aRunLeavesTheWheelsAndNothingElse() throws IOException {
    bench = Bench.in(directory); // without ready environments
    TestTree sample = TestTree.in(Source.bundledSample().orElseThrow());
    Map<String, String> sampleBefore = sample.fingerprint();
    DiskBaseline before = bench.capture();

    Bench.Run run = bench.build("--variant=noavx512,amxbf16");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("[SUCCESS] Cleanup complete! Reclaimed").endsWith("\nPASS\n");
    assertLeftOnlyResultsSince(before);
    assertThat(sample.fingerprint()).isEqualTo(sampleBefore);
    assertThat(bench.wheels())
        .extracting(wheel -> bench.variantOf(wheel, elsewhere.resolve(wheel.getFileName())))
        .containsExactly("noavx512", "amxbf16");
  }

  private void assertLeftOnlyResultsSince(DiskBaseline before) throws IOException {
    assertThat(bench.capture())
        .comparedTo(before)
        .leftNothingNewExcept("dist/*.whl", "dist/logs")
        .lostNothing()
        .replacedNothing();
  }

  /** The times of directories differ if files came and went, so this compares names only. */
  private List<String> namesWithoutDist() {
    return bench.withoutDist().keySet().stream().sorted().toList();
  }

  @Test
  void aWorkspaceThatTheRunCreatedIsRemoved() {
    Bench.Run run = bench.build("--workspace=" + bench.tree().path("new/deep"), "--json");

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(bench.tree().has("new")).isFalse();
    Schemas.assertValid("build-wheels", run.out());
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    assertThat(report.get("schema").getAsInt()).isEqualTo(1);
    assertThat(report.get("passed").getAsBoolean()).isTrue();
    assertThat(report.getAsJsonArray("wheels")).hasSize(1);
  }

  @Test
  void aCloneThatIsTheSourceIsUnchanged() throws IOException {
    Path clone = repository();
    bench.tree().file("clone/README.md", "edited and not committed");
    bench.tree().file("clone/notes.txt", "not tracked");
    Map<String, String> before = TestTree.in(clone).fingerprint();

    Bench.Run run =
        bench.build("--source=" + clone, "--vllm-versions=v1.2.3", "--version-suffix=.post4");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(TestTree.in(clone).fingerprint()).isEqualTo(before);
    assertThat(bench.wheels())
        .singleElement()
        .asString()
        .contains("lowtide_sample_cpu-0.1.0.post4-");
  }

  @Test
  void withCachesCleanTheUsersCachesAreCleaned() {
    String response =
        "home/.cache/pip/http-v2/a/b/c/d/e/" + Strings.padEnd("abcde", 56, '0') + ".body";
    bench.tree().file(response, 10_000);

    Bench.Run run = bench.build("--caches=clean");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("Removing downloads of pip…");
    assertThat(bench.tree().has(response)).isFalse();
  }

  @Test
  void withMinFreeTheUsersCachesMakeRoomForTheBuild() throws IOException {
    String directory = "home/.cache/pip/http-v2/a/b/c/d/e/";
    for (String start :
        List.of(
            "abcde0", "abcde1")) { // a directory with a single response is as young as the response
      String response = directory + Strings.padEnd(start, 56, '0');
      bench.tree().file(response, 10_000, Instant.now().minus(Duration.ofDays(2)));
    }

    Bench.Run run = bench.build("--min-free=100%");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out() + run.err()).contains(": removing items");
    assertThat(bench.tree().path(directory)).isEmptyDirectory();
    assertThat(bench.wheels()).hasSize(1);
  }

  /**
   * A stand-in for cibuildwheel, which is not available here and needs containers. It is called the
   * same way, builds with the real pip, and leaves what cibuildwheel leaves: items and locks in its
   * cache, and a temporary directory.
   */
  private static final String CIBUILDWHEEL =
      """
      #!/bin/sh -e
      [ "$1 $3 $5" = "--only --output-dir ." ]
      case "$2 $CIBW_ENVIRONMENT_PASS_LINUX" in cp3*-manylinux_*" MINE "*MAX_JOBS*) ;; *) exit 9 ;; esac
      [ -n "$CIBW_CACHE_PATH" ] || CIBW_CACHE_PATH="$HOME/.cache/cibuildwheel"
      mkdir -p "$CIBW_CACHE_PATH/pypy3.11-linux64" "$TMPDIR/cibw-run-abcdefgh"
      printf '%s\\n%s\\n' 'Signature: 8a477f597d28d172789f06886806bc55' \\
          '# This file is a cache directory tag created by cibuildwheel.' > "$CIBW_CACHE_PATH/CACHEDIR.TAG"
      echo downloaded > "$CIBW_CACHE_PATH/pypy3.11-linux64/pypy"
      : > "$CIBW_CACHE_PATH/pypy3.11-linux64.lock"
      exec python3 -m pip wheel --quiet --no-deps --wheel-dir "$4" .
      """;

  private void installStandInForCibuildwheel() throws IOException {
    bench.tree().file("bin/cibuildwheel", CIBUILDWHEEL);
    assertThat(bench.tree().path("bin/cibuildwheel").toFile().setExecutable(true)).isTrue();
    bench.set("PATH", bench.tree().path("bin") + ":" + bench.path());
    bench.set("CIBW_ENVIRONMENT_PASS_LINUX", "MINE");
  }

  @Test
  void aRunWithCibuildwheelLeavesTheWheelAndNothingElse() throws IOException {
    installStandInForCibuildwheel();
    DiskBaseline before = bench.capture();

    Bench.Run run = bench.build("--frontend=cibuildwheel", "--variant=amxbf16");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("with cibuildwheel", "cibuildwheel-cache").endsWith("\nPASS\n");
    assertLeftOnlyResultsSince(before);
    assertThat(bench.wheels())
        .extracting(wheel -> bench.variantOf(wheel, elsewhere.resolve("wheel")))
        .containsExactly("amxbf16");
  }

  @Test
  void withCachesCleanTheUsersCibuildwheelCacheIsCleaned() throws IOException {
    installStandInForCibuildwheel();

    Bench.Run run = bench.build("--frontend=cibuildwheel", "--caches=clean");

    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("Removing downloads of cibuildwheel…");
    assertThat(TestTree.in(bench.tree().path("home/.cache/cibuildwheel")).names())
        .containsExactly("CACHEDIR.TAG", "pypy3.11-linux64.lock");
  }

  @Test
  void aRefThatDoesNotExistIsNamedInTheError() throws IOException {
    Bench.Run run = bench.build("--source=" + repository(), "--vllm-versions=v9");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains("There is no 'v9' in ");
    assertThat(bench.tree().has("dist")).isFalse();
  }

  private Path repository() throws IOException {
    assumeTrue(HostEnvironment.current().executable("git").isPresent(), "skipped: there is no git");
    Path clone = bench.sample("clone");
    String at = clone.toString();
    bench.run(at, "git", "init", "--quiet");
    bench.run(at, "git", "add", ".");
    bench.run(
        at, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "all");
    bench.run(at, "git", "tag", "v1.2.3");
    return clone;
  }

  @Test
  void aFailedBuildIsCleanedUpAndItsLogIsKept() throws IOException {
    DiskBaseline before = bench.capture();

    Bench.Run run = bench.set("LOWTIDE_SAMPLE_FAIL", "compile").build("--variant=noavx512,avx512");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("Cleanup complete!", "not started").endsWith("\nFAIL\n");
    assertLeftOnlyResultsSince(before);
    assertThat(TestTree.in(bench.tree().path("dist")).names())
        .containsExactly("logs", logOf("noavx512", run));
  }

  private static String logOf(String name, Bench.Run run) {
    String python = run.out().replaceAll("(?s).*Building noavx512, Python 3\\.(\\d+).*", "$1");
    return "logs/" + name + "-cp3" + python + ".log";
  }

  @Test
  void withKeepGoingTheOtherWheelsAreBuiltAfterOneFails() {
    Bench.Run run =
        bench
            .set("LOWTIDE_SAMPLE_FAIL", "configure")
            .build("--variant=noavx512,avx512", "--keep-going");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("(2 of 2)").doesNotContain("not started");
  }

  @Test
  void aDryRunChangesNothing() {
    Map<String, String> before = bench.tree().fingerprint();

    Bench.Run run = bench.build("--variant=all", "--dry-run");

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out()).contains("Would build amxbf16");
    assertThat(bench.tree().fingerprint()).isEqualTo(before);
  }

  @Test
  void withNoCleanupEverythingIsKeptUntilTheNextRun() {
    List<String> before = namesWithoutDist();

    Bench.Run kept = bench.build("--no-cleanup");
    List<String> between = namesWithoutDist();
    Bench.Run next = bench.build();

    assertThat(kept.exit()).as(kept.out()).isZero();
    assertThat(between).anyMatch(path -> path.endsWith("venv/pyvenv.cfg"));
    assertThat(next.out()).contains("Removing the remains of earlier runs");
    assertThat(namesWithoutDist()).containsAll(before).noneMatch(path -> path.contains("venv"));
  }

  @Test
  void aRunThatReceivesASignalCleansUp() throws Exception {
    DiskBaseline before = bench.capture();
    Process process = bench.set("LOWTIDE_SAMPLE_SLEEP", "300").start("--variant=all");
    String output;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      output = readUntil(lines, "Building wheel…");
      process.toHandle().destroy(); // SIGTERM, and its output stays open
      output += lines.lines().collect(Collectors.joining("\n"));
    }

    assertThat(process.waitFor()).as(output).isEqualTo(143);
    assertThat(output).contains("Received a signal", "Cleanup complete!", "not started");
    assertLeftOnlyResultsSince(before);
  }

  private static boolean isPause(ProcessHandle process) {
    return process.info().commandLine().filter(line -> line.contains("sleep 300")).isPresent();
  }

  @Test
  void whatAKilledRunLeftIsRemovedByTheNextRunWhichEndsItsProcesses() throws Exception {
    DiskBaseline before = bench.capture();
    List<ProcessHandle> children;
    Process process = bench.set("LOWTIDE_SAMPLE_SLEEP", "300").start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      readUntil(lines, "Building wheel…");
      // Before the compilation pauses, pip may end by itself, since nobody reads what it prints
      do {
        children = process.descendants().toList();
      } while (process.isAlive() && children.stream().noneMatch(BuildWheelsE2ETest::isPause));
      process.destroyForcibly().waitFor();
    }
    List<String> left = namesWithoutDist();

    Bench.Run run = bench.set("LOWTIDE_SAMPLE_SLEEP", "0").build();

    assertThat(left).anyMatch(path -> path.endsWith("venv/pyvenv.cfg"));
    assertThat(children).isNotEmpty().noneMatch(ProcessHandle::isAlive);
    assertThat(run.out()).contains("of an earlier run");
    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertLeftOnlyResultsSince(before);
  }

  @Test
  void aRunInTheSameWorkspaceLeavesAnotherOneAlone() throws Exception {
    Process process = bench.set("LOWTIDE_SAMPLE_SLEEP", "300").start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      readUntil(lines, "Building wheel…");
      List<ProcessHandle> children;
      do {
        children = process.descendants().toList();
      } while (children.isEmpty());

      Bench.Run run = bench.set("LOWTIDE_SAMPLE_SLEEP", "0").build();

      assertThat(run.exit()).as(run.out() + run.err()).isZero();
      assertThat(run.out()).contains("process " + process.pid() + " is still running in it");
      assertThat(children).allMatch(ProcessHandle::isAlive);
    } finally {
      process.toHandle().destroy();
      process.waitFor();
    }
  }

  private static String readUntil(BufferedReader lines, String text) throws IOException {
    StringBuilder read = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      read.append(line).append('\n');
      if (line.contains(text)) {
        return read.toString();
      }
    }
    throw new IOException("The builder ended before '" + text + "': " + read);
  }
}
