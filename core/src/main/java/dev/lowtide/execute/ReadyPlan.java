package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Volume;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan of everything that may be removed, from which a {@link SpaceGuard} takes one part after
 * another, in the order in which a goal selects items. Not thread-safe.
 */
final class ReadyPlan {
  private final CleanupPlan plan;
  private final Duration planningTime;
  private final long createdNanos = System.nanoTime();
  private final Map<Volume, Deque<PlanItem>> items = new LinkedHashMap<>();
  private boolean hasFreed;

  /**
   * @param volumes the file systems that are watched, by the id of each target on them
   * @param planningTime the time that it took to make the plan
   */
  ReadyPlan(CleanupPlan plan, Map<String, Volume> volumes, Duration planningTime) {
    this.plan = plan;
    this.planningTime = planningTime;
    for (PlanItem item : plan.items()) {
      Volume volume = volumes.get(item.target());
      if (volume != null) {
        items.computeIfAbsent(volume, key -> new ArrayDeque<>()).add(item);
      }
    }
  }

  /** A plan without items, for when no plan could be made. */
  static ReadyPlan empty(Duration planningTime) {
    CleanupPlan none =
        new CleanupPlan(
            CleanupPlan.SCHEMA,
            Instant.EPOCH,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            BoundedSize.ZERO,
            "");
    return new ReadyPlan(none, Map.of(), planningTime);
  }

  Duration planningTime() {
    return planningTime;
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - createdNanos);
  }

  private Deque<PlanItem> itemsOn(Volume volume) {
    return items.computeIfAbsent(volume, key -> new ArrayDeque<>());
  }

  boolean isExhausted(Volume volume) {
    return itemsOn(volume).isEmpty();
  }

  /** Whether a part of the plan has freed something, so that a new plan may find more. */
  boolean hasFreed() {
    return hasFreed;
  }

  void markFreed() {
    hasFreed = true;
  }

  /** Takes items until they free a number of bytes, but at most {@code maxItems}. */
  CleanupPlan take(Volume volume, long bytes, int maxItems) {
    List<PlanItem> taken = new ArrayList<>();
    long sum = 0;
    Deque<PlanItem> remaining = itemsOn(volume);
    while (!remaining.isEmpty() && taken.size() < maxItems && sum < bytes) {
      PlanItem item = split(remaining, bytes - sum);
      taken.add(item);
      sum += item.candidate().estimatedBytes().orElse(item.reclaimable().bytes());
    }
    return plan.withItems(taken);
  }

  /** Takes the first item; if it has pieces, only as many as free a number of bytes. */
  private static PlanItem split(Deque<PlanItem> remaining, long bytes) {
    PlanItem item = remaining.removeFirst();
    List<Candidate> pieces = item.candidate().removableParts();
    int index = 0;
    for (long sum = 0; index < pieces.size() && sum < bytes; index++) {
      sum += pieces.get(index).estimatedBytes().orElse(bytes);
    }
    if (index == pieces.size()) {
      return item;
    }
    remaining.addFirst(withPieces(item, pieces.subList(index, pieces.size())));
    return withPieces(item, pieces.subList(0, index));
  }

  private static PlanItem withPieces(PlanItem item, List<Candidate> pieces) {
    return item.with(item.candidate().withParts(pieces));
  }

  /**
   * Whether all items on a volume together may free a number of bytes; always true if one is a
   * command, since the space that it frees is not known in advance.
   */
  boolean mayFree(Volume volume, long bytes) {
    if (itemsOn(volume).stream().anyMatch(item -> !item.candidate().deletes())) {
      return true;
    }
    // The sum leaves out files that are freed only with the last of several items; the total of the
    // plan includes them
    long sum = itemsOn(volume).stream().mapToLong(item -> item.reclaimable().bytes()).sum();
    return (items.size() == 1 ? Math.max(sum, plan.reclaimable().bytes()) : sum) >= bytes;
  }
}
