package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.verify.StandardLocation;
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
  static final String PIP_CACHE = StandardLocation.PIP_CACHE.id();
  static final String UV_CACHE = StandardLocation.UV_CACHE.id();

  /** Where older versions of uv kept the cache on macOS, and newer ones do if it is there. */
  static final String UV_LEGACY_CACHE = "uv-cache-legacy";

  static final String TEMP = StandardLocation.TEMP.id();

  private Places() {}

  /** What all builds of a user share. */
  static List<CleanupTarget> shared(HostEnvironment host) {
    List<CleanupTarget> targets = new ArrayList<>();
    targets.add(CleanupTarget.cache(PIP_CACHE, StandardLocation.PIP_CACHE.root(host)));
    targets.add(CleanupTarget.cache(UV_CACHE, StandardLocation.UV_CACHE.root(host)));
    if (host.operatingSystem() == OperatingSystem.MACOS
        && host.directory("UV_CACHE_DIR").isEmpty()) {
      targets.add(CleanupTarget.cache(UV_LEGACY_CACHE, host.cacheHome().resolve("uv")));
    }
    targets.add(CleanupTarget.temporary(TEMP, host.temporaryDirectory()));
    return List.copyOf(targets);
  }

  /** Where uv unpacks wheels, once for each: the bucket of that version, in uv 0.5 to 0.8. */
  static Path uvArchives(HostEnvironment host) {
    return StandardLocation.UV_CACHE.root(host).resolve("archive-v0");
  }

  /**
   * Where uv keeps what cannot be made again, or not without the user: interpreters on which
   * environments depend, installed tools, credentials.
   */
  static Set<Path> uvData(HostEnvironment host) {
    Path data = StandardLocation.UV_DATA.root(host);
    Set<Path> paths = new LinkedHashSet<>();
    paths.add(data);
    paths.add(host.directory("UV_PYTHON_INSTALL_DIR").orElse(data.resolve("python")));
    paths.add(host.directory("UV_TOOL_DIR").orElse(data.resolve("tools")));
    paths.add(host.directory("UV_CREDENTIALS_DIR").orElse(data.resolve("credentials")));
    return paths;
  }
}
