package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Policy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
            "python.bytecode",
            "python.egg-info",
            "python.cmake-build",
            "python.wheel-temp",
            "python.build-backup",
            "python.pip-cache",
            "python.uv-cache",
            "python.build-temp");
  }

  @Test
  void namesASettingThatItDoesNotKnow() {
    assertThatThrownBy(() -> python.policies(Map.of("venv.names", ".venv")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("venv.names");
  }

  @Test
  void mayRunNothingButUv() {
    assertThat(python.commands()).containsExactly("uv");
  }

  @Test
  void knowsThePlacesOfLinux() {
    assertThat(places(linux(Map.of())))
        .containsExactly(
            "pip-cache CACHE /home/me/.cache/pip",
            "uv-cache CACHE /home/me/.cache/uv",
            "temp TEMPORARY /tmp");
  }

  @Test
  void heedsTheXdgSpecification() {
    assertThat(places(linux(Map.of("XDG_CACHE_HOME", "/fast/cache"))))
        .contains("pip-cache CACHE /fast/cache/pip", "uv-cache CACHE /fast/cache/uv");
  }

  @Test
  void prefersTheVariablesOfTheTools() {
    Map<String, String> variables =
        Map.of("PIP_CACHE_DIR", "/p", "UV_CACHE_DIR", "/u", "TMPDIR", "/t", "XDG_CACHE_HOME", "/x");

    assertThat(places(linux(variables)))
        .containsExactly("pip-cache CACHE /p", "uv-cache CACHE /u", "temp TEMPORARY /t");
  }

  @Test
  void passesOverVariablesThatAreRelativePaths() {
    assertThat(places(linux(Map.of("PIP_CACHE_DIR", "cache", "UV_CACHE_DIR", "cache"))))
        .contains("pip-cache CACHE /home/me/.cache/pip", "uv-cache CACHE /home/me/.cache/uv");
  }

  @Test
  void knowsThePlacesOfMacOs() {
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.MACOS,
            Jimfs.newFileSystem(Configuration.osX()),
            Map.of("TMPDIR", "/var/folders/x/T/"),
            "/Users/me",
            "/tmp");

    assertThat(places(host))
        .containsExactly(
            "pip-cache CACHE /Users/me/Library/Caches/pip",
            "uv-cache CACHE /Users/me/.cache/uv",
            "uv-cache-legacy CACHE /Users/me/Library/Caches/uv",
            "temp TEMPORARY /var/folders/x/T");
    assertThat(python.protectedPaths(host))
        .contains(host.path("/Users/me/.local/share/uv/credentials"));
  }

  @Test
  void knowsThePlacesOfWindows() {
    HostEnvironment host = windows(Map.of());

    assertThat(places(host))
        .containsExactly(
            "pip-cache CACHE C:\\Users\\me\\AppData\\Local\\pip\\Cache",
            "uv-cache CACHE C:\\Users\\me\\AppData\\Local\\uv\\cache",
            "temp TEMPORARY C:\\Temp");
    assertThat(python.protectedPaths(host))
        .contains(host.path("C:\\Users\\me\\AppData\\Roaming\\uv\\data\\credentials"));
  }

  @Test
  void heedsTheVariablesOfWindows() {
    HostEnvironment host = windows(Map.of("LOCALAPPDATA", "C:\\L", "APPDATA", "C:\\R"));

    assertThat(places(host))
        .contains("pip-cache CACHE C:\\L\\pip\\Cache", "uv-cache CACHE C:\\L\\uv\\cache");
    assertThat(python.protectedPaths(host)).contains(host.path("C:\\R\\uv\\data"));
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

  private List<String> places(HostEnvironment host) {
    return python.discover(host).stream().map(PythonPoliciesTest::describe).toList();
  }

  private static String describe(CleanupTarget target) {
    return target.id() + " " + target.kind() + " " + target.root();
  }

  private static HostEnvironment linux(Map<String, String> variables) {
    return HostEnvironment.of(
        OperatingSystem.LINUX,
        Jimfs.newFileSystem(Configuration.unix()),
        variables,
        "/home/me",
        "/tmp");
  }

  private static HostEnvironment windows(Map<String, String> variables) {
    return HostEnvironment.of(
        OperatingSystem.WINDOWS,
        Jimfs.newFileSystem(Configuration.windows()),
        variables,
        "C:\\Users\\me",
        "C:\\Temp");
  }
}
