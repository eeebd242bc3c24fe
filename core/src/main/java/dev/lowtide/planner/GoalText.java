package dev.lowtide.planner;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.guard.QuarantineGuard;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Says how far a {@link SpaceGoal} is from being met, for people. It decides nothing: {@link
 * GoalSelection} selects what is removed.
 */
public final class GoalText {
  private GoalText() {}

  /**
   * What is free on each file system, what the goal is, and whether the plan meets it; and the same
   * for the size of all targets together.
   */
  static List<String> explain(SpaceGoal goal, GoalSelection selection) {
    List<String> lines = new ArrayList<>();
    selection
        .missing()
        .forEach(
            (volume, missingAfter) -> {
              long missingNow = goal.missingBytes(volume);
              if (missingNow != Long.MIN_VALUE) {
                lines.add(
                    volume.free()
                        + " are free on "
                        + volume
                        + ", the goal is "
                        + new ByteSize(volume.free().bytes() + missingNow)
                        + verdict(missingNow, missingAfter.bytes(), "without removing anything"));
              }
              long missingInodesNow = goal.missingInodes(volume);
              if (missingInodesNow != Long.MIN_VALUE) {
                lines.add(
                    volume.inodes().get().free()
                        + " inodes are free on "
                        + volume
                        + ", the goal is "
                        + (volume.inodes().get().free() + missingInodesNow)
                        + (missingAfter.inodes() <= 0
                            ? ""
                            : ": " + missingAfter.inodes() + " will be missing"));
              }
            });
    goal.maxTotal()
        .ifPresent(
            limit ->
                lines.add(
                    "the targets hold "
                        + new ByteSize(selection.total())
                        + ", the goal is at most "
                        + limit
                        + verdict(
                            selection.total() - limit.bytes(), selection.overTotal(), "already")));
    return lines;
  }

  /**
   * How far the goal is from being met now: one line for each file system that is short of space,
   * and one for the total.
   */
  public static List<String> shortfalls(
      SpaceGoal goal, Collection<CleanupTarget> targets, SizeProbe probe) throws IOException {
    List<String> lines = new ArrayList<>();
    if (goal.isNone()) {
      return lines;
    }
    Map<Path, Long> sizes = new LinkedHashMap<>();
    Set<Volume> volumes = new LinkedHashSet<>();
    for (CleanupTarget target : targets) {
      if (target.kind() != CleanupTarget.Kind.STORE) {
        volumes.add(Volume.of(target.root()));
        boolean isMeasured =
            goal.maxTotal().isPresent() && Files.exists(target.root(), LinkOption.NOFOLLOW_LINKS);
        sizes.put(target.root(), isMeasured ? bytes(probe.capture(target.root())) : 0L);
      }
    }
    volumes.forEach(volume -> addShortfalls(goal, volume, lines));
    goal.maxTotal()
        .ifPresent(
            limit -> {
              long total = total(sizes);
              long over = total - limit.bytes();
              if (over > 0) {
                lines.add(
                    "the targets hold "
                        + new ByteSize(total)
                        + ", "
                        + new ByteSize(over)
                        + " more than the goal");
              }
            });
    return lines;
  }

  private static void addShortfalls(SpaceGoal goal, Volume volume, List<String> lines) {
    long bytes = goal.missingBytes(volume);
    if (bytes > 0) {
      lines.add(
          volume.free()
              + " are free on "
              + volume
              + ", "
              + new ByteSize(bytes)
              + " less than the goal");
    }
    if (goal.countsInodes() && volume.inodes().isEmpty()) {
      lines.add(
          "the number of free inodes on "
              + volume
              + " is not known: it can be read only on Linux with JDK 22 or newer");
    }
    long inodes = goal.missingInodes(volume);
    if (inodes > 0) {
      lines.add(
          volume.inodes().get().free()
              + " inodes are free on "
              + volume
              + ", "
              + inodes
              + " less than the goal");
    }
  }

  /**
   * Whether a goal is met.
   *
   * @param metHow says how, if it is met now
   */
  private static String verdict(long missingNow, long missingAfter, String metHow) {
    if (missingNow <= 0) {
      return ": met " + metHow;
    }
    return missingAfter <= 0
        ? ": this plan meets it"
        : ": " + new ByteSize(missingAfter) + " will be missing";
  }

  /**
   * The size of all directories together; one that is inside another counts only as part of that.
   */
  static long total(Map<Path, Long> sizes) {
    long total = 0;
    for (Map.Entry<Path, Long> each : sizes.entrySet()) {
      Path root = each.getKey();
      boolean isInside =
          sizes.keySet().stream().anyMatch(other -> !other.equals(root) && root.startsWith(other));
      total += isInside ? 0 : each.getValue();
    }
    return total;
  }

  /** The size of a directory, without what is kept in it for an undo. */
  static long bytes(Snapshot snapshot) {
    long quarantined =
        snapshot
            .entries()
            .filter(QuarantineGuard::isQuarantine)
            .mapToLong(quarantine -> quarantine.usage().allocatedBytes())
            .sum();
    return snapshot.usage().allocatedBytes() - quarantined;
  }
}
