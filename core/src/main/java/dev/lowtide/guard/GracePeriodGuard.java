package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Keeps what changed within the grace period. */
final class GracePeriodGuard implements Guard {
  private final GuardRules rules;
  private final List<CleanupTarget> targets;

  GracePeriodGuard(GuardRules rules, Collection<CleanupTarget> targets) {
    this.rules = rules;
    this.targets = List.copyOf(targets);
  }

  @Override
  public String id() {
    return "grace-period";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    Duration grace = rules.gracePeriod().orElseGet(() -> gracePeriod(target, candidate.path()));
    if (grace.isZero() || isCleanedByItsTool(target, candidate)) {
      return Optional.empty();
    }
    Instant now = rules.clock().instant();
    Instant newest =
        candidate.isDatedByModification() ? subtree.newestModified() : subtree.newestChange();
    return newest.isAfter(now.minus(grace))
        ? Optional.of(
            "something in it changed at "
                + newest
                + (newest.isAfter(now) ? ", which lies in the future and so" : ",")
                + " within the grace period of "
                + Durations.format(grace)
                + "; wait, or set a shorter one")
        : Optional.empty();
  }

  /**
   * The longest grace period of a target and of the targets in it that contain a path: what is in a
   * cache in a workspace has that of a cache.
   */
  private Duration gracePeriod(CleanupTarget target, Path path) {
    return targets.stream()
        .filter(each -> each.root().startsWith(target.root()) && path.startsWith(each.root()))
        .map(each -> each.kind().gracePeriod())
        .max(Comparator.naturalOrder())
        .filter(longest -> longest.compareTo(target.kind().gracePeriod()) > 0)
        .orElse(target.kind().gracePeriod());
  }

  /**
   * Whether a tool cleans its own directory, in which it knows what is in use. This does not apply
   * to a tool that is told to remove a certain object: it removes that even if it is in use.
   */
  static boolean isCleanedByItsTool(CleanupTarget target, Candidate candidate) {
    return candidate.action() instanceof RunCommand
        && (target.kind() == CleanupTarget.Kind.STORE || candidate.path().equals(target.root()));
  }
}
