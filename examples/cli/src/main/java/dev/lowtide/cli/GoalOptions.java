package dev.lowtide.cli;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.plan.SpaceGoal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options for a space goal over everything that is selected. */
final class GoalOptions {
  private final boolean floor;
  private @Nullable String untilFree;
  private @Nullable String untilFreeInodes;
  private @Nullable ByteSize maxTotal;
  private List<String> reserved = new ArrayList<>();

  /**
   * @param floor whether the options set a floor of free space to maintain, instead of a goal to
   *     reach once
   */
  GoalOptions(boolean floor) {
    this.floor = floor;
  }

  /** Adds the options to a command. */
  void addTo(Options options) {
    if (floor) {
      options.text(
          "--min-free=SIZE|PERCENT",
          value -> untilFree = value,
          "Keep at least this much free, for example 20GB or 15%%.");
    } else {
      addGoals(options);
    }
    options.list(
        "--reserve=ID=SIZE",
        String.class,
        value -> reserved = value,
        "Leave this much in a target whatever the goal, for example pip-cache=2GB;"
            + " repeatable.");
  }

  private void addGoals(Options options) {
    options.text(
        "--until-free=SIZE|PERCENT",
        value -> untilFree = value,
        "Remove items until this much is free, for example 20GB or 15%%: those that are"
            + " cheapest to rebuild first, and of these the least recently used.");
    options.text(
        "--until-free-inodes=N|PERCENT",
        value -> untilFreeInodes = value,
        "Remove items in the same order until this many inodes are free, for example 500000"
            + " or 10%%.");
    options.value(
        "--max-total=SIZE",
        ByteSize.class,
        value -> maxTotal = value,
        "Remove items in the same order until all targets together are at most this" + " large.");
  }

  /** Whether free space or free inodes are a goal. */
  boolean askForFreeSpace() {
    return untilFree != null || untilFreeInodes != null;
  }

  /**
   * The goal of the options, and of the policy file where an option is missing.
   *
   * @throws UsageException if an option is wrong
   */
  SpaceGoal over(SpaceGoal file) {
    SpaceGoal goal = file;
    try {
      goal = untilFree == null ? goal : goal.untilFree(untilFree);
      goal = untilFreeInodes == null ? goal : goal.untilFreeInodes(untilFreeInodes);
      goal = maxTotal == null ? goal : goal.maxTotal(maxTotal);
      for (String each : reserved) {
        int equals = each.indexOf('=');
        if (equals < 1) {
          throw new UsageException(
              "'" + Printable.of(each) + "' names no target; write for example pip-cache=2GB");
        }
        goal = goal.reserve(each.substring(0, equals), ByteSize.parse(each.substring(equals + 1)));
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    if (!reserved.isEmpty() && goal.isNone() && !floor) {
      throw new UsageException(
          "--reserve limits a goal, and there is none; add --until-free or --max-total");
    }
    return goal;
  }
}
