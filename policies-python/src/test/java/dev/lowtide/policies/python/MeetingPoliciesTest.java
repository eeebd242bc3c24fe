package dev.lowtide.policies.python;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.WorkDirectories;
import dev.lowtide.policies.python.fixtures.CacheFiles;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policies.python.fixtures.OwnedDirectories;
import dev.lowtide.shared.Ownership;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a path about which several policies have something to say. */
class MeetingPoliciesTest {
  private enum On {
    MEMORY,
    DISK
  }

  @TempDir Path directory;

  private TestTree tree(On place) throws IOException {
    return place == On.MEMORY ? TestTree.inMemory() : TestTree.in(directory.toRealPath());
  }

  @ParameterizedTest
  @EnumSource
  void staysIfOneOfThemHasReasonToKeepIt(On place) throws IOException {
    TestTree tree = tree(place);
    WorkDirectories.createOwned(tree.path("wheels-cpu"));
    tree.file("wheels-cpu/the-only.whl");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.refused()).containsOnlyKeys("wheels-cpu");
    assertThat(tree.has("wheels-cpu/the-only.whl")).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void goesOnceIfAllOfThemWouldLetItGo(On place) throws IOException {
    TestTree tree = tree(place);
    WorkDirectories.createOwned(tree.path("env"));
    tree.file("env/pyvenv.cfg", "home = /usr/bin\n").file("env/bin/python").file("app.py");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.plan().items())
        .singleElement()
        .satisfies(item -> assertThat(item.policy()).isEqualTo("python.venv"));
    assertThat(tree.names()).containsExactly("app.py");
  }

  @ParameterizedTest
  @EnumSource
  void goesWithTheDirectoryThatGoes(On place) throws IOException {
    TestTree tree =
        tree(place)
            .file("build/lib.linux-x86_64-cpython-312/a.py", "print()")
            .file("build/lib.linux-x86_64-cpython-312/__pycache__/a.cpython-312.pyc", kib(2))
            .file("a.py", "print()")
            .file("setup.py");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("build");
    assertThat(tree.names()).containsExactly("a.py", "setup.py");
  }

  @ParameterizedTest
  @EnumSource
  void whatPipMovedAsideGoesWithItsEnvironment(On place) throws IOException {
    TestTree tree =
        tree(place)
            .file(".venv/lib/python3.12/site-packages/~kg/__init__.py")
            .file(
                ".venv/lib/python3.12/site-packages/~kg-1.dist-info/RECORD",
                "pkg/__init__.py,,\npkg-1.dist-info/RECORD,,\n")
            .file("app.py")
            .file("setup.py");
    MadeEnvironment.bare(tree, ".venv");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly(".venv");
    assertThat(tree.names()).containsExactly("app.py", "setup.py");
  }

  @ParameterizedTest
  @EnumSource
  void aModuleOfABuildInPlaceGoesWithTheDirectoryThatLowtideMade(On place) throws IOException {
    TestTree tree = tree(place);
    WorkDirectories.createOwned(tree.path("run"));
    tree.file("run/build/lib.linux-x86_64-cpython-312/_c.abi3.so", "linked")
        .file("run/build/temp.linux-x86_64-cpython-312/_c.o", "\0PyInit__c\0")
        .file("run/_c.c")
        .file("run/_c.abi3.so", "linked");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("run");
    assertThat(tree.names()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aCacheInWhichABuildOfLowtideIsAtWorkStays(On place) throws IOException {
    Ownership alive = Ownership.of(ProcessHandle.current().parent().orElseThrow());
    TestTree tree = tree(place).file(".pytest_cache/README.md", "# pytest cache directory #\n");
    OwnedDirectories.mark(tree, ".pytest_cache", alive);

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.refused()).containsOnlyKeys(".pytest_cache");
    assertThat(tree.has(".pytest_cache/README.md")).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void bytecodeGoesWithTheTreeOfMeson(On place) throws IOException {
    TestTree tree =
        tree(place)
            .file(
                "build/cp312/meson-info/meson-info.json",
                "{\"directories\": {\"source\": \"%s\", \"build\": \"%s\"}}"
                    .formatted(tree(place).root(), tree(place).path("build/cp312")))
            .file(
                "build/cp312/build.ninja",
                "# This is the build file for project \"x\"\nbuild gen.py: CUSTOM_COMMAND\n")
            .file("build/cp312/gen.py")
            .file("build/cp312/__pycache__/gen.cpython-312.pyc")
            .file("meson.build");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("build");
    assertThat(tree.names()).containsExactly("meson.build");
  }

  @ParameterizedTest
  @EnumSource
  void aBackupGoesWithTheDirectoryThatLowtideMade(On place) throws IOException {
    TestTree tree = tree(place);
    WorkDirectories.createOwned(tree.path("run"));
    tree.file("run/setup.py", "same").file("run/setup.py.backup", "same").file("app.py");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("run");
    assertThat(tree.names()).containsExactly("app.py");
  }

  /** Caches in a directory that somebody named, where policies for workspaces look too. */
  private static List<String> proposedWith(TestTree tree, CleanupTarget cache) throws IOException {
    return Planned.using(Planned.host(tree))
        .build()
        .plan(CleanupTarget.of("workspace", tree.root()), cache)
        .items()
        .stream()
        .map(item -> item.policy() + " " + tree.root().relativize(item.path()))
        .toList();
  }

  @Test
  void environmentsOfHooksAreLeftToPreCommit() throws IOException {
    TestTree tree =
        TestTree.inMemory()
            .file("pre-commit/.lock")
            .file("pre-commit/db.db")
            .file("pre-commit/repoabcd1234/py_env/pyvenv.cfg", "home = /usr/bin")
            .file("pre-commit/repoabcd1234/py_env/bin/python")
            .allModified(daysAgo(1));

    assertThat(proposedWith(tree, CleanupTarget.cache("pre-commit-cache", tree.path("pre-commit"))))
        .isEmpty();
  }

  @Test
  void environmentsOfPoetryAreLeftToPoetry() throws IOException {
    TestTree tree =
        TestTree.inMemory()
            .file("poetry/" + CacheFiles.artifacts("a") + "/x.whl")
            .file("poetry/virtualenvs/a/pyvenv.cfg", "home = /usr/bin")
            .file("poetry/virtualenvs/a/bin/python")
            .allModified(daysAgo(1));

    assertThat(proposedWith(tree, CleanupTarget.cache("poetry-cache", tree.path("poetry"))))
        .containsExactly("python.poetry-cache poetry/artifacts");
  }

  @Test
  void bytecodeThatIsKeptApartGoesThoughItsSourcesAreElsewhere() throws IOException {
    TestTree tree =
        TestTree.inMemory()
            .file("pyc/tree/app/a.cpython-312.pyc")
            .file("pyc/notes.txt")
            .file("app/a.py")
            .allModified(daysAgo(1));

    assertThat(proposedWith(tree, CleanupTarget.cache("python-bytecode", tree.path("pyc"))))
        .containsExactly("python.bytecode pyc/tree");
  }

  @Test
  void environmentsOfToolsStayForWhoeverAsks() throws IOException {
    TestTree tree =
        TestTree.inMemory()
            .file("pipx/black/pyvenv.cfg", "home = /usr/bin")
            .file("pipx/black/bin/python")
            .file("pipx/black/lib/__pycache__/a.cpython-312.pyc")
            .allModified(daysAgo(1));

    assertThat(proposedWith(tree, CleanupTarget.cache("pipx-environments", tree.path("pipx"))))
        .isEmpty();
  }

  @Test
  void whatPipHasCachedIsNobodyElses() throws IOException {
    TestTree tree =
        TestTree.inMemory()
            .file("pip/" + CacheFiles.wheels("a") + "/x-1-py3-none-any.whl")
            .file("pip/" + CacheFiles.response("http-v2", "a"))
            .file("pip/own/__pycache__/x.cpython-312.pyc")
            .allModified(daysAgo(1));

    assertThat(proposedWith(tree, CleanupTarget.cache("pip-cache", tree.path("pip"))))
        .containsExactly("python.pip-cache.http pip/http-v2", "python.pip-cache.wheels pip/wheels");
  }
}
