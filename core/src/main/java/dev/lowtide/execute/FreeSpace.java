package dev.lowtide.execute;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport.SpaceChange;
import dev.lowtide.fs.Settling;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the free space of the file systems of a plan before and after the plan is carried out.
 */
final class FreeSpace {
  private final Map<Volume, Path> before;

  private FreeSpace(Map<Volume, Path> before) {
    this.before = before;
  }

  /** Covers no file system, and measures nothing. */
  static FreeSpace none() {
    return new FreeSpace(Map.of());
  }

  /** Measures the free space of the targets' file systems now. */
  static FreeSpace of(CleanupPlan plan) {
    Map<Volume, Path> before = new LinkedHashMap<>();
    for (CleanupTarget target : plan.targets()) {
      if (target.kind() == CleanupTarget.Kind.STORE
          || !target.root().getFileSystem().equals(FileSystems.getDefault())) {
        continue;
      }
      try {
        before.putIfAbsent(Volume.of(target.root()), target.root());
      } catch (IOException e) {
        // the file system does not report its free space
      }
    }
    return new FreeSpace(before);
  }

  /** Measures again; returns no changes if nothing was freed. */
  List<SpaceChange> changes(List<Outcome> outcomes) {
    List<SpaceChange> changes = new ArrayList<>();
    if (outcomes.stream().noneMatch(outcome -> outcome.freedBytes() > 0)) {
      return changes;
    }
    before.forEach(
        (volume, directory) -> {
          try {
            boolean settled = Settling.settle(directory);
            long after = Volume.of(directory).free().bytes();
            changes.add(new SpaceChange(directory, volume.free().bytes(), after, settled));
          } catch (IOException e) {
            // the file system does not report its free space
          }
        });
    return changes;
  }
}
