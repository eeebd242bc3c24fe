package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Directories into which builds put wheels before they are copied to where they belong. A wheel is
 * the outcome of a build, so it goes only where the same bytes stay elsewhere.
 */
final class WheelDirectories {
  static final RebuildCost COST = RebuildCost.TRIVIAL;

  private static final String WHEEL = ".whl";

  private WheelDirectories() {}

  /** Whether a directory is called as those are. */
  static boolean isOne(Entry entry) {
    return entry.isDirectory() && entry.name().startsWith("wheels-");
  }

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Entry> found = new ArrayList<>();
    List<Candidate> candidates = new ArrayList<>();
    Map<String, List<Entry>> wheels = new HashMap<>();
    SourceTree.entries(snapshot, WheelDirectories::mayGoAsAWhole)
        .filter(entry -> entry.isFile() && entry.name().endsWith(WHEEL))
        .forEach(
            wheel -> wheels.computeIfAbsent(wheel.name(), name -> new ArrayList<>()).add(wheel));
    SourceTree.entries(snapshot)
        .filter(Entry::isDirectory)
        .forEach(
            directory -> {
              if (isOne(directory)) {
                found.add(directory);
              } else if (directory.name().equals("dist")) {
                keepFinished(directory).ifPresent(candidates::add);
              }
            });
    found.forEach(directory -> candidates.add(judge(directory, wheels)));
    return candidates;
  }

  /** Whether a policy may propose a directory, so that a copy in it could go at the same time. */
  private static boolean mayGoAsAWhole(Entry directory) {
    return isOne(directory)
        || BuildTrees.isNamedLikeOne(directory)
        || BuildTemp.isOne(directory)
        || EggInfo.isOne(directory)
        || VirtualEnvironments.isOne(directory)
        || directory.name().equals(".git");
  }

  private static Candidate judge(Entry directory, Map<String, List<Entry>> wheels) {
    Candidate candidate =
        Candidate.delete(
            directory, Cause.SUPERSEDED, COST, "each wheel in it has a copy that stays");
    return directory
        .entries()
        .filter(entry -> !entry.isDirectory())
        .flatMap(entry -> objection(entry, wheels).stream())
        .findFirst()
        .map(candidate::withheld)
        .orElse(
            directory.entries().allMatch(Entry::isDirectory)
                ? candidate.because(Cause.ORPHANED, "a directory for wheels without any")
                : candidate);
  }

  private static Optional<String> objection(Entry entry, Map<String, List<Entry>> wheels) {
    if (!entry.isFile() || !entry.name().endsWith(WHEEL)) {
      return Optional.of(entry.path() + " in it is no wheel");
    }
    return wheels.getOrDefault(entry.name(), List.of()).stream().anyMatch(entry::hasSameContentAs)
        ? Optional.empty()
        : Optional.of("there is no other copy of " + entry.path());
  }

  private static Optional<Candidate> keepFinished(Entry dist) {
    return dist.children().stream()
        .filter(Entry::isFile)
        .filter(file -> file.name().endsWith(WHEEL) || file.name().endsWith(".tar.gz"))
        .findFirst()
        .map(
            file ->
                Candidate.delete(dist, Cause.REGENERABLE, RebuildCost.EXPENSIVE, "finished wheels")
                    .withheld("finished wheels are never removed"));
  }
}
