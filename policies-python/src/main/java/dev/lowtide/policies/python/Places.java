package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where pip and uv keep things.
 *
 * <p>From "Caching" and the configuration of {@code cache-dir} in the documentation of pip 23 to
 * 26, and from "Storage" in that of uv 0.8.
 */
final class Places {
  static final String PIP_CACHE = "pip-cache";
  static final String UV_CACHE = "uv-cache";

  /** Where older versions of uv kept the cache on macOS, and newer ones do if it is there. */
  static final String UV_LEGACY_CACHE = "uv-cache-legacy";

  static final String TEMP = "temp";

  private Places() {}

  /** What all builds of a user share. */
  static List<CleanupTarget> shared(HostEnvironment host) {
    List<CleanupTarget> targets = new ArrayList<>();
    targets.add(CleanupTarget.cache(PIP_CACHE, pipCache(host)));
    targets.add(CleanupTarget.cache(UV_CACHE, uvCache(host)));
    if (host.operatingSystem() == OperatingSystem.MACOS
        && host.directory("UV_CACHE_DIR").isEmpty()) {
      targets.add(CleanupTarget.cache(UV_LEGACY_CACHE, host.cacheHome().resolve("uv")));
    }
    targets.add(CleanupTarget.temporary(TEMP, host.temporaryDirectory()));
    return List.copyOf(targets);
  }

  private static Path pipCache(HostEnvironment host) {
    Path pip = host.cacheHome().resolve("pip");
    return host.directory("PIP_CACHE_DIR")
        .orElse(host.operatingSystem() == OperatingSystem.WINDOWS ? pip.resolve("Cache") : pip);
  }

  /** Unlike most programs, uv follows the XDG specification on macOS too. */
  private static Path uvCache(HostEnvironment host) {
    Path uv =
        host.operatingSystem() == OperatingSystem.WINDOWS
            ? host.cacheHome().resolve("uv").resolve("cache")
            : host.directory("XDG_CACHE_HOME").orElse(host.home().resolve(".cache")).resolve("uv");
    return host.directory("UV_CACHE_DIR").orElse(uv);
  }

  /**
   * Where uv keeps what cannot be made again, or not without the user: interpreters on which
   * environments depend, installed tools, credentials.
   */
  static Set<Path> uvData(HostEnvironment host) {
    Path data =
        host.operatingSystem() == OperatingSystem.WINDOWS
            ? host.directory("APPDATA")
                .orElse(host.home().resolve("AppData").resolve("Roaming"))
                .resolve("uv")
                .resolve("data")
            : host.directory("XDG_DATA_HOME")
                .orElse(host.home().resolve(".local").resolve("share"))
                .resolve("uv");
    Set<Path> paths = new LinkedHashSet<>();
    paths.add(data);
    paths.add(host.directory("UV_PYTHON_INSTALL_DIR").orElse(data.resolve("python")));
    paths.add(host.directory("UV_TOOL_DIR").orElse(data.resolve("tools")));
    paths.add(host.directory("UV_CREDENTIALS_DIR").orElse(data.resolve("credentials")));
    return paths;
  }
}
