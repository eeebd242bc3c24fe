package dev.lowtide.policies.python.caches;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Examination.Finding.Severity;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found on machines that are described. */
class CacheDoctorTest {
  @TempDir Path directory;
  private final TestTree tree = TestTree.inMemory();

  private static List<Finding> examine(
      TestTree tree, Map<String, String> variables, Snapshot... workspaces) {
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX, tree.root().getFileSystem(), variables, "/home/me", "/tmp");
    return new PythonPolicies()
        .examine(new Examination(host, SizeProbe.portable(), List.of(workspaces), Map.of()));
  }

  @Test
  void cachesThatNothingBounds() {
    tree.file("pip/http-v2/a", kib(64)).file("uv/wheels-v6/b", kib(128));
    Map<String, String> variables =
        Map.of("PIP_CACHE_DIR", "/tree/pip", "UV_CACHE_DIR", "/tree/uv");

    List<Finding> findings = examine(tree, variables);

    assertThat(findings)
        .extracting(Finding::id)
        .containsExactly("python.pip-cache-unbounded", "python.uv-cache-unbounded");
    assertThat(findings).extracting(Finding::severity).containsOnly(Severity.INFO);
    assertThat(findings.get(0).remedy()).contains("--max-size");
  }

  @Test
  void onlyLargeOnesAreAWarning() throws IOException {
    TestTree real = TestTree.in(directory.toRealPath()).file("pip/http-v2/a");
    try (SeekableByteChannel sparse =
        Files.newByteChannel(real.path("pip/http-v2/a"), StandardOpenOption.WRITE)) {
      sparse.position(2L << 30).write(ByteBuffer.allocate(1)); // counted by its length
    }

    assertThat(examine(real, Map.of("PIP_CACHE_DIR", real.path("pip").toString())))
        .extracting(Finding::severity)
        .containsExactly(Severity.WARNING);
  }

  @Test
  void noCacheIsNoFinding() {
    tree.directory("pip").file("uv/wheels-v6/b", kib(1));

    assertThat(
            examine(
                tree,
                Map.of(
                    "PIP_CACHE_DIR", "/tree/pip", "UV_CACHE_DIR", "/tree/uv", "UV_NO_CACHE", "1")))
        .isEmpty();
  }

  /** On two file systems of this machine. */
  @Test
  void aCacheFromWhichNothingCanBeLinked() throws IOException {
    Path other = Path.of("/dev/shm");
    assumeTrue(
        Files.isWritable(other) && !Volume.of(other).equals(Volume.of(directory)),
        "skipped: no second file system");
    TestTree real = TestTree.in(directory.toRealPath());
    real.file("project/pyproject.toml").file("bin/uv", "#!/bin/sh\n");
    assertThat(real.path("bin/uv").toFile().setExecutable(true)).isTrue();
    Snapshot workspace = SizeProbe.portable().capture(real.path("project"));
    String path = real.path("bin").toString();

    assertThat(examine(real, Map.of("PATH", path, "UV_CACHE_DIR", other + "/none"), workspace))
        .extracting(Finding::id)
        .containsExactly("python.uv-copies");
    assertThat(
            examine(
                real,
                Map.of("PATH", path, "UV_CACHE_DIR", real.path("cache").toString()),
                workspace))
        .isEmpty();
  }
}
