package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.policies.python.environments.CondaEnvironments;
import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policies.python.environments.VirtualEnvironments;
import dev.lowtide.policies.python.sources.EggInfo;
import dev.lowtide.policies.python.temporary.BuildTemp;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Directories in a build tree with wheels that a build then copies elsewhere. A wheel is the result
 * of a build, so it is removed only if a copy with the same content is kept elsewhere.
 *
 * <p>The name proves nothing: people keep sets of wheels for machines without network. So only
 * directories directly in a proven build tree are removed.
 */
public final class WheelDirectories {
  private static final RebuildCost COST = RebuildCost.TRIVIAL;

  public static final Policy POLICY =
      Policy.inWorkspaces(
          "python.wheel-temp",
          "wheel directories in which every wheel has a copy elsewhere",
          COST,
          WheelDirectories::propose);

  private static final String WHEEL_SUFFIX = ".whl";

  private WheelDirectories() {}

  /** Whether an entry is a directory with such a name. */
  static boolean isWheelDirectory(Entry entry) {
    return entry.isDirectory() && entry.name().startsWith("wheels-");
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    Map<String, List<Entry>> wheels = new HashMap<>();
    SourceTree.entries(snapshot, WheelDirectories::mayBeRemovedLater)
        .filter(entry -> entry.isFile() && entry.name().endsWith(WHEEL_SUFFIX))
        .forEach(
            wheel -> wheels.computeIfAbsent(wheel.name(), name -> new ArrayList<>()).add(wheel));
    SourceTree.entries(snapshot)
        .filter(WheelDirectories::isWheelDirectory)
        .forEach(directory -> candidates.add(judge(directory, wheels, context)));
    return candidates;
  }

  /**
   * Whether a tool or a later run may remove a directory, so that a copy in it does not count. The
   * planner takes care of what this plan removes.
   */
  private static boolean mayBeRemovedLater(Entry directory) {
    return isWheelDirectory(directory)
        || directory.nameStartsWith(".") // .tox, .nox, .git, and quarantines
        || BuildTrees.hasBuildTreeName(directory)
        || BuildTemp.isOwned(directory)
        || EggInfo.isEggInfo(directory)
        || VirtualEnvironments.isVirtualEnvironment(directory)
        || CondaEnvironments.isCondaEnvironment(directory);
  }

  private static Candidate judge(
      Entry directory, Map<String, List<Entry>> wheels, PolicyContext context) {
    Candidate candidate =
        Candidate.delete(
            directory, Cause.SUPERSEDED, COST, "each wheel in it has a copy that is kept");
    for (Entry entry : (Iterable<Entry>) directory.entries()::iterator) {
      if (entry.isDirectory()) {
        continue;
      } else if (!entry.isFile() || !entry.name().endsWith(WHEEL_SUFFIX)) {
        return candidate.withheld(entry.path() + " in it is not a wheel");
      }
      Optional<Entry> copy =
          wheels.getOrDefault(entry.name(), List.of()).stream()
              .filter(entry::hasSameContentAs)
              .findFirst();
      if (copy.isEmpty()) {
        return candidate.withheld("there is no other copy of " + entry.path());
      }
      candidate = candidate.requiring(new SameContent(entry.path(), copy.get().path()));
    }
    if (directory
        .parent()
        .filter(build -> BuildTrees.isBuildTree(build, context.host()))
        .isEmpty()) {
      return candidate.withheld(
          "nothing shows that a build made it; if it is not needed, remove it by hand");
    }
    return candidate.requires().isEmpty()
        ? candidate.withCause(Cause.ORPHANED, "an empty wheel directory")
        : candidate;
  }
}
