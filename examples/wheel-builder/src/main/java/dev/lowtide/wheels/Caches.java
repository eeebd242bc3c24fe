package dev.lowtide.wheels;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The caches that the builds use.
 *
 * @param mode whose they are, and what is done to them
 * @param users the user's own, where the tools look for them
 * @param variables tell the tools which caches to use
 */
record Caches(Mode mode, List<CleanupTarget> users, Map<String, String> variables) {
  /** The values of the option. */
  enum Mode {
    /** Caches of the run, removed with it. The user's are not touched. */
    PRIVATE(0),
    /** The user's, as the builds leave them; they grow. */
    USER(50),
    /** The user's, cleaned after each wheel. What a cleaned cache still contains is tolerated. */
    CLEAN(50);

    private final long tolerableMebibytes;

    Mode(long tolerableMebibytes) {
      this.tolerableMebibytes = tolerableMebibytes;
    }

    /** By how much the user's caches may grow in a run. */
    ByteSize tolerance() {
      return ByteSize.mebibytes(tolerableMebibytes);
    }
  }

  /**
   * @param cibuildwheel whether cibuildwheel builds, so that its cache counts
   */
  static Caches of(Mode mode, boolean cibuildwheel, HostEnvironment host, Path runDirectory) {
    Set<String> ids = new HashSet<>(Set.of("uv-cache", "pip-cache"));
    if (cibuildwheel) {
      ids.add("cibuildwheel-cache");
    }
    Path own = runDirectory.resolve("caches");
    return new Caches(
        mode,
        Sweeper.PYTHON.discover(host).stream().filter(each -> ids.contains(each.id())).toList(),
        mode == Mode.PRIVATE
            ? Map.of(
                "UV_CACHE_DIR", own.resolve("uv").toString(),
                "PIP_CACHE_DIR", own.resolve("pip").toString(),
                "CIBW_CACHE_PATH", own.resolve("cibuildwheel").toString())
            : Map.of());
  }
}
