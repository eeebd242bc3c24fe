package dev.lowtide.planner;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Globs;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds keep patterns that match nothing: a misspelt pattern protects nothing. */
final class UnmatchedPatterns {
  private UnmatchedPatterns() {}

  /** One sentence for each pattern that matches nothing in any of its targets. */
  static List<String> notes(Map<CleanupTarget, Snapshot> snapshots) {
    Map<String, List<Snapshot>> snapshotsByPattern = new LinkedHashMap<>();
    snapshots.forEach(
        (target, snapshot) ->
            target
                .keep()
                .forEach(
                    glob ->
                        snapshotsByPattern
                            .computeIfAbsent(glob, g -> new ArrayList<>())
                            .add(snapshot)));
    return snapshotsByPattern.entrySet().stream()
        .filter(
            each -> each.getValue().stream().noneMatch(place -> matchesAny(place, each.getKey())))
        .map(each -> "the pattern '" + each.getKey() + "' in keep matches nothing")
        .toList();
  }

  private static boolean matchesAny(Snapshot place, String glob) {
    Globs globs = Globs.of(place.rootPath().getFileSystem(), List.of(glob));
    return place.entries().skip(1).map(Entry::relativePath).anyMatch(globs::matches);
  }
}
