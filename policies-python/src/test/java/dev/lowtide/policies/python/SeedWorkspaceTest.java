package dev.lowtide.policies.python;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policies.python.fixtures.BuildTreeFixture;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A workspace after some builds, with all that they leave, and things of people among it. */
class SeedWorkspaceTest {
  private static final List<String> GOING =
      List.of(
          ".venv",
          "pyproject.toml.backup",
          "vllm/build/CMakeCache.txt",
          "vllm/build/CMakeFiles",
          "vllm/build/lib.linux-x86_64-cpython-312",
          "vllm/build/temp.linux-x86_64-cpython-312",
          "vllm/build/wheels-vllm-cpu",
          "vllm/src/vllm_cpu.egg-info",
          "vllm/vllm.egg-info",
          "vllm/vllm/__pycache__",
          "vllm/vllm/engine/__pycache__");

  private static final List<String> STAYING =
      List.of(
          "build",
          "setup.py.backup",
          "vllm/build/my-notes",
          "vllm/old/legacy.pyc",
          "wheels-unsaved");

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void seed() throws IOException {
    tree = seed(Files.createDirectory(directory.toRealPath().resolve("workspace")));
  }

  private static TestTree seed(Path root) {
    TestTree tree = TestTree.in(root);
    MadeEnvironment.install(tree, ".venv", "six", "six/build/a.py");
    BuildTreeFixture.eggInfo(tree, "vllm", "vllm.egg-info");
    BuildTreeFixture.eggInfo(tree, "vllm", "src/vllm_cpu.egg-info");
    return tree.file("pyproject.toml", "[project]")
        .file("pyproject.toml.backup", "[project]")
        .file("setup.py", "setup()")
        .file("setup.py.backup", "setup()")
        .file(".venv/pyvenv.cfg", "home = /usr/bin\n")
        .link(".venv/bin/python3", "python")
        .file(".venv/bin/python")
        .file("dist/vllm_cpu-1.whl", kib(40))
        .file("build/plan.odt")
        .file("wheels-unsaved/vllm_cpu-2.whl")
        .file("vllm/CMakeLists.txt")
        .file(
            "vllm/build/CMakeCache.txt",
            "CMAKE_HOME_DIRECTORY:INTERNAL="
                + root.resolve("vllm")
                + "\nCMAKE_CACHEFILE_DIR:INTERNAL="
                + root.resolve("vllm/build")
                + "\n")
        .file("vllm/build/CMakeFiles/CMakeOutput.log", kib(30))
        .file("vllm/_C.c")
        .file("vllm/build/lib.linux-x86_64-cpython-312/vllm/_C.so", kib(90))
        .file("vllm/build/temp.linux-x86_64-cpython-312/_C.o", "\0PyInit__C\0")
        .file("vllm/build/wheels-vllm-cpu/vllm_cpu-1.whl", kib(40))
        .file("vllm/build/my-notes/todo.txt")
        .file("vllm/vllm/app.py")
        .file("vllm/vllm/__pycache__/app.cpython-312.pyc", kib(3))
        .file("vllm/vllm/engine/core.py")
        .file("vllm/vllm/engine/__pycache__/core.cpython-312.pyc", kib(3))
        .file("vllm/old/legacy.pyc");
  }

  private void trackTheBackupOfSetup() {
    assumeTrue(runs("git", "init", "-q"), "git is not on PATH, so nothing can be tracked");
    assertThat(runs("git", "add", "pyproject.toml", "setup.py", "setup.py.backup")).isTrue();
  }

  private boolean runs(String... argv) {
    try {
      ProcessBuilder builder = new ProcessBuilder(argv).directory(tree.root().toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
      return builder.inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void proposesExactlyWhatMayGo() {
    trackTheBackupOfSetup();

    Planned planned = Planned.workspace(tree);

    assertThat(planned.proposed()).containsExactlyInAnyOrderElementsOf(GOING);
    assertThat(planned.plan().problems()).isEmpty();
  }

  @Test
  void saysOfTheRestWhyItStays() {
    trackTheBackupOfSetup();

    Map<String, String> refused = Planned.workspace(tree).refused();

    assertThat(refused.keySet()).containsExactlyElementsOf(STAYING);
    assertThat(refused)
        .containsEntry("build", "nothing shows that a build made it")
        .containsEntry("vllm/build/my-notes", "nothing shows that a build made it");
    assertThat(refused.get("setup.py.backup")).contains("Git tracks");
    assertThat(refused.get("wheels-unsaved")).contains("no other copy");
    assertThat(refused.get("vllm/old/legacy.pyc")).contains("its source");
  }

  @Test
  void makesTheSamePlanTwice() {
    String first = withoutStatusTimes(Planned.workspace(tree).plan());
    String second = withoutStatusTimes(Planned.workspace(tree).plan());

    assertThat(second).isEqualTo(first);
  }

  /**
   * Without the native layer a plan puts back the times of access that it has moved, which changes
   * the time of the status; applying it allows for that.
   */
  private static String withoutStatusTimes(CleanupPlan plan) {
    return plan.toJson().replaceAll("\"(newestChanged|changedNanos)\": .*", "");
  }

  @Test
  void removesWhatMayGoAndChangesNothingElse() throws IOException {
    trackTheBackupOfSetup();
    SortedMap<String, String> expected = tree.fingerprint();
    expected.keySet().removeIf(path -> GOING.stream().anyMatch(Path.of(path)::startsWith));

    Planned.workspace(tree).apply();

    SortedMap<String, String> left = tree.fingerprint();
    // Only the directories that held something directly may have another time
    List<String> held = GOING.stream().map(SeedWorkspaceTest::parent).toList();
    expected.keySet().removeAll(held);
    left.keySet().removeAll(held);
    assertThat(left).isEqualTo(expected);
    assertThat(held).allSatisfy(path -> assertThat(tree.path(path)).isDirectory());
  }

  private static String parent(String path) {
    return path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
  }

  @Test
  void removesNothingTheSecondTime() throws IOException {
    Planned planned = Planned.workspace(tree).apply();
    Map<String, String> after = tree.fingerprint();

    CleanupReport again = planned.lowtide().apply(planned.plan());

    assertThat(again.outcomes()).isNotEmpty().hasOnlyElementsOfType(Skipped.class);
    assertThat(again.freedBytes()).isZero();
    assertThat(tree.fingerprint()).isEqualTo(after);
    assertThat(Planned.workspace(tree).proposed()).isEmpty();
  }

  @Test
  void changesNothingInADryRun() throws IOException {
    Map<String, String> before = tree.fingerprint();
    Planned planned = Planned.workspace(tree);

    CleanupReport report = planned.lowtide().dryRun(planned.plan());

    assertThat(report.outcomes()).hasSameSizeAs(planned.plan().items());
    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Test
  void isCleanedTheSameWayInMemory() {
    TestTree inMemory = seed(TestTree.inMemory().root());

    Planned onDisk = Planned.workspace(tree).apply();
    Planned planned = Planned.workspace(inMemory).apply();

    assertThat(planned.proposed()).containsExactlyInAnyOrderElementsOf(onDisk.proposed());
    assertThat(inMemory.names()).isEqualTo(tree.names());
  }

  /** What every policy must hold, with and without something to keep. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void holdsTheContractOfPolicies(boolean everythingIsOld) throws IOException {
    CleanupTarget target = CleanupTarget.of("workspace", tree.root());
    Snapshot snapshot = SizeProbe.portable().capture(tree.root());
    Retention retention =
        everythingIsOld ? Retention.NONE.olderThan(Duration.ofDays(1)) : Retention.NONE;
    PolicyContext context =
        PolicyContext.forAll(
                TestTree.NOW, Planned.host(tree), retention, false, Map.of(target, snapshot))
            .get(target);

    List<Candidate> all = new ArrayList<>();
    for (Policy policy : PythonPolicies.all()) {
      List<Candidate> candidates = policy.propose(snapshot, context);
      assertThat(policy.propose(snapshot, context)).as(policy.id()).isEqualTo(candidates);
      all.addAll(candidates);
    }

    assertThat(all)
        .isNotEmpty()
        .allSatisfy(
            candidate -> {
              assertThat(snapshot.entry(candidate.path())).isPresent();
              assertThat(candidate.reason()).isNotBlank();
              assertThat(candidate.deletes() && candidate.path().equals(tree.root())).isFalse();
            });
  }
}
