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

/** What became of one item of a plan. */
public sealed interface Outcome {

  /** The item. */
  PlanItem item();

  /**
   * What came free: measured right before, and after where a part remained. In a dry run, what
   * would.
   */
  default BoundedSize freed() {
    return BoundedSize.ZERO;
  }

  /** What came free, in bytes and without its bound. */
  default long freedBytes() {
    return freed().bytes();
  }

  /** Why it ended so, as a sentence; empty where there is nothing to say. */
  default String reason() {
    return "";
  }

  /** What a listener hears of it. */
  CleanupListener.Kind kind();

  /**
   * A word for programs: {@code removed}, {@code would-remove}, {@code skipped} or {@code failed}.
   */
  default String word() {
    return kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * It is gone from its place.
   *
   * @param kept where it is instead, if it can be restored; then nothing has come free yet
   * @param freedLater what comes free once it is removed for good, if it was only moved away, see
   *     {@link LowtideBuilder#freeLater}
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
   * What {@link LowtideBuilder#undoFor} keeps of a removed item.
   *
   * @param id by which {@link Trash} knows it
   * @param path where it lies
   * @param until when it may go for good
   * @param size what comes free then
   */
  record Kept(String id, Path path, Instant until, BoundedSize size) {
    /** What comes free then, in bytes and without its bound. */
    public long bytes() {
      return size.bytes();
    }
  }

  /** It would be gone, had this not been a dry run. */
  record WouldRemove(PlanItem item, BoundedSize freed) implements Outcome {
    @Override
    public CleanupListener.Kind kind() {
      return CleanupListener.Kind.WOULD_REMOVE;
    }
  }

  /** It was left alone, since it is not as it was planned or may no longer go. */
  record Skipped(PlanItem item, String reason) implements Outcome {
    private static final String GONE = "it is already gone";

    /** It was not there any more. */
    static Skipped gone(PlanItem item) {
      return new Skipped(item, GONE);
    }

    /** Whether it was left alone only because it was not there any more. */
    public boolean isGone() {
      return reason.equals(GONE);
    }

    @Override
    public CleanupListener.Kind kind() {
      return CleanupListener.Kind.SKIPPED;
    }
  }

  /**
   * It should be gone and is not, or not all of it.
   *
   * @param problems the first of the things that could not be removed
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
