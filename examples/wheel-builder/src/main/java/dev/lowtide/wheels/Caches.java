package dev.lowtide.wheels;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The caches and the home directory that the builds use.
 *
 * @param mode whose they are, and what is done to them
 * @param users the user's own, where the tools look for them
 * @param variables tell the tools which caches to use
 * @param home a home directory of the run, if the builds get one, and the user's
 */
record Caches(
    Mode mode,
    List<CleanupTarget> users,
    Map<String, String> variables,
    Optional<PrivateHome> home) {
  private static final String CACHE = ".cache";

  /**
   * A home directory that shows what is in the user's, and in which a build can make directories
   * that the user does not get.
   */
  record PrivateHome(Path directory, Path users) {
    /** Makes it, with a link to each entry of the user's except the caches. */
    void make() throws IOException {
      Files.createDirectories(directory.resolve(CACHE));
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(users)) {
        for (Path entry : entries) {
          if (!entry.endsWith(CACHE)) {
            Files.createSymbolicLink(directory.resolve(entry.getFileName()), entry);
          }
        }
      }
    }
  }

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
   * @param cibuildwheel whether cibuildwheel builds, so that its cache counts; it needs the user's
   *     home directory for the container engine
   */
  static Caches of(Mode mode, boolean cibuildwheel, HostEnvironment host, Path runDirectory) {
    Set<String> ids = new HashSet<>(Set.of("uv-cache", "pip-cache"));
    if (cibuildwheel) {
      ids.add("cibuildwheel-cache");
    }
    Map<String, String> variables = new HashMap<>();
    Optional<PrivateHome> home = Optional.empty();
    if (mode == Mode.PRIVATE) {
      Path own = runDirectory.resolve("caches");
      variables.put("UV_CACHE_DIR", own.resolve("uv").toString());
      variables.put("PIP_CACHE_DIR", own.resolve("pip").toString());
      variables.put("CIBW_CACHE_PATH", own.resolve("cibuildwheel").toString());
      boolean mayLink = host.operatingSystem() != HostEnvironment.OperatingSystem.WINDOWS;
      if (mayLink && !cibuildwheel && Files.isDirectory(host.home())) {
        Path directory = runDirectory.resolve("home");
        home = Optional.of(new PrivateHome(directory, host.home()));
        variables.put("HOME", directory.toString());
        variables.put("XDG_CACHE_HOME", directory.resolve(CACHE).toString());
      }
    }
    return new Caches(
        mode,
        Sweeper.PYTHON.discover(host).stream().filter(each -> ids.contains(each.id())).toList(),
        Map.copyOf(variables),
        home);
  }
}
