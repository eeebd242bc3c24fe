package dev.lowtide.policies.python.caches;

import dev.lowtide.probe.Entry;
import java.util.Optional;

/** Recognises the caches of Python's tools by their content, wherever they are. */
public final class CacheOwner {
  private CacheOwner() {}

  public static Optional<String> managingTool(Entry directory) {
    if (!directory.holdsDirectories()) {
      return Optional.empty(); // all caches below contain directories
    } else if (UvCache.isUvCache(directory)) {
      return Optional.of("uv");
    } else if (PipCache.HTTP.isUsedIn(directory) || PipCache.WHEELS.isUsedIn(directory)) {
      return Optional.of("pip");
    } else if (PoetryCache.LAYOUT.isUsedIn(directory)) {
      return Optional.of("Poetry");
    } else if (PreCommitCache.isPreCommitCache(directory)) {
      return Optional.of("pre-commit");
    } else if (CondaPackages.isPackageCache(directory)) {
      return Optional.of("conda");
    }
    return Optional.empty();
  }
}
