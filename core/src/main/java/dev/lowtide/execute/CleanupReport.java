package dev.lowtide.execute;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.Problem;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Kept;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.guard.UnreadableGuard;
import dev.lowtide.plan.CleanupPlan.Refusal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The report of applying a plan.
 *
 * @param dryRun whether the run changed nothing
 * @param outcomes one outcome for each item of the plan, in the order of the plan
 * @param refused the refusals of the plan
 * @param space the change in free space on each file system where something was removed, as the
 *     file system reports it; empty in a dry run
 * @param stuck what is in a quarantine, or could not be moved there or removed from it, and needs a
 *     person to act
 */
public record CleanupReport(
    boolean dryRun,
    List<Outcome> outcomes,
    List<Refusal> refused,
    List<SpaceChange> space,
    List<Problem> stuck) {
  public CleanupReport {
    outcomes = ImmutableList.copyOf(outcomes);
    refused = ImmutableList.copyOf(refused);
    space = ImmutableList.copyOf(space);
    stuck = ImmutableList.copyOf(stuck);
  }

  /**
   * Combines the reports of two runs: this one first.
   *
   * @param next a later run over the same targets
   */
  public CleanupReport followedBy(CleanupReport next) {
    List<Outcome> all = new ArrayList<>(outcomes);
    all.addAll(next.outcomes);
    Map<Path, SpaceChange> changes = new LinkedHashMap<>();
    space.forEach(change -> changes.put(change.place(), change));
    next.space.forEach(
        change ->
            changes.merge(
                change.place(),
                change,
                (first, last) ->
                    new SpaceChange(
                        first.place(), first.beforeBytes(), last.afterBytes(), last.settled())));
    return new CleanupReport(dryRun, all, next.refused, List.copyOf(changes.values()), next.stuck);
  }

  /** The space that was freed in total; in a dry run, the space that would be freed. */
  public BoundedSize freed() {
    return outcomes.stream().map(Outcome::freed).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /** The bytes that were freed in total, without the bound. */
  public long freedBytes() {
    return freed().bytes();
  }

  /**
   * A sentence if the change in free space differs from the sum of the items by more than one
   * percent; empty if not.
   */
  public Optional<String> differenceOfSpace() {
    long reportedBytes = freedBytes();
    long measuredBytes = space.stream().mapToLong(SpaceChange::bytes).sum();
    long difference = Math.abs(reportedBytes - measuredBytes);
    if (space.isEmpty() || difference <= Math.max(reportedBytes / 100, SpaceChange.IGNORED_BYTES)) {
      return Optional.empty();
    }
    return Optional.of(
        "The items add up to "
            + freed()
            + ", but the free space on the disk "
            + (measuredBytes < 0
                ? "shrank by " + new ByteSize(-measuredBytes)
                : "grew by " + new ByteSize(measuredBytes))
            + ": "
            + (space.stream().allMatch(SpaceChange::settled)
                ? "other programs write there, a removed file is still open, or a snapshot keeps"
                    + " its blocks"
                : "the file system may still be freeing blocks"));
  }

  /**
   * The additional space that will be freed when the items that this run keeps for an undo are
   * removed for good.
   */
  public BoundedSize keptSize() {
    return kept().stream().map(Kept::size).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /**
   * The additional space that will be freed when the trees that this run only moved away are
   * removed for good; empty if there are none.
   */
  public Optional<BoundedSize> freedLater() {
    return outcomes.stream()
        .filter(Removed.class::isInstance)
        .flatMap(outcome -> ((Removed) outcome).freedLater().stream())
        .reduce(BoundedSize::plus);
  }

  /** What was removed and can still be restored. */
  public List<Kept> kept() {
    return outcomes.stream()
        .filter(Removed.class::isInstance)
        .flatMap(outcome -> ((Removed) outcome).kept().stream())
        .toList();
  }

  /** The items whose removal failed. */
  public List<Failed> failures() {
    return outcomes.stream().filter(Failed.class::isInstance).map(Failed.class::cast).toList();
  }

  /** The items that were skipped. */
  public List<Skipped> skipped() {
    return outcomes.stream().filter(Skipped.class::isInstance).map(Skipped.class::cast).toList();
  }

  /** The items of the plan that still exist, each with the reason. */
  public List<Outcome> remaining() {
    return outcomes.stream()
        .filter(
            outcome ->
                outcome instanceof Failed
                    || (outcome instanceof Skipped skipped && !skipped.isGone()))
        .toList();
  }

  /** What the plan refused because a part of it could not be read. */
  public List<Refusal> unreadable() {
    return refused.stream().filter(refusal -> refusal.guard().equals(UnreadableGuard.ID)).toList();
  }

  /**
   * Whether the run succeeded: nothing failed, nothing is stuck, and at least something of what was
   * planned, or was refused only because it could not be read, has been removed. An item that was
   * skipped while others were removed does not matter. A plan without items succeeds if nothing was
   * unreadable.
   */
  public boolean isDone() {
    boolean didNothing =
        remaining().size() == outcomes.size() && !(outcomes.isEmpty() && unreadable().isEmpty());
    return failures().isEmpty() && stuck.isEmpty() && !didNothing;
  }

  /**
   * Returns this report if the run {@linkplain #isDone succeeded}.
   *
   * @throws CleanupException if not; it lists what still exists and what is stuck
   */
  public CleanupReport orThrow() {
    if (!isDone()) {
      throw CleanupException.failed(this);
    }
    return this;
  }

  /**
   * The items of the plan that still exist, with the reasons, one line each. Many items are grouped
   * by reason, with some examples of each.
   */
  public List<String> explainRemaining() {
    return ReportText.remaining(this);
  }

  /** The report as one JSON document, which {@code docs/schema/cleanup.json} describes. */
  public String toJson() {
    return ReportWriter.write(this);
  }

  /**
   * The report as a text for people: what was done with each item, and the total. For many items,
   * it shows the totals by policy and {@link #explainRemaining} instead of each item.
   */
  public String explain() {
    return ReportText.page(this);
  }

  /**
   * The free space of a file system before and after a run, as the file system reports it. It
   * includes changes by other programs.
   *
   * @param place a target on the file system
   * @param beforeBytes the free bytes before the first item
   * @param afterBytes the free bytes after the last item
   * @param settled whether the file system is known to have freed all blocks by then. btrfs and XFS
   *     free blocks later; Lowtide waits for at most ten seconds, and can only know with the native
   *     layer
   */
  public record SpaceChange(Path place, long beforeBytes, long afterBytes, boolean settled) {
    /** Differences up to this are ignored, since a running system always writes something. */
    static final long IGNORED_BYTES = 4 << 20;

    /** The increase in free bytes; may be negative. */
    public long bytes() {
      return afterBytes - beforeBytes;
    }
  }
}
