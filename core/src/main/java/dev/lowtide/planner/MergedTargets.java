package dev.lowtide.planner;

import dev.lowtide.CleanupTarget;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Merges targets of a plan that have the same directory. */
final class MergedTargets {
  private MergedTargets() {}

  /**
   * Merges two targets with the same directory into one, which has the patterns of both and the
   * kind that is treated more carefully: a cache that the user names may still be in use.
   */
  static List<CleanupTarget> of(List<CleanupTarget> targets) {
    Map<Path, CleanupTarget> byRoot = new LinkedHashMap<>();
    for (CleanupTarget target : targets) {
      byRoot.merge(
          target.root(),
          target,
          (first, second) -> {
            CleanupTarget careful = first.kind().compareTo(second.kind()) < 0 ? second : first;
            return new CleanupTarget(first.id(), careful.kind(), first.root(), first.keep())
                .keeping(second.keep().toArray(String[]::new));
          });
    }
    return List.copyOf(byRoot.values());
  }
}
