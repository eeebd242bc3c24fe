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
 * All that may go, of which a {@link SpaceGuard} takes part after part, in the order in which a
 * goal takes it. For one thread.
 */
final class ReadyPlan {
  private final CleanupPlan plan;
  private final Duration took;
  private final long madeAt = System.nanoTime();
  private final Map<Volume, Deque<PlanItem>> items = new LinkedHashMap<>();
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
            List.of(),
            BoundedSize.ZERO,
            "");
    return new ReadyPlan(none, Map.of(), took);
  }

  Duration took() {
    return took;
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - madeAt);
  }

  private Deque<PlanItem> on(Volume volume) {
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
    Deque<PlanItem> left = on(volume);
    while (!left.isEmpty() && taken.size() < most && sum < bytes) {
      PlanItem item = split(left, bytes - sum);
      taken.add(item);
      sum += item.candidate().estimatedBytes().orElse(item.reclaimable().bytes());
    }
    return plan.withItems(taken);
  }

  /** Takes the first item, and of one that has parts as many as bring so much. */
  private static PlanItem split(Deque<PlanItem> left, long bytes) {
    PlanItem item = left.removeFirst();
    List<Candidate> pieces = item.candidate().pieces();
    int some = 0;
    for (long sum = 0; some < pieces.size() && sum < bytes; some++) {
      sum += pieces.get(some).estimatedBytes().orElse(bytes);
    }
    if (some == pieces.size()) {
      return item;
    }
    left.addFirst(only(item, pieces.subList(some, pieces.size())));
    return only(item, pieces.subList(0, some));
  }

  private static PlanItem only(PlanItem item, List<Candidate> pieces) {
    return item.with(item.candidate().only(pieces));
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
