package dev.lowtide.policies.python;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.buildtrees.BuildTrees;
import dev.lowtide.policies.python.environments.CondaEnvironments;
import dev.lowtide.policies.python.environments.VirtualEnvironments;
import dev.lowtide.policies.python.fixtures.BuildTreeFixture;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policies.python.sources.EggInfo;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The records of Python's tools with something wrong in them: whatever they say, no reader fails.
 */
class MutatedRecordsTest {
  private static final String SITE = "env" + MadeEnvironment.SITE;
  private static final int LONG = 4 << 20;

  private final TestTree tree = TestTree.inMemory();
  private final HostEnvironment host = Planned.host(tree);

  private Entry entry(String path) throws IOException {
    return SizeProbe.portable().capture(tree.path(path)).root();
  }

  private void mutate(String path, Mutations.Reader reader) throws IOException {
    Path file = tree.path(path);
    Mutations.of(
        Files.readAllBytes(file),
        content -> {
          Files.write(file, content);
          reader.read(content);
        });
  }

  private void explain(String path, Policy policy) {
    try {
      policy.account().orElseThrow().explain(entry(path), host).isComplete();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void recordsOfInstalledPackages() throws IOException {
    MadeEnvironment.install(
        MadeEnvironment.in(tree, "env"), "env", "y", "y/a.py", "../../../bin/y");

    mutate(SITE + "y-1.dist-info/RECORD", content -> explain("env", VirtualEnvironments.POLICY));
  }

  @ParameterizedTest
  @CsvSource({
    "app.pth, /tree/app/src",
    "__editable__.app.egg-link, /tree/app",
    "__editable___app_finder.py, MAPPING = {'app': '/tree/app/src'}",
    "app-1.dist-info/direct_url.json, '{\"dir_info\": {\"editable\": true}, \"url\":"
        + " \"file:///tree/app\"}'"
  })
  void referencesToProjects(String name, String text) throws IOException {
    BuildTreeFixture.eggInfo(tree, "app", "app.egg-info");
    MadeEnvironment.in(tree, "env").file(SITE + name, text);

    // Not by a plan, which says of a policy that fails what it says of any refusal
    CleanupTarget target = CleanupTarget.of("workspace", tree.root());
    mutate(
        SITE + name,
        content -> {
          Snapshot snapshot = SizeProbe.portable().capture(tree.root());
          EggInfo.POLICY.propose(
              snapshot,
              PolicyContext.forAll(
                      TestTree.NOW, host, Retention.NONE, false, Map.of(target, snapshot))
                  .get(target));
        });
  }

  private void makeCondaEnvironment(String record) {
    MadeEnvironment.in(tree, "env").file("env/conda-meta/x-1-0.json", record);
  }

  @Test
  void recordsOfConda() throws IOException {
    makeCondaEnvironment("{\"files\": [\"bin/python\", \"lib/x.so\"], \"name\": \"x\"}");

    mutate("env/conda-meta/x-1-0.json", content -> explain("env", CondaEnvironments.POLICY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CMakeCache.txt",
        "CMakeFiles/TargetDirectories.txt",
        "CMakeFiles/Makefile.cmake",
        "CMakeFiles/k.dir/cmake_clean.cmake"
      })
  void recordsOfCMake(String name) throws IOException {
    BuildTreeFixture.cmake(tree, "app/build", "/tree/app")
        .file("app/CMakeLists.txt")
        .file(
            "app/build/CMakeFiles/Makefile.cmake",
            "set(CMAKE_MAKEFILE_DEPENDS\n  \"CMakeCache.txt\"\n  \"../x.h.in\"\n  )\n");

    mutate("app/build/" + name, content -> explain("app/build", BuildTrees.POLICY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"meson-info/meson-info.json", "build.ninja", ".ninja_log"})
  void recordsOfMesonAndNinja(String name) throws IOException {
    BuildTreeFixture.meson(tree, "app/build", "/tree/app")
        .file("app/build/.ninja_log", "# ninja log v5\n0\t9\t17\tlibx.a\t8c1d\n");

    mutate("app/build/" + name, content -> explain("app/build", BuildTrees.POLICY));
  }

  /** What makes a regular expression with a choice in a loop run out of stack, or of time. */
  @ParameterizedTest
  @CsvSource({
    "meson-info/meson-info.json, '{\"directories\": {\"source\": \"', x",
    "meson-info/meson-info.json, '{', '\"directories\": {'",
    "CMakeFiles/Makefile.cmake, '', 'set(CMAKE_MAKEFILE_PRODUCTS\n'",
    "CMakeFiles/TargetDirectories.txt, '/tree/app/build/', CMakeFiles/",
    "CMakeFiles/k.dir/cmake_clean.cmake, '', '\n'",
    "build.ninja, 'build ', '$'",
    "build.ninja, '', 'build a: b\n'",
    ".ninja_log, '# ninja log v5', '\n\t'"
  })
  void longRecordsOfBuilds(String name, String start, String repeated) throws IOException {
    BuildTreeFixture.cmake(tree, "app/build", "/tree/app").file("app/CMakeLists.txt");
    BuildTreeFixture.meson(tree, "app/build", "/tree/app");
    Path file = tree.path("app/build/" + name);
    Files.writeString(file, start + repeated.repeat(LONG / repeated.length()));

    assertEnds(() -> explain("app/build", BuildTrees.POLICY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"files\":[", "\"", "\"files\"   ", "[\"a\","})
  void longRecordsOfConda(String repeated) {
    makeCondaEnvironment(repeated.repeat(LONG / repeated.length()));

    assertEnds(() -> explain("env", CondaEnvironments.POLICY));
  }

  @Test
  void aScriptOfNothingButComments() {
    MadeEnvironment.in(tree, "env")
        .file("env/bin/tool", "#!/usr/bin/python\n" + "#\n".repeat(30_000));

    assertEnds(() -> explain("env", VirtualEnvironments.POLICY));
  }

  private static void assertEnds(Runnable reader) {
    assertTimeoutPreemptively(Duration.ofSeconds(10), reader::run);
  }
}
