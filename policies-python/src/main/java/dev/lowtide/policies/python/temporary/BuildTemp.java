package dev.lowtide.policies.python.temporary;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.shared.Ownership;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Directories that Lowtide made for one build and marked as its own, such as the build's TMPDIR.
 * {@link DeadBuilds} finds the directories of other tools.
 */
public final class BuildTemp {
  private static final RebuildCost COST = RebuildCost.TRIVIAL;

  public static final Policy POLICY =
      Policy.of(
          "python.build-temp",
          "temporary directories of builds that Lowtide ran",
          COST,
          target ->
              target.kind() == CleanupTarget.Kind.WORKSPACE
                  || target.kind() == CleanupTarget.Kind.TEMPORARY,
          BuildTemp::propose,
          BuildTemp::explain);

  /** Longer than a build or a test run usually leaves its temporary directory unchanged. */
  static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private BuildTemp() {}

  /** Whether a directory has Lowtide's mark. */
  public static boolean isOwned(Entry directory) {
    return directory.isDirectory() && Marker.OWNED.isIn(directory);
  }

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Ownership self = Ownership.current();
    // The content of a marked directory is removed or kept with it
    return SourceTree.entries(snapshot, BuildTemp::isOwned)
        .filter(BuildTemp::isOwned)
        .map(directory -> judge(directory, self, context))
        .toList();
  }

  /** Explains everything in a directory that Lowtide marked for a build, and nothing else. */
  private static Explanation explain(Entry subtree, HostEnvironment host) {
    return Ownership.of(subtree).isPresent()
        ? Explanation.complete()
        : Explanation.unexplained(
            subtree, "has no " + Marker.OWNED.fileName() + " that was written for it");
  }

  private static Candidate judge(Entry directory, Ownership self, PolicyContext context) {
    Candidate candidate =
        Candidate.delete(
                directory,
                Cause.ORPHANED,
                COST,
                "Lowtide made it for a build, and the process that made it is gone")
            .withMarker(Marker.OWNED);
    Optional<Ownership> owner = Ownership.of(directory);
    if (owner.isEmpty()) {
      return candidate.withheld(
          "its "
              + Marker.OWNED.fileName()
              + " does not say which process made it, or was written for another directory");
    } else if (owner.get().equals(self)) {
      return candidate.withCause(Cause.REGENERABLE, "Lowtide made it for a build of this run");
    } else if (!owner.get().processes().equals(self.processes())) {
      return judgeOfAnotherContainer(candidate, owner.get(), context);
    }
    return owner.get().isGone()
        ? candidate
        : candidate.withheld("process " + owner.get().pid() + " is still running in it");
  }

  /** A process of another container cannot be seen, and a removed container never cleans up. */
  private static Candidate judgeOfAnotherContainer(
      Candidate candidate, Ownership owner, PolicyContext context) {
    String creator = "process " + owner.pid() + " of another container made it";
    return candidate.lastUsed().isBefore(context.now().minus(ABANDONED_AFTER))
        ? candidate.withCause(Cause.ORPHANED, creator + ", and nothing in it changed for a day")
        : candidate.withheld(creator + ", and may still use it");
  }
}
