package dev.lowtide.execute;

import com.google.common.collect.ImmutableList;
import dev.lowtide.Problem;
import dev.lowtide.plan.PlanItem;
import java.util.List;

/** What became of one item of a plan. */
public sealed interface Outcome {

  /** The item. */
  PlanItem item();

  /**
   * What came free, in bytes: measured right before, and after where a part remained. In a dry run,
   * what would.
   */
  default long freedBytes() {
    return 0;
  }

  /** Why it ended so, as a sentence; empty where there is nothing to say. */
  default String reason() {
    return "";
  }

  /**
   * A word for programs: {@code removed}, {@code would-remove}, {@code skipped} or {@code failed}.
   */
  String word();

  /** It is gone. */
  record Removed(PlanItem item, long freedBytes, String reason) implements Outcome {
    @Override
    public String word() {
      return "removed";
    }
  }

  /** It would be gone, had this not been a dry run. */
  record WouldRemove(PlanItem item, long freedBytes) implements Outcome {
    @Override
    public String word() {
      return "would-remove";
    }
  }

  /** It was left alone, since it is not as it was planned or may no longer go. */
  record Skipped(PlanItem item, String reason) implements Outcome {
    @Override
    public String word() {
      return "skipped";
    }
  }

  /**
   * It should be gone and is not, or not all of it.
   *
   * @param problems the first of the things that could not be removed
   */
  record Failed(PlanItem item, long freedBytes, String reason, List<Problem> problems)
      implements Outcome {
    public Failed {
      problems = ImmutableList.copyOf(problems);
    }

    @Override
    public String word() {
      return "failed";
    }
  }
}
