package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonPoliciesTest {
  private final PythonPolicies python = new PythonPolicies();

  @Test
  void isFoundAsAProvider() {
    assertThat(Lowtide.installedProviders()).hasExactlyElementsOfTypes(PythonPolicies.class);
  }

  @Test
  void hasPoliciesWithStableIds() {
    assertThat(PythonPolicies.all())
        .extracting(Policy::id)
        .containsExactly(
            "python.venv",
            "python.tox",
            "python.nox",
            "python.conda-env",
            "python.bytecode",
            "python.egg-info",
            "python.cmake-build",
            "python.in-place",
            "python.tool-cache",
            "python.interrupted-uninstall",
            "python.wheel-temp",
            "python.build-backup",
            "python.pip-cache.http",
            "python.pip-cache.wheels",
            "python.pre-commit-cache",
            "python.poetry-cache",
            "python.cibuildwheel-cache",
            "python.conda-pkgs",
            "python.uv-python",
            "python.tool-env",
            "python.build-temp",
            "python.dead-build",
            "python.pytest-temp",
            "python.uv-cache");
  }

  @ParameterizedTest
  @CsvSource({"python, true", "python.pip-cache, true", "python.venv, true", "rust, false"})
  void isOnlyAskedWhereToLookIfSomethingOfItIsSelected(String name, boolean selected) {
    assertThat(new PolicyProvider.Selection(Set.of(name), Map.of()).selectsFrom(python))
        .isEqualTo(selected);
    assertThat(PolicyProvider.Selection.ALL.selectsFrom(python)).isTrue();
  }

  @Test
  void namesASettingThatItDoesNotKnow() {
    assertThatThrownBy(() -> python.policies(Map.of("venv.names", ".venv")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("venv.names");
  }

  @Test
  void mayRunNothingButTheToolsThatKnowTheirPlaces() {
    assertThat(python.tools()).containsExactlyInAnyOrder("conda", "pip", "pipx", "poetry", "uv");
  }

  @Test
  void filesAreOnlyAddedAndRemovedInTheArchivesOfUv() {
    HostEnvironment host = linux(Map.of("UV_CACHE_DIR", "/u"));

    assertThat(python.contentAddressed(host)).containsExactly(host.path("/u/archive-v0"));
  }

  @Test
  void protectsWhatUvCannotMakeAgain() {
    HostEnvironment host =
        linux(Map.of("UV_PYTHON_INSTALL_DIR", "/pythons", "XDG_DATA_HOME", "/data"));

    assertThat(python.protectedPaths(host))
        .containsExactlyInAnyOrder(
            host.path("/data/uv"),
            host.path("/pythons"),
            host.path("/data/uv/tools"),
            host.path("/data/uv/credentials"));
  }

  private static HostEnvironment linux(Map<String, String> variables) {
    return HostEnvironment.of(
        OperatingSystem.LINUX,
        Jimfs.newFileSystem(Configuration.unix()),
        variables,
        "/home/me",
        "/tmp");
  }
}
