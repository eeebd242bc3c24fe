package dev.lowtide.policies.rust.builds;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The temporary directories in which {@code cargo install} builds, and which it leaves if the build
 * fails or is killed.
 *
 * <p>They are target directories without cargo's signature. Cargo writes everything in them itself,
 * so that they are dated by modification.
 */
final class FailedInstalls {
  private static final RebuildCost COST = RebuildCost.COMPUTE;

  static final Policy POLICY =
      Policy.of(
          "rust.cargo-install",
          "temporary directories of cargo install that failed or was killed",
          COST,
          target -> target.kind() == CleanupTarget.Kind.TEMPORARY,
          FailedInstalls::propose,
          CargoAccount.WITH_PROGRAMS);

  /** What the crate tempfile appends, in {@code ops/cargo_install.rs} of cargo up to 1.97. */
  private static final Pattern NAME = Pattern.compile("cargo-install[0-9A-Za-z]{6}");

  /** No build leaves its directory unchanged for longer. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  private FailedInstalls() {}

  private static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    return snapshot.root().children().stream()
        .filter(entry -> entry.isDirectory() && NAME.matcher(entry.name()).matches())
        .map(directory -> judge(directory, context))
        .toList();
  }

  private static Candidate judge(Entry directory, PolicyContext context) {
    Instant touched = directory.newestModified();
    Candidate candidate =
        Candidate.delete(
                directory,
                Cause.ORPHANED,
                COST,
                "cargo install built in it and failed, and nothing in it changed for a day")
            .datedByModification(touched);
    Optional<TargetDirectory> target = TargetDirectory.untagged(directory);
    if (target.isEmpty()) {
      return candidate.withheld("nothing shows that cargo built in it");
    }
    return touched.isAfter(context.now().minus(ABANDONED))
        ? candidate.withheld(
            "something in it changed less than a day ago, and a build may still use it")
        : target.get().locked(candidate);
  }
}
