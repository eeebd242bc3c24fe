package dev.lowtide.execute;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.Problem;
import dev.lowtide.plan.PlanItem;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The outcome of one item of a plan. */
public sealed interface Outcome {

  /** The item. */
  PlanItem item();

  /**
   * The freed space: the size right before the removal, less the size of what remained after it. In
   * a dry run, the space that would be freed.
   */
  default BoundedSize freed() {
    return BoundedSize.ZERO;
  }

  /** The freed bytes, without the bound. */
  default long freedBytes() {
    return freed().bytes();
  }

  /** The reason for the outcome, as a part of a sentence; empty if there is none. */
  default String reason() {
    return "";
  }

  /** The kind of event that a listener receives. */
  CleanupListener.Kind kind();

  /**
   * The name for programs: {@code removed}, {@code would-remove}, {@code skipped} or {@code
   * failed}.
   */
  default String word() {
    return kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The item was removed from its path.
   *
   * @param kept where it is kept, if it can be restored; then nothing has been freed yet
   * @param freedLater the space that will be freed when it is removed for good, if it was only
   *     moved away, see {@link LowtideBuilder#freeLater}
   */
  record Removed(
      PlanItem item,
      BoundedSize freed,
      String reason,
      Optional<Kept> kept,
      Optional<BoundedSize> freedLater)
      implements Outcome {
    static Removed forGood(PlanItem item, BoundedSize freed, String reason) {
      return new Removed(item, freed, reason, Optional.empty(), Optional.empty());
    }

    static Removed movedAway(PlanItem item, BoundedSize freedLater) {
      return new Removed(item, BoundedSize.ZERO, "", Optional.empty(), Optional.of(freedLater));
    }

    static Removed kept(PlanItem item, Kept kept) {
      String reason = "kept until " + kept.until() + " in " + kept.path();
      return new Removed(item, BoundedSize.ZERO, reason, Optional.of(kept), Optional.empty());
    }

    @Override
    public CleanupListener.Kind kind() {
      return CleanupListener.Kind.REMOVED;
    }
  }

  /**
   * A removed item that is kept because of {@link LowtideBuilder#undoFor}.
   *
   * @param id its id in the {@link Trash}
   * @param path where it is kept
   * @param until when it may be removed for good
   * @param size the space that is freed then
   */
  record Kept(String id, Path path, Instant until, BoundedSize size) {}

  /** The item would have been removed, but this was a dry run. */
  record WouldRemove(PlanItem item, BoundedSize freed) implements Outcome {
    @Override
    public CleanupListener.Kind kind() {
      return CleanupListener.Kind.WOULD_REMOVE;
    }
  }

  /** The item was skipped, since it has changed since the plan or may no longer be removed. */
  record Skipped(PlanItem item, String reason) implements Outcome {
    private static final String GONE = "it is already gone";

    /** An outcome for an item that no longer exists. */
    static Skipped gone(PlanItem item) {
      return new Skipped(item, GONE);
    }

    /** Whether the item was skipped only because it no longer exists. */
    public boolean isGone() {
      return reason.equals(GONE);
    }

    @Override
    public CleanupListener.Kind kind() {
      return CleanupListener.Kind.SKIPPED;
    }
  }

  /**
   * The item could not be removed, or only in part.
   *
   * @param problems details of the first entries that could not be removed
   */
  record Failed(PlanItem item, BoundedSize freed, String reason, List<Problem> problems)
      implements Outcome {
    public Failed {
      problems = ImmutableList.copyOf(problems);
    }

    @Override
    public CleanupListener.Kind kind() {
      return CleanupListener.Kind.FAILED;
    }
  }
}
