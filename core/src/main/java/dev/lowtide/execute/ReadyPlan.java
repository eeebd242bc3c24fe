package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Volume;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * All that may go, of which a {@link SpaceGuard} takes part after part, in the order in which a
 * goal takes it. For one thread.
 */
final class ReadyPlan {
  private final CleanupPlan plan;
  private final Duration took;
  private final long madeAt = System.nanoTime();
  private final Map<Volume, Queue<PlanItem>> items = new LinkedHashMap<>();
  private boolean freedSomething;

  /**
   * @param volumes the file systems that are watched, by the id of each target on them
   * @param took how long it took to make the plan
   */
  ReadyPlan(CleanupPlan plan, Map<String, Volume> volumes, Duration took) {
    this.plan = plan;
    this.took = took;
    for (PlanItem item : plan.items()) {
      Volume volume = volumes.get(item.target());
      if (volume != null) {
        items.computeIfAbsent(volume, key -> new ArrayDeque<>()).add(item);
      }
    }
  }

  /** Where no plan could be made. */
  static ReadyPlan empty(Duration took) {
    CleanupPlan none =
        new CleanupPlan(
            CleanupPlan.SCHEMA,
            Instant.EPOCH,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            BoundedSize.ZERO);
    return new ReadyPlan(none, Map.of(), took);
  }

  Duration took() {
    return took;
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - madeAt);
  }

  private Queue<PlanItem> on(Volume volume) {
    return items.computeIfAbsent(volume, key -> new ArrayDeque<>());
  }

  boolean isExhausted(Volume volume) {
    return on(volume).isEmpty();
  }

  /** Whether a part of it has freed something, so that another plan may find more. */
  boolean hasFreedSomething() {
    return freedSomething;
  }

  void freedSomething() {
    freedSomething = true;
  }

  /** Takes what brings so many bytes, but no more than so many items. */
  CleanupPlan take(Volume volume, long bytes, int most) {
    List<PlanItem> taken = new ArrayList<>();
    long sum = 0;
    Queue<PlanItem> left = on(volume);
    while (!left.isEmpty() && taken.size() < most && sum < bytes) {
      PlanItem item = left.remove();
      taken.add(item);
      sum += item.reclaimable().bytes();
    }
    return plan.withItems(taken);
  }

  /** Whether all of it may bring so much. What a command brings is not known before. */
  boolean mayBring(Volume volume, long bytes) {
    if (on(volume).stream().anyMatch(item -> !item.candidate().deletes())) {
      return true;
    }
    // Several items share what comes free when the last of them goes; the plan has counted that
    long sum = on(volume).stream().mapToLong(item -> item.reclaimable().bytes()).sum();
    return (items.size() == 1 ? Math.max(sum, plan.reclaimable().bytes()) : sum) >= bytes;
  }
}
