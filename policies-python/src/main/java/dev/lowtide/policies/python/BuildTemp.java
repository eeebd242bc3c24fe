package dev.lowtide.policies.python;

import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Ownership;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * Directories that Lowtide made for one build, its TMPDIR among them, and marked as its own. In a
 * temporary directory that others share nothing else is ever named: a name such as {@code
 * tmpXXXXXXXX} tells neither whose it is nor whether it is in use.
 */
final class BuildTemp {
  static final RebuildCost COST = RebuildCost.TRIVIAL;

  private BuildTemp() {}

  /** Whether a directory bears the mark. */
  static boolean isOne(Entry directory) {
    return directory.isDirectory() && Marker.OWNED.isIn(directory);
  }

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    Ownership self = Ownership.current();
    // What lies in a marked directory shares its fate
    return SourceTree.entries(snapshot, BuildTemp::isOne)
        .filter(BuildTemp::isOne)
        .map(directory -> judge(directory, self))
        .toList();
  }

  private static Candidate judge(Entry directory, Ownership self) {
    Candidate candidate =
        Candidate.delete(
                directory,
                Cause.ORPHANED,
                COST,
                "Lowtide made it for a build, and the process that did is gone")
            .withMarker(Marker.OWNED);
    Optional<Ownership> owner = Ownership.of(directory);
    if (owner.isEmpty()) {
      return candidate.withheld(
          "its " + Marker.OWNED.fileName() + " does not say which process made it");
    } else if (owner.get().equals(self)) {
      return candidate.because(Cause.REGENERABLE, "Lowtide made it for a build of this run");
    } else if (!owner.get().processes().equals(self.processes())) {
      return candidate.withheld(
          "process "
              + owner.get().pid()
              + " of another container made it, and may still be at work in it");
    }
    return owner.get().isGone()
        ? candidate
        : candidate.withheld("process " + owner.get().pid() + " is still at work in it");
  }
}
