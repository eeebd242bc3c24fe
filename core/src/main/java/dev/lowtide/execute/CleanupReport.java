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
 * What applying a plan has done.
 *
 * @param dryRun whether the run changed nothing
 * @param outcomes one for each item of the plan, in its order
 * @param refused what the plan had refused from the start
 * @param space how much more is free on each file system where something was removed, by its own
 *     count; empty in a dry run
 * @param stuck what lies in a quarantine, or could not be put there or removed from it, and needs a
 *     person
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
   * Both runs as one: this one first.
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

  /** What came free in all; in a dry run, what would. */
  public BoundedSize freed() {
    return outcomes.stream().map(Outcome::freed).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /** What came free in all, in bytes and without its bound. */
  public long freedBytes() {
    return freed().bytes();
  }

  /**
   * Says so if the file systems have another amount free than the items add up to, by more than one
   * part in a hundred.
   */
  public Optional<String> differenceOfSpace() {
    long said = freedBytes();
    long measured = space.stream().mapToLong(SpaceChange::bytes).sum();
    long difference = Math.abs(said - measured);
    if (space.isEmpty() || difference <= Math.max(said / 100, SpaceChange.NOISE)) {
      return Optional.empty();
    }
    return Optional.of(
        "The items add up to "
            + freed()
            + ", and "
            + (measured < 0 ? new ByteSize(-measured) + " less" : new ByteSize(measured) + " more")
            + " is free on the disk than before: "
            + (space.stream().allMatch(SpaceChange::settled)
                ? "other programs write there, a removed file is still open, or a snapshot keeps"
                    + " its blocks"
                : "the file system may still be freeing blocks"));
  }

  /** What comes free in addition once undo keeps nothing of this run any more. */
  public BoundedSize keptSize() {
    return kept().stream().map(Kept::size).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /** The same in bytes, without its bound. */
  public long keptBytes() {
    return keptSize().bytes();
  }

  /**
   * What comes free in addition once the trees are removed for good that this run only moved away;
   * empty if there is none.
   */
  public Optional<BoundedSize> freedLater() {
    return outcomes.stream()
        .filter(Removed.class::isInstance)
        .flatMap(outcome -> ((Removed) outcome).freedLater().stream())
        .reduce(BoundedSize::plus);
  }

  /** What was removed and can be restored. */
  public List<Kept> kept() {
    return outcomes.stream()
        .filter(Removed.class::isInstance)
        .flatMap(outcome -> ((Removed) outcome).kept().stream())
        .toList();
  }

  /** The items that should be gone and are not. */
  public List<Failed> failures() {
    return outcomes.stream().filter(Failed.class::isInstance).map(Failed.class::cast).toList();
  }

  /** The items that were left alone. */
  public List<Skipped> skipped() {
    return outcomes.stream().filter(Skipped.class::isInstance).map(Skipped.class::cast).toList();
  }

  /** The items of the plan that are still there, each with the reason. */
  public List<Outcome> staying() {
    return outcomes.stream()
        .filter(
            outcome ->
                outcome instanceof Failed
                    || (outcome instanceof Skipped skipped && !skipped.isGone()))
        .toList();
  }

  /** What the plan had refused because a part of it could not be read. */
  public List<Refusal> unreadable() {
    return refused.stream().filter(refusal -> refusal.guard().equals(UnreadableGuard.ID)).toList();
  }

  /**
   * Whether the run has done what it was to do: nothing failed, nothing is stuck, and not all that
   * was planned, or would have been if it could have been read, is still there. An item that was
   * skipped while others were removed does not count.
   */
  public boolean isDone() {
    boolean didNothing =
        staying().size() == outcomes.size() && !(outcomes.isEmpty() && unreadable().isEmpty());
    return failures().isEmpty() && stuck.isEmpty() && !didNothing;
  }

  /**
   * Returns this report if the run {@linkplain #isDone has done what it was to do}.
   *
   * @throws CleanupException listing what stays and what is stuck
   */
  public CleanupReport orThrow() {
    if (!isDone()) {
      throw CleanupException.failed(this);
    }
    return this;
  }

  /**
   * Says which items of the plan are still there and why, one line each. Where there are many, they
   * are grouped by reason, with some examples of each.
   */
  public List<String> explainStaying() {
    return ReportText.staying(this);
  }

  /**
   * The report as a page for people: what was done with each item, and the sum. Where there are
   * many items, the totals by policy and {@link #explainStaying} instead of each.
   */
  public String explain() {
    return ReportText.page(this);
  }

  /**
   * How much is free on a file system before and after a run, by its own count. Other programs have
   * their part in it.
   *
   * @param place a target on the file system
   * @param beforeBytes what was free before the first item
   * @param afterBytes what was free after the last one
   * @param settled whether the file system is known to have freed all blocks by then. btrfs and XFS
   *     free them later; Lowtide waits for at most ten seconds, and needs the native layer to know
   */
  public record SpaceChange(Path place, long beforeBytes, long afterBytes, boolean settled) {
    /** A running system always writes something: differences up to this are no news. */
    static final long NOISE = 4 << 20;

    /** How much more is free than before; may be negative. */
    public long bytes() {
      return afterBytes - beforeBytes;
    }
  }
}
