package dev.lowtide.verify;

import static dev.lowtide.verify.DiskLocation.Expectation.BOUNDED;
import static dev.lowtide.verify.DiskLocation.Expectation.UNCHANGED;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskLocation.Tolerance;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class StandardLocationTest {
  private static HostEnvironment linux(Map<String, String> variables) {
    return HostEnvironment.of(OperatingSystem.LINUX, TestTree.unix(), variables, "/home/u", "/tmp");
  }

  private static Map<String, String> roots(HostEnvironment host) {
    return Arrays.stream(StandardLocation.values())
        .collect(Collectors.toMap(StandardLocation::id, each -> each.root(host).toString()));
  }

  @Test
  void isWhereTheToolsHaveItOnLinux() {
    assertThat(roots(linux(Map.of())))
        .isEqualTo(
            Map.of(
                "workspace", "/tree",
                "uv-cache", "/home/u/.cache/uv",
                "pip-cache", "/home/u/.cache/pip",
                "uv-data", "/home/u/.local/share/uv",
                "cargo-home", "/home/u/.cargo",
                "target", "/tree/target",
                "sccache", "/home/u/.cache/sccache",
                "temp", "/tmp"));
  }

  @Test
  void isWhereTheVariablesSay() {
    Map<String, String> variables =
        Map.of(
            "UV_CACHE_DIR", "/c/uv",
            "PIP_CACHE_DIR", "/c/pip",
            "XDG_DATA_HOME", "/data",
            "CARGO_HOME", "/c/cargo",
            "CARGO_TARGET_DIR", "out",
            "SCCACHE_DIR", "/c/sccache",
            "TMPDIR", "/scratch");

    assertThat(roots(linux(variables)))
        .containsEntry("uv-cache", "/c/uv")
        .containsEntry("pip-cache", "/c/pip")
        .containsEntry("uv-data", "/data/uv")
        .containsEntry("cargo-home", "/c/cargo")
        .containsEntry("target", "/tree/out")
        .containsEntry("sccache", "/c/sccache")
        .containsEntry("temp", "/scratch");
  }

  @Test
  void isWhereTheToolsHaveItOnMacOsAndWindows() {
    HostEnvironment mac =
        HostEnvironment.of(
            OperatingSystem.MACOS,
            Jimfs.newFileSystem(Configuration.osX()),
            Map.of(),
            "/Users/u",
            "/t");
    HostEnvironment windows =
        HostEnvironment.of(
            OperatingSystem.WINDOWS,
            Jimfs.newFileSystem(Configuration.windows()),
            Map.of(),
            "C:\\Users\\u",
            "C:\\t");

    assertThat(roots(mac)).containsEntry("sccache", "/Users/u/Library/Caches/Mozilla.sccache");
    assertThat(roots(windows))
        .containsEntry("sccache", "C:\\Users\\u\\AppData\\Local\\Mozilla\\sccache");
  }

  @Test
  void allowsOnlyTheTemporaryDirectoryToGrow() {
    HostEnvironment host = linux(Map.of());

    assertThat(StandardLocation.values())
        .filteredOn(each -> !each.on(host).tolerance().equals(Tolerance.NONE))
        .containsExactly(StandardLocation.TEMP);
  }

  @Test
  void saysByTheNameWhatIsExpected() {
    assertThat(StandardLocation.expectationOf("pip-cache")).isEqualTo(BOUNDED);
    assertThat(StandardLocation.expectationOf("uv-data")).isEqualTo(UNCHANGED);
    assertThat(StandardLocation.expectationOf("anything")).isEqualTo(UNCHANGED);
  }
}
