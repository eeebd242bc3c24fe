package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds a small project that has one trait of other people's projects at a time, with the real
 * Python, pip and Git.
 */
class OtherProjectsE2ETest {
  /** Packs {@code pkg}; the project's trait is a script that runs before. */
  private static final String BACKEND =
      """
      import os, pathlib, runpy, zipfile
      def build_wheel(directory, config_settings=None, metadata_directory=None):
          version = runpy.run_path("trait.py", {"settings": config_settings}).get("version", "1.0")
          name = "sample-%s-py3-none-any.whl" % version
          with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
              for file in pathlib.Path("pkg").rglob("*"):
                  wheel.write(file)
              info = "sample-%s.dist-info/" % version
              wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: sample\\nVersion: %s\\n" % version)
              wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
              wheel.writestr(info + "RECORD", "")
          return name
      """;

  /** The version of the tag, as setuptools_scm has it: another one if the tree is not clean. */
  private static final String SCM =
      """
      import subprocess
      git = lambda *a: subprocess.run(("git",) + a, check=True, capture_output=True, text=True).stdout.strip()
      version = git("describe", "--tags", "--dirty=+dirty").lstrip("v")
      """;

  @TempDir Path directory;
  @TempDir static Path shared;
  private Bench bench;
  private TestTree project;

  @BeforeEach
  void makeProject() throws IOException {
    bench = Bench.in(directory).withReadyEnvironments(shared);
    project = TestTree.in(bench.tree().directory("project").path("project"));
    project.file("pkg/__init__.py", "").file("backend/backend.py", BACKEND).file("trait.py", "");
    project.file(
        "pyproject.toml",
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['backend']\n"
            + "[project]\nname = 'sample'\ndynamic = ['version']\n");
  }

  private void commit(TestTree tree, String tag) throws IOException {
    assumeTrue(HostEnvironment.current().executable("git").isPresent(), "skipped: there is no git");
    String at = tree.root().toString();
    bench.run(at, "git", "init", "--quiet");
    bench.run(at, "git", "add", ".");
    bench.run(
        at, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "all");
    bench.run(at, "git", "tag", tag);
  }

  private Bench.Run build(String... arguments) {
    return bench.build(
        Stream.concat(Stream.of("--source=" + project.root()), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private void assertBuilt(Bench.Run run, String wheel) throws IOException {
    assertThat(run.exit()).as(run.out() + run.err()).isZero();
    assertThat(bench.wheels())
        .extracting(file -> file.getFileName().toString())
        .containsExactly(wheel + "-py3-none-any.whl");
  }

  private String content(String name) throws IOException {
    try (FileSystem wheel = FileSystems.newFileSystem(bench.wheels().get(0))) {
      return Files.readString(wheel.getPath("pkg", name));
    }
  }

  @Test
  void aVersionFromGitIsThatOfTheTagAlsoWithoutItsV() throws IOException {
    project.file("trait.py", SCM);
    commit(project, "v8.4.2");
    Map<String, String> before = project.fingerprint();

    assertBuilt(build("--vllm-versions=8.4.2"), "sample_cpu-8.4.2");
    assertThat(project.fingerprint()).isEqualTo(before);
  }

  @Test
  void uncommittedWorkIsNamedEachTime() throws IOException {
    commit(project, "v1");
    project.file("pkg/__init__.py", "changed = 1").file("pkg/new.py", "");

    Bench.Run run = build();

    assertBuilt(run, "sample_cpu-1.0");
    assertThat(run.out())
        .contains("Only what is committed is built, without pkg/__init__.py, pkg/new.py");
    assertThat(content("__init__.py")).isEmpty();
  }

  @Test
  void programsOfTheEnvironmentAreOnThePathOfABuildWithoutIsolation() throws IOException {
    project.file("none.txt", "# nothing");
    project.file(
        "trait.py",
        """
        import os, shutil, sys
        assert shutil.which("python") == os.environ["VIRTUAL_ENV"] + "/bin/python", os.environ["PATH"]
        """);

    assertBuilt(build("--build-requirements=none.txt"), "sample_cpu-1.0");
  }

  @Test
  void theMatrixOfAProjectHasItsOwnVariants() throws IOException {
    project.file(
        "trait.py",
        "import os\nassert settings == {'mode': 'quick'}\nversion = os.environ['WANTED']\n");
    project.file(
        "matrix.toml",
        """
        [[variant]]
        name = "quick"
        environment = { WANTED = "7" }
        config-settings = { mode = "quick" }
        """);

    assertBuilt(build("--matrix=" + project.path("matrix.toml")), "sample-7");
  }

  @Test
  void whatABuildWritesIntoTheHomeDirectoryIsGoneAndTheUsersIsThere() throws IOException {
    bench.tree().file("home/.config/tool", "setting");
    project.file(
        "trait.py",
        """
        import os, pathlib
        home = pathlib.Path.home()
        assert (home / ".config/tool").read_text() == "setting"
        for new in (home / ".triton", home / ".cache/vllm"):
            new.mkdir(parents=True)
            (new / "file").write_text("x")
        """);
    Map<String, String> before = TestTree.in(bench.tree().path("home")).fingerprint();

    assertBuilt(build(), "sample_cpu-1.0");
    assertThat(TestTree.in(bench.tree().path("home")).fingerprint()).isEqualTo(before);
  }

  @Test
  void aServerThatABuildLeavesRunningIsEnded() throws IOException {
    Path pid = bench.tree().path("pid");
    project.file(
        "trait.py",
        """
        import subprocess
        server = subprocess.Popen(["sleep", "300"], start_new_session=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        open(%s, "w").write(str(server.pid))
        """
            .formatted("'" + pid + "'"));

    Bench.Run run = build();

    assertBuilt(run, "sample_cpu-1.0");
    String id = Files.readString(pid);
    assertThat(run.out()).contains("Ended sleep (pid " + id + "), which the build left running");
    assertThat(ProcessHandle.of(Long.parseLong(id))).isEmpty();
  }

  @Test
  void otherWheelsAreBuiltAndAllIsReportedWhereALogCannotBeWritten() throws IOException {
    project.file("trait.py", "raise SystemExit(1)");
    bench.tree().file("dist/logs", "in its place");

    Bench.Run run = build("--variant=noavx512,amxbf16", "--keep-going", "--json");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("logs/amxbf16-", "cannot be written: ");
    assertThat(run.out()).contains("\"passed\": false");
  }

  @Test
  void filesOfGitLfsHaveTheirContentAndTheStoreIsUntouched() throws IOException {
    String content = "large file";
    String id = Hashing.sha256().hashString(content, StandardCharsets.UTF_8).toString();
    String pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"
            .formatted(id, content.length());
    project
        .file("pkg/model.bin", pointer)
        .file("pkg/lost.bin", pointer.replace(id, "0".repeat(64)));
    commit(project, "v1");
    project.file(
        ".git/lfs/objects/" + id.substring(0, 2) + "/" + id.substring(2, 4) + "/" + id, content);
    Map<String, String> before = project.fingerprint();

    Bench.Run run = build();

    assertBuilt(run, "sample_cpu-1.0");
    assertThat(content("model.bin")).isEqualTo(content);
    assertThat(run.out()).contains("1 files of Git LFS are built without their content");
    assertThat(project.fingerprint()).isEqualTo(before);
  }

  private void addSubmodule() throws IOException {
    TestTree library = TestTree.in(bench.tree().directory("library").path("library"));
    commit(library.file("code.py", "library = 1"), "v1");
    commit(project, "v1");
    String at = project.root().toString();
    bench.run(
        at,
        "git",
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        library.root().toString(),
        "pkg/library");
    bench.run(at, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "library");
    MoreFiles.deleteRecursively(library.root()); // it can only come from the user's clone
  }

  @Test
  void submodulesAreBuiltIfAskedFor() throws IOException {
    addSubmodule();
    Map<String, String> before = project.fingerprint();

    assertBuilt(build("--submodules"), "sample_cpu-1.0");
    assertThat(content("library/code.py")).isEqualTo("library = 1");
    assertThat(project.fingerprint()).isEqualTo(before);
  }

  @Test
  void submodulesThatAreLeftOutAreNamed() throws IOException {
    addSubmodule();

    Bench.Run run = build();

    assertBuilt(run, "sample_cpu-1.0");
    assertThat(run.out()).contains("add --submodules to check them out: pkg/library");
  }

  @Test
  void aDryRunSaysWhatWouldGoFromTheUsersCaches() {
    String response = "home/.cache/pip/http-v2/a/b/c/d/e/" + "abcde" + "0".repeat(51) + ".body";
    bench.tree().file(response, 10_000);

    Bench.Run run = build("--caches=clean", "--dry-run");

    assertThat(run.out()).contains("Would remove from your caches").contains("python.pip-cache");
    assertThat(bench.tree().has(response)).isTrue();
  }

  @Test
  void whoUsesWhatIsLeftIsNamed() throws IOException {
    project.file(
        "trait.py",
        """
        import os, subprocess
        del os.environ["LOWTIDE_BUILD"] # as a program of the user has none
        subprocess.Popen(["sleep", "20"], cwd=os.environ["TMPDIR"], start_new_session=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        """);

    Bench.Run run = build();

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("Cleanup incomplete").containsPattern("sleep \\(pid \\d+\\)");
    assertThat(List.of(run.out().split("\n"))).contains("FAIL");
  }
}
