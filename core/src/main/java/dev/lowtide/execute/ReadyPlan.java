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
 * another, in the order of selection by a goal. Not thread-safe.
 */
final class ReadyPlan {
  private final CleanupPlan plan;
  private final Duration took;
  private final long madeAt = System.nanoTime();
  private final Map<Volume, Deque<PlanItem>> items = new LinkedHashMap<>();
  private boolean freedSomething;

  /**
   * @param volumes the file systems that are watched, by the id of each target on them
   * @param took the time that it took to make the plan
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

  /** A plan without items, for a failure to make one. */
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

  /** Whether a part of the plan has freed something, so that a new plan may find more. */
  boolean hasFreedSomething() {
    return freedSomething;
  }

  void freedSomething() {
    freedSomething = true;
  }

  /** Takes items that free this many bytes, but at most this many items. */
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

  /** Takes the first item; of an item with parts, as many parts as free this many bytes. */
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

  /**
   * Whether all items together may free this much. How much a command frees is not known in
   * advance.
   */
  boolean mayBring(Volume volume, long bytes) {
    if (on(volume).stream().anyMatch(item -> !item.candidate().deletes())) {
      return true;
    }
    // Several items may share files that are freed only with the last of them; the plan has counted
    // those
    long sum = on(volume).stream().mapToLong(item -> item.reclaimable().bytes()).sum();
    return (items.size() == 1 ? Math.max(sum, plan.reclaimable().bytes()) : sum) >= bytes;
  }
}
