package dev.lowtide.examples.wheels;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which caches the builds use.
 *
 * @param mode whose they are and what becomes of them
 * @param uv the user's uv cache, where uv looks for it: {@code UV_CACHE_DIR}, else {@code uv} in
 *     the user's cache directory
 * @param pip the user's pip cache: {@code PIP_CACHE_DIR}, else {@code pip} there
 * @param variables what tells the tools to use others
 */
record Caches(Mode mode, Path uv, Path pip, Map<String, String> variables) {

  /** What an option may say. */
  enum Mode {
    /** Caches of the run, gone with it; the user's are not touched. */
    PRIVATE(ByteSize.ZERO),
    /** The user's, left as the builds leave them, which fills them. */
    USER(ByteSize.mebibytes(50)),
    /** The user's, cleaned after each wheel; what a clean cache keeps of itself is tolerated. */
    CLEAN(ByteSize.mebibytes(50));

    private final ByteSize tolerance;

    Mode(ByteSize tolerance) {
      this.tolerance = tolerance;
    }

    /** By how much the user's caches may grow in a run. */
    ByteSize tolerance() {
      return tolerance;
    }

    static Mode parse(String text) {
      for (Mode mode : values()) {
        if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
          return mode;
        }
      }
      throw new UsageException("--caches is private, user or clean, not '" + text + "'");
    }
  }

  static Caches of(Mode mode, HostEnvironment host, Path runDirectory) {
    Path home =
        host.operatingSystem() == HostEnvironment.OperatingSystem.MACOS
            ? host.home().resolve(".cache")
            : host.cacheHome();
    Path own = runDirectory.resolve("caches");
    return new Caches(
        mode,
        host.directory("UV_CACHE_DIR").orElse(home.resolve("uv")),
        host.directory("PIP_CACHE_DIR").orElse(host.cacheHome().resolve("pip")),
        mode == Mode.PRIVATE
            ? Map.of(
                "UV_CACHE_DIR", own.resolve("uv").toString(),
                "PIP_CACHE_DIR", own.resolve("pip").toString())
            : Map.of());
  }

  /** Those that are there. */
  List<CleanupTarget> targets() {
    return List.of(CleanupTarget.cache("uv-cache", uv), CleanupTarget.cache("pip-cache", pip))
        .stream()
        .filter(target -> Files.isDirectory(target.root()))
        .toList();
  }
}
