package dev.lowtide.policies.python.environments;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of environments. These are made up, those of uv, tox, conda, pipx and hatch for want
 * of the tools; {@code PythonE2ETest} has real ones of venv, virtualenv and nox.
 */
class EnvironmentPoliciesTest {
  private final TestTree tree = TestTree.inMemory();
  private HostEnvironment host = Planned.host(tree);

  /** The installations that are there, beside the tree. */
  @BeforeEach
  void installPythons() {
    beside("/usr/bin/python3");
    beside("/opt/python3.12/bin/python3.12");
  }

  private void beside(String path) {
    try {
      Files.createDirectories(host.path(path).getParent());
      Files.writeString(host.path(path), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TestTree environment(String path, String... settings) {
    return MadeEnvironment.in(tree, path, settings);
  }

  private Planned plan() {
    return Planned.of(tree, CleanupTarget.of("workspace", tree.root()), host);
  }

  private static PlanItem only(Planned planned) {
    assertThat(planned.plan().items()).hasSize(1);
    return planned.plan().items().get(0);
  }

  @Nested
  class Virtual {
    @Test
    void isAnOrphanIfTheHomeOfItsInterpreterIsGone() {
      tree.file("app/env/pyvenv.cfg", "home = /opt/python3.9/bin\n").file("app/env/bin/python");

      assertThat(only(plan()).candidate())
          .satisfies(
              candidate -> {
                assertThat(candidate.cause()).isEqualTo(Cause.ORPHANED);
                assertThat(candidate.reason()).contains("/opt/python3.9/bin is gone");
              });
    }

    @Test
    void isAnOrphanIfNoInterpreterIsLeftInTheHome() {
      tree.file(
              "app/env/pyvenv.cfg",
              "home = /opt/python3.12/bin\nexecutable = /opt/python3.12/bin/python3.11\n")
          .file("app/env/bin/python");

      assertThat(only(plan()).candidate().reason()).contains("bin/python3.11 is gone");
    }

    @Test
    void isNoOrphanIfItsInterpreterWasOnlyUpdated() {
      environment("app/env", "executable = /usr/bin/python3.11").file("app/requirements.txt");

      assertThat(only(plan()).candidate().cause()).isEqualTo(Cause.REGENERABLE);
    }

    @Test
    void isAnOrphanIfTheProjectThatItNamesIsGone() {
      environment("envs/app-x1").file("envs/app-x1/.project", "/tree/app\n");
      assertThat(only(plan()).candidate().cause()).isEqualTo(Cause.ORPHANED);
      assertThat(only(plan()).candidate().reason()).contains("its project /tree/app is gone");

      tree.file("app/Pipfile");
      assertThat(only(plan()).candidate().cause()).isEqualTo(Cause.REGENERABLE);
    }

    @Test
    void isAnOrphanIfItIsAloneWhereItsProjectWas() {
      MadeEnvironment.bare(tree, "app/.venv");
      assertThat(only(plan()).candidate().reason()).contains("nothing else in /tree/app");

      tree.file("app/app.py");
      assertThat(only(plan()).candidate().cause()).isEqualTo(Cause.REGENERABLE);
    }

    /** People collect environments in a directory of their own. */
    @Test
    void isNoOrphanForBeingAloneUnderAnotherName() {
      MadeEnvironment.bare(tree, "envs/work");

      assertThat(only(plan()).candidate().cause()).isEqualTo(Cause.REGENERABLE);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "requirements.txt",
          "requirements-dev.in",
          "requirements/base.txt",
          "setup.py",
          "Pipfile",
          "poetry.lock",
          "uv.lock",
          "pylock.toml",
          "tox.ini",
          "environment.yml"
        })
    void goesIfTheProjectAroundItSaysWhatIsInIt(String description) {
      environment("app/build/env").file("app/" + description);

      assertThat(plan().proposed()).containsExactly("app/build/env");
    }

    /** A search that looked at the rest of the file from each line took minutes. */
    @Test
    @Timeout(10)
    void staysBesideAFileOfAHundredThousandEmptyLines() {
      environment("app/env").file("app/setup.cfg", "\n".repeat(100_000));

      assertThat(plan().proposed()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"app/notes.txt", "other/requirements.txt", "app/src/setup.py"})
    void staysIfNothingSaysWhatIsInIt(String file) {
      environment("app/env").file(file);

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/env"))
          .contains("no file around it says", "'/tree/app/env/bin/python -m pip freeze'");
    }

    @Test
    void staysIfTheSettingsAreOnlyThoseOfATool() {
      environment("app/env").file("app/pyproject.toml", "[tool.black]\nline-length = 100\n");
      assertThat(plan().proposed()).isEmpty();

      tree.file("app/pyproject.toml", "[project]\ndependencies = ['a']\n");
      assertThat(plan().proposed()).containsExactly("app/env");
    }

    /** Only what is in it tells what was. */
    @Test
    void staysIfItsInterpreterIsGoneAndNothingSaysWhatIsInIt() {
      environment("envs/ml").file("envs/ml/pyvenv.cfg", "home = /opt/python3.9/bin\n");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("envs/ml")).contains("no file around it says");
    }

    @Test
    void goesIfARootIsOnlyAPartOfItsProject() {
      environment("app/build/env").file("app/setup.py");

      assertThat(
              Planned.of(tree, CleanupTarget.of("workspace", tree.path("app/build")), host)
                  .proposed())
          .containsExactly("app/build/env");
    }

    @Test
    void wasLastUsedWhenItsPythonStarted() {
      environment("old").file("requirements.txt").allModified(daysAgo(90));
      lastRead("old/pyvenv.cfg", daysAgo(3));

      assertThat(only(plan()).candidate().lastUsed()).isEqualTo(daysAgo(3));
      assertThat(
              Planned.of(
                      tree,
                      CleanupTarget.of("workspace", tree.root()),
                      Planned.using(host).olderThan(Duration.ofDays(30)).build())
                  .proposed())
          .isEmpty();
    }

    @Test
    void isNotUsedByBeingLookedAt() throws IOException {
      environment("old").file("requirements.txt").allModified(daysAgo(90));
      lastRead("old/pyvenv.cfg", daysAgo(3));

      plan();

      assertThat(Files.getAttribute(tree.path("old/pyvenv.cfg"), "lastAccessTime"))
          .isEqualTo(FileTime.from(daysAgo(3)));
    }

    @Test
    void ofUvIsOneTooAndKeepsWhatTheCacheHoldsOfIt() {
      tree.file("cache/archive-v0/a/x.so", kib(64))
          .file("app/pyproject.toml", "[project]\ndependencies = ['a']\n")
          .hardLink("app/.venv" + MadeEnvironment.SITE + "x.so", "cache/archive-v0/a/x.so");
      MadeEnvironment.bare(tree, "app/.venv", "uv = 0.8.4", "version_info = 3.12.3");
      MadeEnvironment.install(tree, "app/.venv", "a", "x.so");

      assertThat(only(plan()).path()).isEqualTo(tree.path("app/.venv"));
      assertThat(plan().plan().reclaimableBytes()).isLessThan(kib(64));
    }

    private void lastRead(String file, Instant time) {
      try {
        Files.getFileAttributeView(tree.path(file), BasicFileAttributeView.class)
            .setTimes(null, FileTime.from(time), null);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Nested
  class OfTestRunners {
    private TestTree tox() {
      environment("app/.tox/py311");
      environment("app/.tox/.pkg");
      return tree.file("app/.tox/.tmp/package/1/app.tar.gz")
          .file("app/.tox/.tox-info.json")
          .file("app/.tox/py311/log/1-commands.log", "name: py311\nrun_id: commands[0]\n")
          .file("app/.tox/py311/log/py311-0.log", "action: py311, msg: getenv\ncwd: /\n")
          .file("app/tox.ini");
    }

    @Test
    void goAsAWhole() {
      tox();
      environment("app/.nox/tests").directory("app/.nox/.cache").file("app/noxfile.py");

      assertThat(plan().proposed()).containsExactly("app/.nox", "app/.tox");
      assertThat(plan().plan().items())
          .extracting(PlanItem::policy)
          .containsExactly("python.nox", "python.tox");
      assertThat(plan().plan().items())
          .allMatch(item -> item.candidate().cause() == Cause.REGENERABLE);
    }

    @Test
    void goWithWhatPytestKeepsInEach() {
      tox()
          .file("app/.tox/py311/.pytest_cache/README.md", "# pytest cache directory #\n")
          .file("app/.tox/py311/.pytest_cache/v/cache/nodeids");

      assertThat(plan().proposed()).containsExactly("app/.tox");
    }

    @Test
    void stayWithWhatAPersonPutAmongThatOfPytest() {
      tox()
          .file("app/.tox/py311/.pytest_cache/README.md", "# pytest cache directory #\n")
          .file("app/.tox/py311/.pytest_cache/v/notes.txt");

      assertThat(plan().proposed()).containsExactly("app/.tox/.pkg");
      assertThat(plan().refused())
          .hasEntrySatisfying("app/.tox/py311", why -> assertThat(why).contains("notes.txt"));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "lib/python3.12/site-packages/log/1-mine.log",
          "log/experiment.log",
          "log/2-mine.log",
          "log/mine-2.log",
          "lib/dist/mine.tar.gz",
          "bin/mine.lock"
        })
    void stayWithWhatIsOnlyNamedLikeFilesOfTox(String file) {
      tox().file("app/.tox/py311/" + file);

      assertThat(plan().proposed()).containsExactly("app/.tox/.pkg");
    }

    @Test
    void stayWithALinkThatIsNamedLikeALogOfTox() {
      tox().link("app/.tox/py311/log/2-mine.log", "/home/me/mine.log");

      assertThat(plan().proposed()).containsExactly("app/.tox/.pkg");
    }

    @Test
    void goOneByOneBesideWhatIsNotTheirs() {
      tox().file("app/.tox/notes/thesis.txt");

      assertThat(plan().proposed()).containsExactly("app/.tox/.pkg", "app/.tox/py311");
      assertThat(plan().refused())
          .containsExactly(entry("app/.tox/notes", "nothing shows that tox made it"));
    }

    @Test
    void goOneByOneWhereYoungOnesAreKept() {
      tox().age(Duration.ofDays(40));
      tree.file("app/.tox/py311/lib/new", 1, daysAgo(1));

      Planned planned =
          Planned.of(
              tree,
              CleanupTarget.of("workspace", tree.root()),
              Planned.using(host).olderThan(Duration.ofDays(30)).build());

      assertThat(planned.proposed()).containsExactly("app/.tox/.pkg");
    }

    @Test
    void stayWhereTheirNameIsAllThereIs() {
      tree.file("app/.tox/py311/bin/python").file("app/tox.ini").file("lib/.nox/a/b");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsOnlyKeys("app/.tox", "lib/.nox");
    }

    @Test
    void areOrphansWithoutTheFileThatTellsThemWhatToDo() {
      environment("app/.nox/tests").file("app/setup.py");

      assertThat(only(plan()).candidate().cause()).isEqualTo(Cause.ORPHANED);
      assertThat(only(plan()).candidate().reason()).contains("configures nox");
    }

    /** The policy of virtual environments leaves them to this one, which knows more. */
    @Test
    void belongToOnePolicyEachWhenTheyMeet() {
      environment("app/.tox/py311").file("app/tox.ini").file("app/.tox/mine/x");
      environment("app/.venv").file("app/.venv/.project", "/tree/app\n");

      assertThat(plan().plan().items())
          .extracting(PlanItem::policy)
          .containsExactly("python.tox", "python.venv");
    }
  }

  @Nested
  class OfConda {
    private TestTree conda(String path) {
      return tree.file(path + "/conda-meta/history")
          .file(
              path + "/conda-meta/python-3.12.3-h1.json",
              "{\"files\": [\"bin/python3.12\", \"bin/python\", \"lib/python3.12/a.py\"]}")
          .file(path + "/bin/python3.12")
          .link(path + "/bin/python", "python3.12")
          .file(path + "/lib/python3.12/a.py")
          .file(path + "/lib/python3.12/__pycache__/a.cpython-312.pyc");
    }

    private void install() {
      install("/tree");
    }

    private void install(String packages) {
      beside("/opt/conda/bin/conda");
      host =
          Planned.host(tree)
              .withVariables(variables -> Map.of("PATH", "/opt/conda/bin"))
              .withTools(
                  tools(
                      Map.of(
                          "conda config --show pkgs_dirs",
                          "pkgs_dirs:\n  - " + packages + "\n  - /home/me/.conda/pkgs\n",
                          "conda config --show allow_softlinks always_softlink",
                          "allow_softlinks: False\nalways_softlink: False\n")));
    }

    @Test
    void goesThroughConda() {
      install();
      conda("app/env").file("app/environment.yml");

      assertThat(only(plan()).candidate().action())
          .isEqualTo(
              new RunCommand(
                  tree.path("app/env"),
                  List.of("conda", "env", "remove", "--prefix", "/tree/app/env", "--yes")));
    }

    /** Not even its bytecode, which conda counts among its packages. */
    @Test
    void staysWithAllThatIsInItWhereCondaIsNot() {
      conda("app/env").file("app/environment.yml");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused())
          .containsExactly(entry("app/env", "only conda may remove it, and it is not on PATH"));
    }

    @Test
    void staysIfItIsCondasOwn() {
      install();
      conda("miniforge").file("miniforge/conda-meta/conda-24.5.0-py312_0.json");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("miniforge")).contains("conda itself");
    }

    @Test
    void staysIfCondaCanBeStartedFromIt() {
      install();
      conda("app/env").file("app/env/condabin/conda").file("app/environment.yml");

      assertThat(plan().refused().get("app/env")).contains("conda itself");
    }

    @Test
    void staysIfCondaWouldRunAProgramOfItToRemoveIt() {
      install();
      conda("app/env").file("app/environment.yml").file("app/env/bin/.evil-pre-unlink.sh");

      assertThat(plan().refused().get("app/env")).contains("conda would run", "pre-unlink.sh");
    }

    @Test
    void staysWithTheWorkOfAPerson() {
      install();
      conda("app").file("app/thesis.ipynb");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app")).contains("thesis.ipynb");
    }

    /** conda removes what it finds in an environment, whoever put it there. */
    @ParameterizedTest
    @ValueSource(strings = {"thesis.tex", "notebooks/measured.csv"})
    void staysWithWhatNoPackagePutThere(String file) {
      install();
      conda("app/env").file("app/environment.yml").file("app/env/" + file);

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/env")).contains("which belongs to no package");
    }

    /** Deeper too, where its records name each file. */
    @ParameterizedTest
    @ValueSource(
        strings = {"bin/deploy", "lib/python3.12/mine.py", "share/thesis.tex", "conda-meta/pinned"})
    void staysWithWhatNoPackagePutIntoItsDirectories(String file) {
      install();
      conda("app/env").file("app/environment.yml").file("app/env/" + file);

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/env"))
          .contains("/tree/app/env/" + file + " is in no installed package");
    }

    @Test
    void goesWithWhatPipInstalledInIt() {
      install();
      conda("app/env").file("app/environment.yml");
      MadeEnvironment.install(tree, "app/env", "x", "x/__init__.py");

      assertThat(plan().proposed()).containsExactly("app/env");
    }

    @Test
    void goesWithWhatAPackagePutThere() {
      install();
      conda("app/env")
          .file("app/environment.yml")
          .file("app/env/qml/a.qml")
          .file("app/env/python.exe")
          .file("app/env/conda-meta/q-1-0.json", "{\"files\": [\"qml/a.qml\", \"python.exe\"]}");

      assertThat(plan().proposed()).containsExactly("app/env");
    }

    @Test
    void staysIfNothingSaysWhatIsInIt() {
      install();
      conda("app/env");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("app/env"))
          .contains("'conda env export --prefix /tree/app/env'");
    }

    @Test
    void ofPixiStays() {
      install();
      conda("app/env").file("app/env/conda-meta/pixi").file("app/environment.yml");
      conda(".pixi/envs/tool").file("environment.yml");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused()).containsOnlyKeys(".pixi/envs/tool", "app/env");
      assertThat(plan().refused().values()).allMatch(reason -> reason.contains("'pixi clean'"));
    }

    @Test
    void goesOnceWhenAnEnvironmentLiesInABuildTree() {
      install();
      conda("app/build/env")
          .file("app/environment.yml")
          .file("app/setup.py")
          .directory("app/build/temp.linux-x86_64-cpython-312");

      assertThat(plan().proposed())
          .containsExactly("app/build/env", "app/build/temp.linux-x86_64-cpython-312");
    }

    private Planned packages() {
      return Planned.of(tree, CleanupTarget.cache("conda-pkgs", tree.root()), host);
    }

    @Test
    void hasItsPackagesCleanedByItself() {
      install();
      tree.file("urls.txt").file("numpy-2.0-py312/info/index.json");

      assertThat(only(packages()).candidate().action())
          .isEqualTo(
              new RunCommand(
                  tree.root(), List.of("conda", "clean", "--tarballs", "--packages", "--yes")));
    }

    @Test
    void keepsItsPackagesFromOtherPolicies() throws IOException {
      install("/tree/pkgs");
      tree.file("pkgs/urls.txt").file("pkgs/numpy-2.0-py312/lib/__pycache__/a.cpython-312.pyc");

      assertThat(
              Planned.using(host)
                  .build()
                  .plan(
                      CleanupTarget.of("workspace", tree.root()),
                      CleanupTarget.cache("conda-pkgs", tree.path("pkgs")))
                  .items())
          .extracting(PlanItem::policy)
          .containsExactly("python.conda-pkgs");
    }

    @Test
    void keepsItsPackagesIfItWouldCleanOthersToo() {
      install();
      tree.file("urls.txt").file("numpy-2.0-py312/info/index.json");
      beside("/home/me/.conda/pkgs/urls.txt");

      assertThat(packages().proposed()).isEmpty();
      assertThat(packages().refused().get("")).contains("also clean /home/me/.conda/pkgs");
    }

    @Test
    void keepsPackagesThatItWouldNotClean() {
      install("/opt/conda/pkgs");
      tree.file("urls.txt").file("numpy-2.0-py312/info/index.json");

      assertThat(packages().proposed()).isEmpty();
      assertThat(packages().refused().get(""))
          .contains("would clean another directory: [/opt/conda/pkgs");
    }

    @Test
    void keepsItsPackagesIfConfiguredLinksMayBeSymbolic() {
      install();
      HostEnvironment usual = host;
      host =
          usual.withTools(
              (directory, argv) ->
                  argv.contains("allow_softlinks")
                      ? Optional.of("allow_softlinks: True\nalways_softlink: False\n")
                      : usual.askIn(directory, argv.toArray(String[]::new)));
      tree.file("urls.txt").file("numpy-2.0-py312/info/index.json");

      assertThat(packages().refused().get("")).contains("symbolic links");
    }

    @Test
    void keepsItsPackagesIfItCannotSeeWhoNeedsThem() {
      install();
      Tools asked = tools(Map.of("conda config --show pkgs_dirs", "pkgs_dirs:\n  - /tree\n"));
      host = host.withTools(asked);
      tree.file("urls.txt").file("numpy-2.0-py312/info/index.json");

      assertThat(packages().proposed()).isEmpty();
      assertThat(packages().refused().get("")).contains("symbolic links");
    }

    @Test
    void keepsWhatItDoesNotTakeForItsPackages() {
      install();
      tree.file("numpy-2.0-py312/info/index.json");

      assertThat(packages().proposed()).isEmpty();
      assertThat(packages().refused().get("")).contains("no urls.txt");
    }

    @Test
    void keepsItsPackagesWhereItIsNot() {
      tree.file("urls.txt").file("numpy-2.0-py312/info/index.json");

      assertThat(packages().refused().get("")).contains("not on PATH");
    }
  }

  @Nested
  class OfTools {
    @Test
    void areReportedAndStay() {
      environment("black").file("black/pipx_metadata.json");

      Planned planned =
          Planned.of(tree, CleanupTarget.cache("pipx-environments", tree.root()), host);

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("black")).contains("'pipx uninstall black'");
    }

    @Test
    void areReportedAsOrphansAndStay() {
      tree.file("p/hash/app/pyvenv.cfg", "home = /opt/gone/bin\n").file("p/hash/app/bin/python");

      Planned planned =
          Planned.of(tree, CleanupTarget.cache("hatch-environments", tree.root()), host);

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("p/hash/app"))
          .contains("/opt/gone/bin is gone", "'hatch env prune'");
    }

    @Test
    void stayInADirectoryWithANameThatNoToolGives() {
      environment("x/black").file("x/black/pipx_metadata.json");
      environment("x/ruff").file("x/ruff/uv-receipt.toml");
      host = host.withVariables(variables -> Map.of("HATCH_DATA_DIR", "/tree/hatch"));
      environment("hatch/env/virtual/app/h/app");

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().keySet())
          .containsExactly("hatch/env/virtual", "x/black", "x/ruff");
    }
  }

  @Nested
  class Interpreters {
    private static final String OLD = "cpython-3.12.3-linux-x86_64-gnu";

    private final List<CleanupTarget> targets =
        new ArrayList<>(
            List.of(
                CleanupTarget.of("workspace", tree.path("project")),
                CleanupTarget.cache("uv-python", tree.path("uv/python")),
                CleanupTarget.cache("uv-tools", tree.path("uv/tools"))));

    @BeforeEach
    void install() {
      for (String name :
          List.of(
              OLD,
              "cpython-3.12.9-linux-x86_64-gnu",
              "cpython-3.11.7-linux-x86_64-gnu",
              "cpython-3.14.0rc2-linux-x86_64-gnu",
              "cpython-3.14.0-linux-x86_64-gnu",
              "cpython-3.13.0+freethreaded-linux-x86_64-gnu",
              "cpython-3.13.1-linux-x86_64-gnu")) {
        tree.file("uv/python/" + name + "/bin/python3");
      }
      tree.file("uv/python/.lock")
          .file("uv/credentials/credentials.toml")
          .link("uv/python/cpython-3.12-linux-x86_64-gnu", "cpython-3.12.9-linux-x86_64-gnu")
          .file("project/app/pyproject.toml")
          .allModified(daysAgo(40));
      beside("/opt/uv/bin/uv");
      host = uv("/tree/uv/python");
    }

    private HostEnvironment uv(String pythons) {
      return Planned.host(tree)
          .withVariables(
              variables ->
                  Map.of(
                      "PATH", "/opt/uv/bin",
                      "UV_PYTHON_INSTALL_DIR", "/tree/uv/python",
                      "UV_TOOL_DIR", "/tree/uv/tools",
                      "UV_CREDENTIALS_DIR", "/tree/uv/credentials"))
          .withTools(tools(Map.of("uv python dir", pythons + "\n")));
    }

    private CleanupPlan plan() {
      try {
        return Planned.using(host).build().plan(targets);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private List<String> proposed() {
      return plan().items().stream().map(item -> name(item.path())).toList();
    }

    private Map<String, String> refused() {
      Map<String, String> refused = new TreeMap<>();
      plan().refused().forEach(each -> refused.put(name(each.path()), each.reason()));
      return refused;
    }

    private static String name(java.nio.file.Path path) {
      return path.getFileName().toString();
    }

    @Test
    void goThroughUvIfTheyAreOldAndNobodyNeedsThem() {
      assertThat(proposed()).containsExactly(OLD, "cpython-3.14.0rc2-linux-x86_64-gnu");
      assertThat(plan().items().get(0).candidate().action())
          .isEqualTo(
              new RunCommand(
                  tree.path("uv/python/" + OLD), List.of("uv", "python", "uninstall", OLD)));
      assertThat(plan().items().get(0).candidate().cause()).isEqualTo(Cause.SUPERSEDED);
      assertThat(plan().items().get(0).candidate().requires())
          .containsExactly(new Unlocked(tree.path("uv/python/.lock")));
    }

    @Test
    void stayIfAnEnvironmentInARootRefersToThem() {
      tree.file("project/app/.venv/pyvenv.cfg", "home = /tree/uv/python/" + OLD + "/bin\n")
          .file("project/app/.venv/bin/python");

      assertThat(proposed()).doesNotContain(OLD);
      assertThat(refused().get(OLD)).isEqualTo("/tree/project/app/.venv/pyvenv.cfg refers to it");
    }

    @Test
    void stayIfAnEnvironmentRefersToThemByWayOfALink() {
      tree.link("data", "uv/python")
          .file("project/app/.venv/pyvenv.cfg", "home = /tree/data/" + OLD + "/bin\n")
          .file("project/app/.venv/bin/python");

      assertThat(proposed()).doesNotContain(OLD);
    }

    @Test
    void goWhereALinkLeadsToThemToo() {
      tree.link("data", "uv/python");
      host = uv("/tree/data");

      assertThat(proposed()).contains(OLD);
    }

    /** Whatever else speaks against such an environment, somebody may start it. */
    @Test
    void stayIfABrokenEnvironmentRefersToThem() {
      tree.file(
          "project/x/pyvenv.cfg",
          "home = /usr/bin\nbase-executable = /tree/uv/python/" + OLD + "/bin/python3\n");

      assertThat(proposed()).doesNotContain(OLD);
    }

    @Test
    void stayIfAToolOfUvRunsOnThem() {
      tree.file("uv/tools/ruff/pyvenv.cfg", "home = /tree/uv/python/" + OLD + "/bin\n")
          .file("uv/tools/ruff/bin/python");

      assertThat(proposed()).doesNotContain(OLD);
      assertThat(refused().get(OLD)).contains("uv/tools/ruff/pyvenv.cfg");
      assertThat(refused().get("ruff")).contains("'uv tool uninstall ruff'");
    }

    @Test
    void stayIfNobodyLookedForEnvironments() {
      targets.remove(0);

      assertThat(proposed()).isEmpty();
      assertThat(refused().get(OLD)).contains("--root");
    }

    @Test
    void stayIfNobodyLookedAtTheTools() {
      tree.directory("uv/tools");
      targets.remove(2);

      assertThat(proposed()).isEmpty();
      assertThat(refused().get(OLD)).contains("/tree/uv/tools", "--caches");
    }

    @Test
    void stayIfUvIsNotThere() {
      host = host.withVariables(variables -> without(variables, "PATH"));

      assertThat(proposed()).isEmpty();
      assertThat(refused().get(OLD)).contains("not on PATH");
    }

    @Test
    void stayIfUvMeansOthers() {
      host = uv("/elsewhere");

      assertThat(proposed()).isEmpty();
      assertThat(refused().get(OLD)).contains("elsewhere");
    }

    /** Those who name the directory itself have uv in mind, not a policy for workspaces. */
    @Test
    void areNotTakenApartByAnotherPolicy() {
      tree.file("uv/python/" + OLD + "/lib/a.py")
          .file("uv/python/" + OLD + "/lib/__pycache__/a.cpython-312.pyc")
          .file("uv/credentials/a.py")
          .file("uv/credentials/__pycache__/a.cpython-312.pyc");
      targets.set(0, CleanupTarget.of("workspace", tree.path("uv")));
      targets.subList(1, 3).clear();

      assertThat(proposed()).isEmpty();
      assertThat(plan().refused())
          .hasSize(2)
          .allSatisfy(
              refusal -> {
                assertThat(refusal.guard()).isIn("protected", "kept-by-tool");
                assertThat(refusal.reason())
                    .containsPattern("only the (tool that manages|policies)");
              });
    }

    private static Map<String, String> without(Map<String, String> variables, String name) {
      Map<String, String> others = new TreeMap<>(variables);
      others.remove(name);
      return others;
    }
  }

  private static Tools tools(Map<String, String> answers) {
    return (directory, argv) -> Optional.ofNullable(answers.get(String.join(" ", argv)));
  }
}
