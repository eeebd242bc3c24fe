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

/** Looks at the free space of the file systems of a plan before and after it is carried out. */
final class FreeSpace {
  private final Map<Volume, Path> before;

  private FreeSpace(Map<Volume, Path> before) {
    this.before = before;
  }

  /** Looks at nothing. */
  static FreeSpace unwatched() {
    return new FreeSpace(Map.of());
  }

  /** Looks at the file systems of the targets now. */
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
        // a file system that does not tell what is free
      }
    }
    return new FreeSpace(before);
  }

  /** Looks again; nothing where nothing came free. */
  List<SpaceChange> changes(List<Outcome> outcomes) {
    List<SpaceChange> changes = new ArrayList<>();
    if (outcomes.stream().noneMatch(outcome -> outcome.freedBytes() > 0)) {
      return changes;
    }
    before.forEach(
        (volume, place) -> {
          try {
            boolean settled = Settling.settle(place);
            long after = Volume.of(place).free().bytes();
            changes.add(new SpaceChange(place, volume.free().bytes(), after, settled));
          } catch (IOException e) {
            // as above
          }
        });
    return changes;
  }
}
