package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found of two workspaces that the real cargo has built, and on a real noatime mount. */
class RustDoctorE2ETest {
  @TempDir Path directory;

  private static List<Finding> examine(Path root) throws IOException {
    return new RustPolicies()
        .examine(
            new Examination(
                HostEnvironment.current(),
                SizeProbe.best(),
                List.of(SizeProbe.best().capture(root)),
                Map.of()));
  }

  @Test
  void whatTwoWorkspacesHaveBothCompiled() throws IOException {
    findsWhatTwoWorkspacesHaveBothCompiled("cargo", "build", "--offline", "--quiet");
  }

  @Test
  void whatTwoWorkspacesHaveBothCompiledInTheLaterLayout() throws IOException {
    ChildProcess.assumeTool("rustup");
    assumeTrue(
        ChildProcess.run(directory, "rustup", "toolchain", "list").contains("nightly"),
        "skipped: there is no nightly toolchain");
    findsWhatTwoWorkspacesHaveBothCompiled(
        "cargo", "+nightly", "-Zbuild-dir-new-layout", "build", "--offline", "--quiet");
  }

  private void findsWhatTwoWorkspacesHaveBothCompiled(String... build) throws IOException {
    ChildProcess.assumeTool("cargo");
    TestTree tree = TestTree.in(directory.toRealPath());
    tree.file(
            "common/Cargo.toml",
            "[package]\nname = \"common\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[workspace]\n")
        .file("common/src/lib.rs", "pub fn one() -> u32 { 1 }");
    for (String name : List.of("one", "two")) {
      tree.file(
              name + "/Cargo.toml",
              "[package]\nname = \""
                  + name
                  + "\"\n"
                  + "version = \"1.0.0\"\n"
                  + "edition = \"2021\"\n"
                  + "[workspace]\n"
                  + "[dependencies]\n"
                  + "common = { path = \"../common\" }\n")
          .file(name + "/src/lib.rs", "pub use common::one;");
      ChildProcess.run(tree.path(name), build);
    }

    assertThat(examine(tree.root()))
        .filteredOn(finding -> finding.id().equals("rust.duplicate-targets"))
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.message())
                    .contains("one/target, two/target")
                    .containsPattern("(at least |~)[0-9.]+ KiB"));
  }

  @Test
  void aTargetDirectoryWhereReadingIsNotRecorded() {
    ChildProcess.runWithMounts(
        "mount -t tmpfs -o noatime none " + directory, NoAccessTimes.class, directory);
  }

  /** Looks at a target directory on what is mounted there. */
  static final class NoAccessTimes {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]).toRealPath());
      tree.file("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55")
          .file("target/.rustc_info.json", "{}");
      assertThat(examine(tree.root())).extracting(Finding::id).contains("rust.target-noatime");
      assertThat(Files.exists(tree.path("target"))).isTrue();
    }
  }
}
