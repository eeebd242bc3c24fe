package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.cli.Session;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The builder on a machine with stand-ins for Python that only print their version. */
class BuildWheelsTest {
  @TempDir Path directory;
  private TestTree tree;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void makeMachine() throws IOException {
    tree = TestTree.in(directory.toRealPath()).directory("home").directory("tmp").directory("bin");
    python("bin/python3", "echo cpython 3 11 /opt/python3.11");
    python("bin/python3.12", "echo no such version is installed; exit 127");
    python("home/.pyenv/versions/3.10.4/bin/python", "echo cpython 3 10 $0");
    python("home/.pyenv/versions/pypy/bin/python", "echo pypy 3 9 $0");
  }

  private void python(String path, String script) throws IOException {
    tree.file(path, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tree.path(path), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int build(String... arguments) {
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX,
            FileSystems.getDefault(),
            Map.of(
                "HOME", tree.path("home").toString(),
                "TMPDIR", tree.path("tmp").toString(),
                "PATH", tree.path("bin").toString()),
            "",
            "");
    Session session =
        new Session(
            host,
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            List::of);
    List<String> all =
        new ArrayList<>(
            List.of("--workspace=" + tree.path("build"), "--output-dir=" + tree.path("dist")));
    all.addAll(List.of(arguments));
    return BuildWheels.commandLine(session)
        .setOverwrittenOptionsAllowed(true)
        .execute(all.toArray(String[]::new));
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void ifAPythonIsMissingTheErrorListsThoseThatRun() {
    assertThat(build("--python-versions=3.12")).isEqualTo(2);
    assertThat(errors())
        .hasLineCount(1)
        .contains("Python 3.12 is not on this machine; found 3.10 (")
        .contains("home/.pyenv/versions/3.10.4/bin/python), 3.11 (/opt/python3.11)");
  }

  @Test
  void withoutPythonVersionsTheNewestPythonIsUsedIf312IsMissing() {
    assertThat(build("--dry-run")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("building for Python 3.11")
        .contains("Would build noavx512, Python 3.11");
  }

  @Test
  void aPythonThatOnlyUvKnowsIsFound() throws IOException {
    python("uv/python3.13", "echo cpython 3 13 $0");
    python("bin/uv", "test \"$5\" = 3.13 && echo " + tree.path("uv/python3.13"));

    assertThat(build("--dry-run", "--python-versions=3.13")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Python 3.13: " + tree.path("uv/python3.13"));
  }

  @Test
  void withoutPythonVersionsAPythonThatOnlyUvKnowsIsUsedIf312IsMissing() throws IOException {
    python("uv/python3.13", "echo cpython 3 13 $0");
    python("bin/uv", "test \"$5\" = 3.13 && echo " + tree.path("uv/python3.13"));

    assertThat(build("--dry-run")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("building for Python 3.13");
  }

  @Test
  void ofSeveralReleasesOfAVersionInPyenvTheNewestIsUsed() throws IOException {
    python("home/.pyenv/versions/3.9.8/bin/python", "echo cpython 3 9 $0");
    python("home/.pyenv/versions/3.9.18/bin/python", "echo cpython 3 9 $0");
    python("home/.pyenv/versions/3.9.9/bin/python", "echo cpython 3 9 $0");

    assertThat(build("--dry-run", "--python-versions=3.9")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Python 3.9: " + tree.path("home/.pyenv/versions/3.9.18/bin/python"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --python-versions=3.13-3.10 | the range starts after its end
          --variant=avx2              | is not a variant
          --version-suffix=-1         | --version-suffix must be .postN or .devN
          --max-jobs=0                | --max-jobs must be 1 or more
          --frontend=cibuildwheel     | --frontend=cibuildwheel needs cibuildwheel on PATH
          --frontend=uv               | expected one of [PIP, CIBUILDWHEEL]
          --caches=none               | expected one of [PRIVATE, USER, CLEAN]
          --timeout=soon              | is not a duration
          --source=/no/such/place     | The source /no/such/place does not exist
          --source=                   | --source is empty
          --python-versions=          | names no Python versions
          --vllm-versions=            | --vllm-versions is empty
          --workspace=a/../b          | it contains '..'
          --workspace=                | the path is empty
          --output-dir=               | --output-dir is empty
          --output-dir=~              | was not expanded
          """)
  void aWrongArgumentIsExplainedInOneLine(String argument, String message) {
    assertThat(build("--dry-run", argument)).isEqualTo(2);
    assertThat(errors()).hasLineCount(1).contains(message);
  }

  @Test
  void withCibuildwheelNoPythonNeedsToBeInstalled() throws IOException {
    python("bin/cibuildwheel", "exit 1");

    assertThat(build("--dry-run", "--frontend=cibuildwheel", "--python-versions=3.14")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Python 3.14: " + tree.path("bin/cibuildwheel"));
  }

  @Test
  void withCibuildwheelAWheelIsRenamedByAPythonOnPathOnly() throws IOException {
    Files.delete(tree.path("bin/python3"));
    python("bin/cibuildwheel", "PATH=/usr/bin:/bin; echo wheel > \"$4/sample-1-py3-none-any.whl\"");
    tree.file("project/pyproject.toml", "[project]\nname = \"sample\"\n");

    assertThat(
            build(
                "--frontend=cibuildwheel",
                "--python-versions=3.11",
                "--source=" + tree.path("project")))
        .isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("The wheel cannot be renamed: neither python3 nor python is on PATH");
  }

  @Test
  void buildRequirementsAreRefusedWithCibuildwheel() {
    assertThat(build("--dry-run", "--frontend=cibuildwheel", "--build-requirements=a.txt"))
        .isEqualTo(2);
    assertThat(errors()).hasLineCount(1).contains("before-build");
  }

  @Test
  void sourceAndOutputDirectoryMayBeRelativePaths() {
    tree.file("project/setup.py").directory("project/src");

    assertThat(
            build(
                "--dry-run",
                "--source=" + tree.path("project/src/.."),
                "--output-dir=" + tree.path("project/../out")))
        .isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Source: directory " + tree.path("project"))
        .contains("output: " + tree.path("out"));
  }

  @Test
  void ifTheSourceIsNoProjectTheRunCleansUpAndEndsWithAUsageError() {
    tree.file("project/notes.txt");
    List<String> before = tree.names();

    assertThat(build("--source=" + tree.path("project"), "--keep-going")).isEqualTo(2);
    assertThat(errors())
        .hasLineCount(1)
        .contains(tree.path("project") + " has neither a pyproject.toml nor a setup.py");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("Cleanup complete!");
    assertThat(tree.names()).isEqualTo(before);
  }

  /**
   * A Python that makes environments with copies of itself, and wheels without reading the sources.
   */
  private static final String BUILDING_PYTHON =
      """
      for last; do :; done
      case "$*" in
        "-m venv "*) mkdir -p "$last/bin" && cp "$0" "$last/bin/python" ;;
        "-m pip wheel "*) echo wheel > "$6/sample-1-py3-none-any.whl" ;;
        *) echo cpython 3 11 "$0" ;;
      esac
      """;

  private int buildProject(String... arguments) throws IOException {
    return buildProjectThat("", arguments);
  }

  /**
   * @param script what the build of the wheel does besides
   */
  private int buildProjectThat(String script, String... arguments) throws IOException {
    python(
        "bin/python3",
        "PATH=/usr/bin:/bin\ncase \"$*\" in \"-m pip wheel \"*)\n"
            + script
            + "\n;; esac\n"
            + BUILDING_PYTHON);
    tree.file("project/pyproject.toml", "[project]\nname = \"sample\"\n");
    tree.file("matrix.toml", "[[variant]]\nname = \"plain\"\n"); // the wheel keeps its name
    List<String> all =
        new ArrayList<>(
            List.of("--source=" + tree.path("project"), "--matrix=" + tree.path("matrix.toml")));
    all.addAll(List.of(arguments));
    return build(all.toArray(String[]::new));
  }

  @Test
  void theWheelIsDelivered() throws IOException {
    assertThat(buildProject()).as(out.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(TestTree.in(tree.path("dist")).names()).containsExactly("sample-1-py3-none-any.whl");
  }

  @Test
  void ifDeliveryFailsNoPartOfAWheelIsLeft() throws IOException {
    tree.file("dist/sample-1-py3-none-any.whl/in-its-place");

    assertThat(buildProject()).isEqualTo(1);
    assertThat(TestTree.in(tree.path("dist")).names())
        .contains("sample-1-py3-none-any.whl/in-its-place")
        .noneMatch(name -> name.endsWith(".part"));
  }

  /** A file in /tmp, while {@code TMPDIR} is elsewhere. */
  private final Path stray = Path.of("/tmp/lowtide-stray-test-" + UUID.randomUUID());

  @AfterEach
  void removeStray() throws IOException {
    Files.deleteIfExists(stray);
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatABuildWroteIntoTmpFailsTheRunIfItNamesTheBuildAndStays() throws IOException {
    int exit = buildProjectThat("echo \"compiled in $PWD\" > " + stray);

    assertThat(exit).isEqualTo(1);
    assertThat(output())
        .contains("\nFAIL  " + stray + " appeared during the run (")
        .contains("; a build of this run made it")
        .endsWith("\nFAIL\n");
    assertThat(stray).exists();
  }

  @Test
  void whatAProcessOfABuildHasOpenInTmpFailsTheRun() throws IOException {
    int exit = buildProjectThat("sleep 60 > " + stray + " 2>&1 < /dev/null &");

    assertThat(exit).as(output()).isEqualTo(1);
    assertThat(output())
        .contains("which the build left running")
        .contains(
            "\nFAIL  " + stray + " appeared during the run (", "; a build of this run made it");
    assertThat(stray).exists();
  }

  @Test
  void whatMayBeOfAnotherProgramInTmpIsAWarning() throws IOException {
    int exit = buildProjectThat("echo hello > " + stray, "--json");

    assertThat(exit).as(errors()).isZero();
    JsonObject report = JsonParser.parseString(output()).getAsJsonObject();
    assertThat(report.getAsJsonArray("appeared"))
        .extracting(JsonElement::getAsJsonObject)
        .anySatisfy(
            each -> {
              assertThat(each.get("path").getAsString()).isEqualTo(stray.toString());
              assertThat(each.get("ofThisRun").getAsBoolean()).isFalse();
            });
    assertThat(stray).exists();
  }

  @Test
  void aDeletedFileThatAProcessStillHasOpenIsAWarning() throws IOException {
    // A file system to which few programs write
    Path memory = Path.of("/dev/shm");
    assumeTrue(
        Files.isDirectory(memory)
            && Files.getFileStore(memory).getUsableSpace() > ByteSize.mebibytes(300).bytes(),
        "skipped: there is no /dev/shm with 300 MiB");
    Path quiet = Files.createTempDirectory(memory, "lowtide-test");
    Path pid = quiet.resolve("pid");
    String holder =
        "cd /; exec 3> %1$s/gone; rm %1$s/gone; head -c 100000000 /dev/zero >&3; echo $$ > %2$s;"
            + " exec sleep 60";
    try {
      int exit =
          buildProjectThat(
              // A process that nothing connects with the build
              "env -i PATH=/usr/bin:/bin sh -c '"
                  + String.format(holder, quiet, pid)
                  + "' > /dev/null 2>&1 < /dev/null &\n"
                  + "for i in $(seq 100); do [ -s "
                  + pid
                  + " ] && break; sleep 0.1; done",
              "--workspace=" + quiet.resolve("build"));

      assertThat(exit).as(output() + errors()).isZero();
      assertThat(output())
          .contains("\nWARN  /dev/shm (")
          .contains(" went elsewhere: to a file outside of the locations, to a deleted file")
          .endsWith("\nPASS\n");
    } finally {
      if (Files.exists(pid)) {
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
            .ifPresent(ProcessHandle::destroy);
      }
      MoreFiles.deleteRecursively(quiet, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  @Test
  void aWorkspaceThatContainsTheHomeDirectoryIsRefused() {
    assertThat(build("--workspace=" + tree.root())).isEqualTo(3);
    assertThat(errors()).hasLineCount(1).contains("the home directory");
  }
}
