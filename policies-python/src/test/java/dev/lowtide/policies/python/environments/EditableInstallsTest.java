package dev.lowtide.policies.python.environments;

import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.fixtures.BuildTreeFixture;
import dev.lowtide.policies.python.fixtures.MadeEnvironment;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What environments import from a project stays, wherever on the machine they are. */
class EditableInstallsTest {
  private static final String RECORD = "{\"dir_info\": {\"editable\": true}, \"url\": \"%s\"}";

  private final TestTree tree = TestTree.inMemory();
  private HostEnvironment host =
      Planned.host(tree)
          .withVariables(
              variables ->
                  Map.of(
                      "WORKON_HOME", "/srv/environments",
                      "POETRY_VIRTUALENVS_PATH", "/srv/poetry",
                      "CONDA_ENVS_PATH", "/srv/a:/srv/conda",
                      "PYENV_ROOT", "/srv/pyenv",
                      "VIRTUAL_ENV", "/srv/active"));

  @BeforeEach
  void makeAProject() {
    BuildTreeFixture.eggInfo(tree, "app", "app.egg-info").file("app/requirements.txt");
    write("/usr/bin/python3", "");
  }

  private void write(String path, String text) {
    try {
      Path file = host.path(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Planned plan() {
    return Planned.of(tree, CleanupTarget.of("workspace", tree.root()), host);
  }

  @Test
  void nothingStaysWithoutThem() {
    assertThat(plan().proposed()).containsExactly("app/app.egg-info");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/srv/environments/app/lib/python3.12/site-packages",
        "/srv/poetry/app-x1-py3.12/lib/python3.12/site-packages",
        "/srv/conda/app/lib/python3.12/site-packages",
        "/srv/pyenv/versions/3.12.1/lib/python3.12/site-packages",
        "/srv/pyenv/versions/3.12.1/envs/app/lib/python3.12/site-packages",
        "/srv/active/lib/pypy3.11/site-packages",
        "/home/user/.virtualenvs/app/lib/python3.12/site-packages",
        "/home/user/.local/share/virtualenvs/app-x1/lib64/python3.12/site-packages",
        "/home/user/.cache/pypoetry/virtualenvs/app-x1/lib/python3.12/site-packages",
        "/home/user/.local/share/uv/tools/app/lib/python3.12/site-packages",
        "/home/user/.local/share/pipx/venvs/app/lib/python3.12/site-packages",
        "/home/user/.local/share/hatch/env/virtual/app/x1/app/lib/python3.12/site-packages",
        "/home/user/.local/lib/python3.12/site-packages",
        "/home/user/miniforge3/envs/app/lib/python3.12/site-packages",
        "/usr/local/lib/python3.12/dist-packages",
        "/usr/lib/python3/dist-packages",
      })
  void areSeenOutsideTheRoots(String site) {
    String record = site + "/app-1.dist-info/direct_url.json";
    write(record, String.format(RECORD, "file:///tree/app"));

    assertThat(plan().refused())
        .containsEntry("app/app.egg-info", "the project is installed from here by " + record);
  }

  @Test
  void areSeenWhereCondaWroteDownThatAnEnvironmentIs() {
    write("/home/user/.conda/environments.txt", "/data/x\n/data/env\n");
    write("/data/env/lib/python3.12/site-packages/app.egg-link", "/tree/app\n.");

    assertThat(plan().proposed()).isEmpty();
  }

  /** A root may be only a part of the project. */
  @Test
  void areSeenInTheEnvironmentBesideTheRoot() {
    BuildTreeFixture.eggInfo(tree, "app", "src/app.egg-info")
        .file("app/.venv/lib/python3.12/site-packages/app.pth", "/tree/app/src\n");

    assertThat(
            Planned.of(tree, CleanupTarget.of("workspace", tree.path("app/src")), host).proposed())
        .isEmpty();
  }

  @Test
  void areSeenInAnotherRoot() throws IOException {
    tree.file("env/lib/python3.12/site-packages/app.pth", "/tree/app\n");

    assertThat(
            Planned.using(host)
                .build()
                .plan(
                    CleanupTarget.of("a", tree.path("app")),
                    CleanupTarget.of("b", tree.path("env")))
                .items())
        .isEmpty();
  }

  /** As setuptools writes for packages that are not all of a directory. */
  @Test
  void areSeenInTheModuleThatFindsWhatIsImported() {
    write(
        "/srv/active/lib/python3.12/site-packages/__editable___app_1_finder.py",
        "MAPPING: dict[str, str] = {'app': '/tree/app/app'}\n");
    tree.file("app/build/temp.linux-x86_64-cpython-312/a.o").file("app/build/lib/x.so");
    write(
        "/srv/active/lib/python3.12/site-packages/_app_editable_loader.py",
        "install('app', {'app'}, \"/tree/app/build\", [])\n");

    assertThat(plan().refused()).containsKey("app/build");
  }

  @Test
  void areSeenByWayOfALink() {
    tree.link("current", "app");
    write("/srv/active/lib/python3.12/site-packages/app.egg-link", "/tree/current\n.");

    assertThat(plan().proposed()).isEmpty();
  }

  private TestTree environmentInTheRoot() {
    tree.file("app/.venv" + MadeEnvironment.SITE + "app.pth", "/tree/app\n")
        .link("app/.venv/lib64", "lib");
    return MadeEnvironment.install(
        MadeEnvironment.bare(tree, "app/.venv"), "app/.venv", "app", "app.pth");
  }

  @Test
  void letTheProjectGoOnceTheirEnvironmentIsGone() {
    environmentInTheRoot();

    assertThat(plan().proposed()).containsExactly("app/.venv", "app/app.egg-info");
    plan().apply();
    assertThat(tree.names()).containsExactly("app", "app/requirements.txt", "app/setup.py");
  }

  @Test
  void keepTheProjectWithTheirEnvironment() {
    environmentInTheRoot().allModified(daysAgo(40));
    tree.file("app/.venv/new", "x", daysAgo(1)); // young, so the environment stays

    Planned planned =
        Planned.of(
            tree,
            CleanupTarget.of("workspace", tree.root()),
            Planned.using(host).olderThan(Duration.ofDays(30)).build());

    assertThat(planned.proposed()).isEmpty();
  }

  @Test
  void keepTheProjectIfTheirEnvironmentIsKept() {
    environmentInTheRoot();

    Planned planned =
        Planned.of(
            tree,
            CleanupTarget.of("workspace", tree.root()),
            Planned.using(host).keep("app/.venv").build());

    assertThat(planned.proposed()).isEmpty();
    assertThat(planned.refused().get("app/app.egg-info"))
        .isEqualTo("/tree/app/.venv must be removed first and is kept");
  }

  @Test
  void ofASecondEnvironmentThatStaysKeepTheProject() {
    environmentInTheRoot();
    write("/srv/active/lib/python3.12/site-packages/app.egg-link", "/tree/app\n.");

    assertThat(plan().proposed()).containsExactly("app/.venv");
  }
}
