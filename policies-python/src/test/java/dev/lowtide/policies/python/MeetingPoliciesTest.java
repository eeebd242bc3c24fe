package dev.lowtide.policies.python;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.execute.OwnedDirectory;
import dev.lowtide.policy.Ownership;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
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
    OwnedDirectory.create(tree.path("wheels-cpu"));
    tree.file("wheels-cpu/the-only.whl");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.refused()).containsOnlyKeys("wheels-cpu");
    assertThat(tree.has("wheels-cpu/the-only.whl")).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void goesOnceIfAllOfThemWouldLetItGo(On place) throws IOException {
    TestTree tree = tree(place);
    OwnedDirectory.create(tree.path("env"));
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
            .file("build/temp.linux-x86_64-cpython-312/__pycache__/a.pyc", kib(2))
            .file("build/lib.linux-x86_64-cpython-312/x.egg-info/PKG-INFO")
            .file("setup.py");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("build");
    assertThat(tree.names()).containsExactly("setup.py");
  }

  @ParameterizedTest
  @EnumSource
  void whatPipMovedAsideGoesWithItsEnvironment(On place) throws IOException {
    TestTree tree =
        tree(place)
            .file(".venv/pyvenv.cfg", "home = /usr/bin\n")
            .file(".venv/bin/python")
            .file(".venv/lib/python3.12/site-packages/~kg/__init__.py")
            .file("app.py");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly(".venv");
    assertThat(tree.names()).containsExactly("app.py");
  }

  @ParameterizedTest
  @EnumSource
  void aModuleOfABuildInPlaceGoesWithTheDirectoryThatLowtideMade(On place) throws IOException {
    TestTree tree = tree(place);
    OwnedDirectory.create(tree.path("run"));
    tree.file("run/build/lib.linux-x86_64-cpython-312/_c.abi3.so", "linked")
        .file("run/build/temp.linux-x86_64-cpython-312/_c.o")
        .file("run/_c.abi3.so", "linked");

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.proposed()).containsExactly("run");
    assertThat(tree.names()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aCacheInWhichABuildOfLowtideIsAtWorkStays(On place) throws IOException {
    Ownership alive = Ownership.of(ProcessHandle.current().parent().orElseThrow());
    TestTree tree =
        tree(place)
            .file(".pytest_cache/README.md", "# pytest cache directory #\n")
            .file(".pytest_cache/.lowtide-owned", alive.markerText());

    Planned planned = Planned.workspace(tree).apply();

    assertThat(planned.refused()).containsOnlyKeys(".pytest_cache");
    assertThat(tree.has(".pytest_cache/README.md")).isTrue();
  }
}
