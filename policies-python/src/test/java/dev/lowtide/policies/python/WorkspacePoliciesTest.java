package dev.lowtide.policies.python;

import static dev.lowtide.policies.python.fixtures.BuildTreeFixture.eggInfo;
import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.lowtide.execute.WorkDirectories;
import dev.lowtide.policies.python.fixtures.BuildTreeFixture;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policies.python.fixtures.OwnedDirectories;
import dev.lowtide.policy.Marker;
import dev.lowtide.shared.Ownership;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each policy for workspaces proposes, and what it has reason to keep. */
class WorkspacePoliciesTest {
  private static final String UNPROVEN = "nothing shows that a build made it";

  private final TestTree tree = TestTree.inMemory();

  private Planned plan() {
    return Planned.workspace(tree);
  }

  private TestTree venv(String path) {
    tree.file(path + "/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.1\n")
        .link(path + "/bin/python", "/usr/bin/python3");
    return MadeEnvironment.install(tree, path, "pip", "pip/__init__.py");
  }

  @Nested
  class VirtualEnvironment {

    @Test
    void goesAsAWhole() {
      venv("app/.venv")
          .file("app/.venv/lib/python3.12/site-packages/pip/__pycache__/__init__.cpython-312.pyc");

      assertThat(plan().proposed()).containsExactly("app/.venv");
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void ofWindowsGoesToo() {
      tree.file("env/pyvenv.cfg", "home = C:\\Python312\r\n").file("env/Scripts/python.exe");

      assertThat(plan().proposed()).containsExactly("env");
    }

    @Test
    void staysWithoutAnInterpreter() {
      tree.file("env/pyvenv.cfg", "home = /usr/bin\n").file("env/bin/activate");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused())
          .containsExactly(entry("env", "it has a pyvenv.cfg, but no python in bin or Scripts"));
    }

    @Test
    void staysWithoutAHome() {
      tree.file("env/pyvenv.cfg", "homeless = true\n").file("env/bin/python");

      assertThat(plan().refused())
          .containsExactly(entry("env", "its pyvenv.cfg names no interpreter (home)"));
    }

    @Test
    void staysIfAProjectLivesInIt() {
      venv("app").file("app/pyproject.toml").file("app/thesis.py");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app"))
          .contains("pyproject.toml", "not part of an environment");
    }

    @ParameterizedTest
    @ValueSource(strings = {"thesis.tex", "data/measured.csv", ".env", "tmp/x"})
    void staysWithWhatNoToolPutsThere(String file) {
      venv("app").file("app/" + file);

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsOnlyKeys("app");
    }

    @Test
    void staysIfUvInstalledAToolInIt() {
      TestTree data = TestTree.in(tree.path("../home/user/.local/share/uv").normalize());
      data.file("tools/ruff/pyvenv.cfg", "home = /usr/bin\n").file("tools/ruff/bin/python");

      assertThat(Planned.workspace(data).proposed()).isEmpty();
      assertThat(Planned.workspace(data).refused().get("tools")).contains("uv-tools keeps it");
    }
  }

  @Nested
  class CompiledModules {

    @Test
    void goWithTheirDirectoryWhereThereIsNothingElse() {
      tree.file("src/app.py")
          .file("src/__pycache__/app.cpython-312.pyc", kib(4))
          .file("src/__pycache__/app.cpython-312.opt-1.pyc")
          .file("src/__pycache__/app.cpython-312.pyc.140213")
          .file("src/__pycache__/app.cpython-312-pytest-8.3.2.pyc")
          .file("src/__pycache__/app.f-2.py312.nbi")
          .file("src/deep/er/app.py")
          .file("src/deep/er/__pycache__/app.cpython-39.pyo");

      assertThat(plan().proposed()).containsExactly("src/__pycache__", "src/deep/er/__pycache__");
    }

    @Test
    void goOneByOneWhereThereIsSomethingElse() {
      tree.file("src/app.py")
          .file("src/__pycache__/app.cpython-312.pyc")
          .file("src/__pycache__/notes.txt");

      assertThat(plan().proposed()).containsExactly("src/__pycache__/app.cpython-312.pyc");
    }

    /** As a copy or a renamed file may be called, and no bytecode is. */
    @ParameterizedTest
    @ValueSource(
        strings = {"app.cpython-3112.pyc", "app.cpython-312.opt-12.pyc", "app.cpython-312.pyc.1"})
    void stayIfPythonDoesNotNameThemSo(String name) {
      tree.file("src/app.py").file("src/__pycache__/" + name);

      assertThat(plan().proposed()).isEmpty();
    }

    @Test
    void stayIfTheirSourceIsGone() {
      tree.file("src/app.py")
          .file("src/__pycache__/app.cpython-312.pyc")
          .file("src/__pycache__/gone.cpython-312.pyc")
          .file("old/__pycache__/gone.cpython-312.pyc");

      assertThat(plan().proposed()).containsExactly("src/__pycache__/app.cpython-312.pyc");
      assertThat(plan().refused())
          .containsOnlyKeys(
              "old/__pycache__/gone.cpython-312.pyc", "src/__pycache__/gone.cpython-312.pyc")
          .containsValue("its source is not beside it, so it may be the only copy");
    }

    @Test
    void stayIfTheirSourceGoesAfterPlanning() throws IOException {
      tree.file("src/app.py").file("src/__pycache__/app.cpython-312.pyc");
      Planned planned = plan();
      Files.delete(tree.path("src/app.py"));

      assertThat(planned.lowtide().apply(planned.plan()).outcomes())
          .singleElement()
          .satisfies(outcome -> assertThat(outcome.reason()).contains("has no source beside it"));
    }

    @Test
    void ofPython2GoIfTheSourceIsThere() {
      tree.file("old/with.py").file("old/with.pyc").file("old/without.pyc");

      assertThat(plan().proposed()).containsExactly("old/with.pyc");
      assertThat(plan().refused())
          .containsExactly(
              entry("old/without.pyc", "its source is not beside it, so it may be the only copy"));
    }
  }

  @Nested
  class EggInformation {

    @Test
    void goes() {
      eggInfo(tree, "app", "src/my_sample.egg-info");
      eggInfo(tree, "a", "b/deep.egg-info");

      assertThat(plan().proposed())
          .containsExactly("a/b/deep.egg-info", "app/src/my_sample.egg-info");
    }

    @ParameterizedTest
    @ValueSource(strings = {"notes.txt", "top_level.py", "old/PKG-INFO"})
    void staysWithWhatSetuptoolsDoesNotWrite(String file) {
      eggInfo(tree, "app", "app.egg-info").file("app/app.egg-info/" + file);

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/app.egg-info")).contains(file.replaceFirst("/.*", ""));
    }

    /** As setuptools keeps one to build itself. */
    @Test
    void staysWithoutAListOfSources() {
      tree.file("app/setup.py", "setup(name='bootstrap')")
          .file("app/bootstrap.egg-info/PKG-INFO", "Name: setuptools\n")
          .file("app/bootstrap.egg-info/entry_points.txt");

      assertEggInfoStays("app/bootstrap.egg-info", "no SOURCES.txt");
    }

    @Test
    void ofAnotherPlaceStays() {
      eggInfo(tree, "app", "app.egg-info")
          .file("app/app.egg-info/SOURCES.txt", "setup.py\nsrc/app.egg-info/SOURCES.txt\n");

      assertEggInfoStays("app/app.egg-info", "does not list it as part of a project above it");
    }

    @Test
    void ofAnotherNameStays() {
      eggInfo(tree, "app", "app.egg-info").file("app/setup.py", "setup(name='other')");

      assertEggInfoStays("app/app.egg-info", "another name");
    }

    @Test
    void whoseSourcesAreGoneStays() {
      eggInfo(tree, "app", "app.egg-info")
          .file("app/app.egg-info/SOURCES.txt", "gone.py\napp.egg-info/SOURCES.txt");

      assertEggInfoStays("app/app.egg-info", "none of the files that its SOURCES.txt lists");
    }

    @Test
    void ofASourceDistributionStays() {
      eggInfo(tree, "app", "app.egg-info").file("app/PKG-INFO", "Name: app\n");

      assertEggInfoStays("app/app.egg-info", "source distribution");
    }

    @Test
    void thatTestsReadStays() {
      tree.file("app/pyproject.toml");
      eggInfo(tree, "app/tests/data/one", "one.egg-info");

      assertEggInfoStays("app/tests/data/one/one.egg-info", "tests of the project in /tree/app");
    }

    private void assertEggInfoStays(String path, String why) {
      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get(path)).contains(why);
    }

    @Test
    void ofAnInstalledPackageIsNotNamed() {
      tree.file("lib/site-packages/six.egg-info/PKG-INFO")
          .file("lib/dist-packages/six.egg-info/PKG-INFO");

      assertThat(plan().plan().isEmpty()).isTrue();
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void staysIfAnEggLinkLeadsThere() {
      eggInfo(tree, "app", "sample.egg-info")
          .file("env/site-packages/sample.egg-link", "/tree/app\n.\n");

      assertStaysBecauseOf("app/sample.egg-info", "/tree/env/site-packages/sample.egg-link");
    }

    @Test
    void staysIfAPathFileLeadsThere() {
      eggInfo(tree, "app", "src/sample.egg-info")
          .file("env/site-packages/__editable__.sample-1.pth", "/tree/app/src\n");

      assertStaysBecauseOf(
          "app/src/sample.egg-info", "/tree/env/site-packages/__editable__.sample-1.pth");
    }

    @Test
    void staysIfADirectUrlLeadsToTheProject() {
      String url = "{\"dir_info\": {\"editable\": true}, \"url\": \"file:///tree/my%20app\"}";
      eggInfo(tree, "my app", "src/sample.egg-info")
          .file("env/site-packages/sample-1.dist-info/direct_url.json", url);

      assertStaysBecauseOf(
          "my app/src/sample.egg-info",
          "/tree/env/site-packages/sample-1.dist-info/direct_url.json");
    }

    @Test
    void goesIfTheProjectWasInstalledAsACopy() {
      eggInfo(tree, "app", "sample.egg-info")
          .file(
              "env/site-packages/sample-1.dist-info/direct_url.json",
              "{\"dir_info\": {}, \"url\": \"file:///tree/app\"}");

      assertThat(plan().proposed()).containsExactly("app/sample.egg-info");
    }

    private void assertStaysBecauseOf(String path, String file) {
      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused())
          .containsExactly(entry(path, "the project is installed from here by " + file));
    }
  }

  @Nested
  class InPlaceExtension {
    private static final String MODULE = "pkg/_c.cpython-312-x86_64-linux-gnu.so";
    private static final String LIB = "app/build/lib.linux-x86_64-cpython-312/";
    private static final String TEMP = "app/build/temp.linux-x86_64-cpython-312/";
    private static final Instant COMPILED = daysAgo(30);

    private TestTree built() {
      return tree.file(LIB + MODULE, "linked")
          .file(TEMP + "src/pkg/_c.o", "\0PyInit__c\0")
          .file("app/setup.py")
          .file("app/src/pkg/_c.c");
    }

    @Test
    void goesIfTheBuildTreeHoldsItsOriginal() {
      built().file("app/src/" + MODULE, "linked");

      assertThat(plan().proposed()).containsExactly("app/src/" + MODULE, "app/build");
    }

    @Test
    void ofATargetOfCMakeGoes() {
      addTargetOfCMake(TEMP);

      assertThat(plan().proposed()).containsExactly("app/pkg/k.abi3.so", "app/build");
    }

    @Test
    void staysIfItsObjectIsNoneOfATargetOfCMake() {
      addTargetOfCMake(TEMP);
      tree.file(TEMP + "CMakeFiles/TargetDirectories.txt", "");

      assertThat(plan().refused().get("app/pkg/k.abi3.so")).contains("linked from");
    }

    private void addTargetOfCMake(String place) {
      BuildTreeFixture.cmake(tree, place.substring(0, place.length() - 1), "/tree/app")
          .file(place + "CMakeFiles/k.dir/k.c.o", "\0PyInit_k\0")
          .file(LIB + "pkg/k.abi3.so", "linked")
          .file("app/pkg/k.abi3.so", "linked")
          .file("app/setup.py");
    }

    /** As pybind11's example compiles {@code python_example} from {@code main.cpp}. */
    @Test
    void goesIfAnObjectOfAnotherNameStartsIt() {
      addModuleOfAnotherName("ELF\0PyInit_other\0PyInit__x\0_end\0", COMPILED);

      assertThat(plan().proposed()).containsExactly("app/pkg/_x.abi3.so", "app/build");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0PyInit__xy\0", "\0call_PyInit__x\0", "PyInit__x"})
    void staysIfNoObjectStartsIt(String symbols) {
      addModuleOfAnotherName(symbols, COMPILED);

      assertThat(plan().refused().get("app/pkg/_x.abi3.so")).contains("linked from");
    }

    /** Someone may keep a module and its object in the build tree. */
    @ParameterizedTest
    @ValueSource(strings = {"_x.o", "src/_x.o", "CMakeFiles/_x.dir/_x.o"})
    void staysIfNoSourceIsThereOfTheObjectThatStartsIt(String object) {
      tree.file("app/setup.py")
          .file(TEMP + object, "\0PyInit__x\0", COMPILED)
          .file("app/pkg/_x.abi3.so", "linked", COMPILED)
          .file(LIB + "pkg/_x.abi3.so", "linked", COMPILED);

      assertThat(plan().refused().get("app/pkg/_x.abi3.so")).contains("linked from");
    }

    /** A copy of what was shipped keeps its time, and what is linked is younger. */
    @Test
    void staysIfItIsOlderThanTheObjectThatStartsIt() {
      addModuleOfAnotherName("\0PyInit__x\0", COMPILED.minusSeconds(1));

      assertThat(plan().refused().get("app/pkg/_x.abi3.so")).contains("linked from");
    }

    /** A build in place by distutils compiles again and links into the sources alone. */
    @Test
    void goesIfOnlyTheObjectIsNewerThanTheBuildTrees() {
      addModuleOfAnotherName("\0PyInit__x\0", COMPILED);
      tree.file(LIB + "pkg/_x.abi3.so", "linked", COMPILED.minusSeconds(9));

      assertThat(plan().proposed()).containsExactly("app/pkg/_x.abi3.so", "app/build");
      plan().apply();
      assertThat(tree.names()).containsExactly("app", "app/main.c", "app/pkg", "app/setup.py");
    }

    private void addModuleOfAnotherName(String symbols, Instant linked) {
      tree.file("app/setup.py")
          .file("app/main.c")
          .file(TEMP + "main.o", symbols, COMPILED)
          .file("app/pkg/_x.abi3.so", "linked", linked)
          .file(LIB + "pkg/_x.abi3.so", "linked", linked);
    }

    @Test
    void staysIfItIsNotTheSame() {
      built().file("app/src/" + MODULE, "patched");

      assertThat(plan().proposed()).containsExactly("app/build");
      assertThat(plan().refused().get("app/src/" + MODULE)).contains("only copy", LIB);
    }

    @Test
    void staysIfTheProjectShipsItReadyMade() {
      built()
          .file(LIB + "pkg/vendor.abi3.so", "bought")
          .file("app/src/pkg/vendor.abi3.so", "bought");

      assertThat(plan().proposed()).containsExactly("app/build");
      assertThat(plan().refused().get("app/src/pkg/vendor.abi3.so")).contains("linked from");
    }

    @Test
    void staysIfTheProjectIsInstalledFromHere() {
      built()
          .file("app/src/" + MODULE, "linked")
          .file("env/site-packages/__editable__.app-1.pth", "/tree/app/src\n");

      assertThat(plan().proposed()).containsExactly("app/build");
      assertThat(plan().refused().get("app/src/" + MODULE)).contains("__editable__.app-1.pth");
    }

    /** As {@code pip install --target vendor .} makes another copy. */
    @Test
    void ofAnInstallationIntoTheProjectIsNotNamed() {
      built()
          .file("app/setup.py", "packages = find_packages(exclude=['vendor'])")
          .file("app/vendor/" + MODULE, "linked")
          .file("app/vendor/app-1.dist-info/RECORD");

      assertThat(plan().proposed()).containsExactly("app/build");
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void whereSetuptoolsPutsNoneIsNotNamed() {
      built().file("app/vendor/" + MODULE, "linked").file("app/other/pkg/" + MODULE, "linked");

      assertThat(plan().proposed()).containsExactly("app/build");
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void goesFromADirectoryThatTheSettingsName() {
      built()
          .file("app/setup.py", "setup(package_dir={'pkg': 'deep/er'})")
          .file("app/deep/er/_c.cpython-312-x86_64-linux-gnu.so", "linked");

      assertThat(plan().proposed())
          .containsExactly("app/deep/er/_c.cpython-312-x86_64-linux-gnu.so", "app/build");
    }

    @Test
    void isNotNamedWithoutABuildTree() {
      tree.file("app/setup.py").file("app/src/" + MODULE).file("app/src/pkg/_c.c");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void ofTheSameNameInAnotherPackageIsNotNamed() {
      built().file("app/other/_c.cpython-312-x86_64-linux-gnu.so", "linked");

      assertThat(plan().proposed()).containsExactly("app/build");
      assertThat(plan().refused()).isEmpty();
    }
  }

  @Nested
  class ToolCache {
    private static final String TAG = "Signature: 8a477f597d28d172789f06886806bc55";

    @Test
    void ofEachToolGoes() {
      tree.file(".pytest_cache/README.md", "# pytest cache directory #\n")
          .file(".pytest_cache/v/cache/lastfailed")
          .file("a/.mypy_cache/CACHEDIR.TAG", TAG + "\n# by mypy")
          .file("a/.mypy_cache/3.12/cache.0.db", kib(8))
          .file("a/.ruff_cache/CACHEDIR.TAG", TAG)
          .file("a/.ruff_cache/0.16.9/1469")
          .file(
              ".eggs/README.txt",
              "This directory contains eggs that were downloaded by setuptools to build")
          .file(".eggs/wheel-0.45.egg/EGG-INFO/PKG-INFO");

      assertThat(plan().proposed())
          .containsExactly(".eggs", ".pytest_cache", "a/.mypy_cache", "a/.ruff_cache");
    }

    @Test
    void staysWithoutTheMarkOfItsTool() {
      tree.file(".mypy_cache/3.12/cache.0.db").file(".pytest_cache/README.md", "# My notes");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused())
          .containsExactly(
              entry(".mypy_cache", "it has no CACHEDIR.TAG as mypy writes it"),
              entry(".pytest_cache", "it has no README.md as pytest writes it"));
    }

    @Test
    void staysIfItHoldsSomethingElse() {
      tree.file(".ruff_cache/CACHEDIR.TAG", TAG).file(".ruff_cache/notes.txt");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get(".ruff_cache")).contains("/tree/.ruff_cache/notes.txt");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          ".pytest_cache/v/cache/notes.md",
          ".pytest_cache/d/mine/report.csv",
          ".mypy_cache/3.12/pkg/mod.py",
          ".mypy_cache/3.12/todo.json",
          ".ruff_cache/0.16.9/results.txt",
          ".eggs/notes.txt",
          ".eggs/wheel-0.45.egg/data/mine.csv"
        })
    void staysWithAFileOfAPersonDeepInIt(String file) {
      tree.file(".pytest_cache/README.md", "# pytest cache directory #\n")
          .file(".mypy_cache/CACHEDIR.TAG", TAG)
          .file(".mypy_cache/3.12/pkg/mod.meta.json")
          .file(".ruff_cache/CACHEDIR.TAG", TAG)
          .file(
              ".eggs/README.txt", "This directory contains eggs that were downloaded by setuptools")
          .file(file);
      String cache = file.replaceFirst("/.*", "");

      assertThat(plan().proposed()).hasSize(3).doesNotContain(cache);
      assertThat(plan().refused().get(cache)).contains("/tree/" + file, "is not from");
    }

    @Test
    void outcomesOfTestsAreNotNamed() {
      tree.file(".hypothesis/examples/04e6/c5d2")
          .file(".hypothesis/unicode_data/15.0.0/charmap.json.gz")
          .file(".coverage")
          .file("htmlcov/index.html")
          .file("htmlcov/.gitignore", "# Created by coverage.py\n*\n");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).isEmpty();
    }
  }

  @Nested
  class InterruptedUninstall {

    private static final String SITE = "lib/python3.12/site-packages/";

    private TestTree moved() {
      return tree.file(SITE + "~kg/__init__.py", "")
          .file(SITE + "~kg/__pycache__/__init__.cpython-312.pyc")
          .file(
              SITE + "~kg-1.dist-info/RECORD",
              "pkg/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
                  + "pkg-1.dist-info/RECORD,,\n")
          .allModified(daysAgo(2));
    }

    @Test
    void goesAfterADayAndItsRecordLast() {
      moved().file(SITE + "pkg/__init__.py").allModified(daysAgo(2));

      assertThat(plan().proposed()).containsExactly(SITE + "~kg", SITE + "~kg-1.dist-info");
    }

    @Test
    void staysWithWhatItsPackageDidNotBring() {
      moved().file(SITE + "~kg/notes.txt").allModified(daysAgo(2));

      assertThat(plan().proposed()).containsExactly(SITE + "~kg/__pycache__");
      assertThat(plan().refused().get(SITE + "~kg")).contains("notes.txt");
    }

    @Test
    void staysWithoutItsRecord() {
      tree.file(SITE + "~kg/__init__.py").allModified(daysAgo(2));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get(SITE + "~kg")).contains("no record");
    }

    @Test
    void staysWhileAnInstallationMayGoBackToIt() {
      tree.file("lib/python3.12/site-packages/~kg/__init__.py").allModified(daysAgo(0));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("lib/python3.12/site-packages/~kg"))
          .contains("less than a day ago");
    }

    @ParameterizedTest
    @ValueSource(strings = {"thesis.tex", "data/METADATA.txt"})
    void staysIfItIsPartOfNoPackage(String file) {
      tree.file("lib/python3.12/site-packages/~drafts/" + file).allModified(daysAgo(9));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("lib/python3.12/site-packages/~drafts"))
          .contains("part of a package");
    }

    @Test
    void isNotLookedForElsewhere() {
      tree.file("~backup/thesis.tex").file("src/~kg/a.py").allModified(daysAgo(9));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).isEmpty();
    }
  }

  @Nested
  class WheelDirectory {
    private static final String BUILT = "build/temp.linux-x86_64-cpython-312/a.o";

    @BeforeEach
    void makeAProject() {
      tree.file("setup.py");
    }

    @Test
    void goesIfEachWheelHasACopy() {
      tree.file(BUILT).file("build/wheels-cpu/a.whl", kib(3)).file("dist/a.whl", kib(3));

      assertThat(plan().proposed()).contains("build/wheels-cpu");
    }

    @Test
    void goesIfItIsEmpty() {
      tree.file(BUILT).directory("build/wheels-cpu/nothing");

      assertThat(plan().proposed()).contains("build/wheels-cpu");
    }

    @Test
    void staysWhereNoBuildMadeIt() {
      tree.file(BUILT)
          .file("wheels-offline/a.whl", kib(3))
          .file("dist/a.whl", kib(3))
          .directory("wheels-empty")
          .directory("notes/build/wheels-mine");

      assertThat(plan().proposed()).noneMatch(path -> path.contains("wheels-"));
      assertThat(plan().refused())
          .containsKeys("wheels-offline", "wheels-empty", "notes/build/wheels-mine");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {".tox/dist/a.whl", ".nox/.tmp/a.whl", ".lowtide-trash-0/x/a.whl", "build/a.whl"})
    void staysIfTheOnlyOtherCopyIsMadeAgainByATool(String copy) {
      tree.file(BUILT).file("build/wheels-cpu/a.whl", kib(3)).file(copy, kib(3));

      assertThat(plan().proposed()).doesNotContain("build/wheels-cpu", "build");
      assertThat(plan().refused()).containsKey("build/wheels-cpu");
    }

    @Test
    void staysIfTheOtherCopyIsRemovedAfterThePlan() throws IOException {
      tree.file(BUILT).file("build/wheels-cpu/a.whl", kib(3)).file("dist/a.whl", kib(3));
      Planned planned = plan();
      Files.delete(tree.path("dist/a.whl"));

      assertThat(planned.lowtide().apply(planned.plan()).skipped())
          .anySatisfy(
              skipped ->
                  assertThat(skipped.reason()).startsWith("order: /tree/dist/a.whl is gone"));
      assertThat(tree.has("build/wheels-cpu/a.whl")).isTrue();
    }

    @Test
    void staysIfTheOtherFileIsNotTheSame() {
      tree.file("wheels-cpu/a.whl", "right").file("dist/a.whl", "wrong");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused())
          .containsEntry("wheels-cpu", "there is no other copy of /tree/wheels-cpu/a.whl");
    }

    @Test
    void staysIfTheOnlyOtherCopyMayGoToo() {
      tree.file("wheels-a/a.whl", kib(3)).file("wheels-b/a.whl", kib(3));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsOnlyKeys("wheels-a", "wheels-b");
    }

    @Test
    void staysIfItHoldsSomethingElse() {
      tree.file("wheels-a/a.whl", "a").file("dist/a.whl", "a").file("wheels-a/notes.txt");

      assertThat(plan().refused())
          .containsEntry("wheels-a", "/tree/wheels-a/notes.txt in it is not a wheel");
    }

    @Test
    void calledDistIsNeitherRemovedNorReported() {
      tree.file("dist/a.whl").file("old/dist/a.tar.gz").file("web/dist/index.js");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).isEmpty();
    }
  }

  @Nested
  class Backup {

    @Test
    void goesIfTheFileIsTheSame() {
      tree.file("pyproject.toml", "[project]").file("pyproject.toml.backup", "[project]");

      assertThat(plan().proposed()).containsExactly("pyproject.toml.backup");
    }

    @Test
    void staysIfTheFileIsEditedAfterThePlan() throws IOException {
      tree.file("setup.py", "one").file("setup.py.backup", "one");
      Planned planned = plan();
      tree.file("setup.py", "two");

      assertThat(planned.lowtide().apply(planned.plan()).skipped())
          .singleElement()
          .satisfies(skipped -> assertThat(skipped.reason()).contains("is not the same as"));
    }

    @Test
    void staysIfTheFileDiffersOrIsGone() {
      tree.file("a/setup.py", "edited")
          .file("a/setup.py.backup", "before")
          .file("b/README.md.backup");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsOnlyKeys("a/setup.py.backup", "b/README.md.backup");
      assertThat(plan().refused().values())
          .allSatisfy(reason -> assertThat(reason).contains("only copy of an edit"));
    }

    @Test
    void ofAnythingElseIsNotNamed() {
      tree.file("thesis.txt", "a").file("thesis.txt.backup", "a");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).isEmpty();
    }
  }

  @Nested
  class TemporaryDirectory {
    private static final String ELSEWHERE = "pid:[1]";

    @Test
    void ofThisProcessGoes() throws IOException {
      WorkDirectories.createOwned(tree.path("run"));
      tree.file("run/tmpa1b2c3d4/build.log");

      assertThat(plan().proposed()).containsExactly("run");
    }

    @Test
    void ofAProcessThatIsGoneGoes() {
      // The id lives on in this process, which was started at another time
      Ownership self = Ownership.current();
      mark("run", new Ownership(self.pid(), "another start", self.processes()));

      assertThat(plan().proposed()).containsExactly("run");
      assertThat(plan().plan().items().get(0).candidate().reason()).contains("is gone");
    }

    @Test
    void ofAProcessAtWorkStays() {
      ProcessHandle other = ProcessHandle.current().parent().orElseThrow();
      mark("run", Ownership.of(other));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused())
          .containsExactly(entry("run", "process " + other.pid() + " is still running in it"));
    }

    @Test
    void ofAnotherContainerStays() {
      mark("run", new Ownership(1, "a start", ELSEWHERE));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("run")).contains("process 1 of another container");
    }

    @Test
    void ofAnotherContainerGoesWhenUntouchedForADay() {
      mark("run", new Ownership(1, "a start", ELSEWHERE));
      tree.allModified(daysAgo(2));

      assertThat(plan().proposed()).containsExactly("run");
    }

    @Test
    void withAMarkThatNobodyUnderstandsStays() {
      tree.file("run/.lowtide-owned", Marker.OWNED.beginning() + "pid=many\n");

      assertThat(plan().refused().get("run")).contains(".lowtide-owned");
    }

    private void mark(String path, Ownership owner) {
      OwnedDirectories.mark(tree, path, owner);
    }
  }
}
