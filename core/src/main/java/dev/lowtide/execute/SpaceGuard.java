package dev.lowtide.execute;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Problem;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a minimum of free space, the floor, on the file systems of some targets, once or while
 * something else runs.
 *
 * <pre>{@code
 * Lowtide lowtide = Lowtide.builder().providers(all).goal(SpaceGoal.NONE.untilFree("20GB")).build();
 * try (SpaceGuard guard = new SpaceGuard(lowtide, targets, SpaceGuard.Listener.NONE)) {
 *   guard.start();
 *   build();
 * }
 * }</pre>
 *
 * <p>The floor is the goal of the {@link Lowtide}. What is removed, in which order, and what is
 * kept is decided as for any plan with a goal. Each item is checked again right before it is
 * removed, so that nothing in use is removed.
 *
 * <p>One thread checks the free space, more often the closer it is to the floor, and begins to
 * remove when the floor would be reached before a removal ends. By then, another thread has made a
 * plan. No plan is made as long as a build cannot reach the floor within some seconds. Both threads
 * send events to the listener of the {@link Lowtide}. The methods are not thread-safe.
 */
public final class SpaceGuard implements AutoCloseable {
  /** A plan is made in advance if a fast build could reach the floor within this time. */
  private static final Duration PLAN_AHEAD = Duration.ofSeconds(10);

  /** The start waits for a plan if a fast build could reach the floor within this time. */
  private static final Duration AT_START = Duration.ofSeconds(2);

  private static final Duration MIN_CHECK_INTERVAL = Duration.ofMillis(20);
  private static final Duration MAX_CHECK_INTERVAL = Duration.ofSeconds(1);

  /** A plan is too old after this time, or after ten times the time that it took to make. */
  private static final Duration MAX_PLAN_AGE = Duration.ofMinutes(1);

  /**
   * Receives the events of a guard. The guard's threads call it; a slow listener slows the guard
   * down.
   */
  public interface Listener {
    /** Ignores all events. */
    Listener NONE = new Listener() {};

    /** Something is about to be removed, since free space is low. */
    default void low(Volume volume) {}

    /** Less than the floor is free, and nothing is left that may be removed. */
    default void exhausted(Volume volume) {}

    /** A check or a plan failed, and will be tried again. */
    default void failed(Exception cause) {}
  }

  /**
   * The free space of a file system.
   *
   * @param volume the file system at the last check
   * @param least the smallest free space that the guard has seen
   */
  public record Level(Volume volume, ByteSize least) {}

  private final Lowtide lowtide;
  private final SpaceGoal low;
  private final List<CleanupTarget> targets;
  private final Listener listener;
  private final Map<Volume, WatchedVolume> watched = new LinkedHashMap<>();
  private final Map<String, Volume> volumes = new LinkedHashMap<>();
  private final Thread watcher = new Thread(this::watch, "lowtide-guard");
  private final Thread planner = new Thread(this::planOnRequest, "lowtide-guard-plan");

  private final List<Outcome> outcomes = new ArrayList<>();
  private List<Problem> stuck = List.of();
  private List<Refusal> refused = List.of();
  private List<String> notes = List.of();
  private final RemovalPace pace = new RemovalPace();

  // Guarded by this
  private @Nullable ReadyPlan ready;
  private boolean planRequested;
  private boolean closed;

  /**
   * Creates a guard that is not started. When it removes something, it continues until a tenth more
   * than the floor is free.
   *
   * @param lowtide has a goal for free space, which is the floor
   * @throws IOException if a file system does not report its free space
   */
  public SpaceGuard(Lowtide lowtide, Collection<CleanupTarget> targets, Listener listener)
      throws IOException {
    this(lowtide, targets, SpaceGoal.NONE, listener);
  }

  /**
   * Creates a guard that is not started.
   *
   * @param high the space that must be free after a removal; {@link SpaceGoal#NONE} for a tenth
   *     more than the floor
   * @throws IllegalArgumentException if that is less than the floor; the message is a sentence for
   *     the user
   */
  public SpaceGuard(
      Lowtide lowtide, Collection<CleanupTarget> targets, SpaceGoal high, Listener listener)
      throws IOException {
    // Plans contain everything that may be removed, in the order of selection
    this.lowtide = lowtide.withGoal(lowtide.goal().untilFree("100%"));
    this.targets = List.copyOf(targets);
    this.listener = listener;
    low = lowtide.goal();
    for (CleanupTarget target : targets) {
      if (target.kind() == CleanupTarget.Kind.STORE) {
        continue; // only its tool knows where the store is
      }
      Volume volume = Volume.of(target.root());
      volumes.put(target.id(), volume);
      if (low.missingBytes(volume) == Long.MIN_VALUE) {
        continue; // a small file system in memory, to which the floor does not apply
      }
      if (!high.isNone() && high.missingBytes(volume) < low.missingBytes(volume)) {
        throw new IllegalArgumentException(
            "The space to be free after a removal is less than the floor; make it at least as"
                + " much");
      }
      watched.computeIfAbsent(
          volume, key -> new WatchedVolume(target, volume, low, high, pace::removalTime));
    }
    watcher.setDaemon(true);
    planner.setDaemon(true);
  }

  /**
   * Checks once, and removes as much as needed where less than the floor is free.
   *
   * @return whether the floor is free now
   */
  public boolean free() throws IOException {
    return freeOnce(false);
  }

  /**
   * Like {@link #free}, but removes nothing if even everything that may be removed would not free
   * enough.
   *
   * @return whether the floor is free now
   */
  public boolean require() throws IOException {
    return freeOnce(true);
  }

  private boolean freeOnce(boolean allOrNothing) throws IOException {
    boolean mayFreeMore = true;
    while (true) {
      List<WatchedVolume> missing = new ArrayList<>();
      for (WatchedVolume each : watched.values()) {
        each.check(0);
        if (each.isShort()) {
          missing.add(each);
        }
      }
      if (missing.isEmpty() || !mayFreeMore) {
        return missing.isEmpty();
      }
      ReadyPlan plan = plan();
      for (WatchedVolume each : missing) {
        if (allOrNothing && !plan.mayFree(each.volume(), each.missingToFloor())) {
          return false;
        }
      }
      for (WatchedVolume each : missing) {
        free(each, plan);
      }
      // Items may have been kept; a new plan may have others instead
      mayFreeMore = plan.hasFreed();
    }
  }

  /**
   * Starts the guard. If very little is free, it first makes a plan and removes what is needed.
   *
   * @throws IOException if a target cannot be read
   */
  public void start() throws IOException {
    for (WatchedVolume each : watched.values()) {
      each.check(0);
      if (each.isNear(AT_START)) {
        ready = ready == null ? plan() : ready;
        freeWhereLow(each);
      }
    }
    watcher.start();
    planner.start();
  }

  private ReadyPlan plan() throws IOException {
    long begin = System.nanoTime();
    CleanupPlan plan = lowtide.plan(targets);
    long planned = System.nanoTime();
    lowtide.checkFirstItem(plan);
    pace.checkTook(Duration.ofNanos(System.nanoTime() - planned));
    ReadyPlan made = new ReadyPlan(plan, volumes, Duration.ofNanos(planned - begin));
    synchronized (this) {
      refused = plan.refused();
      notes = plan.notes();
    }
    return made;
  }

  private void planOnRequest() {
    try {
      while (awaitPlanRequest()) {
        ReadyPlan made;
        try {
          made = plan();
        } catch (InterruptedIOException e) {
          return;
        } catch (IOException | RuntimeException e) {
          listener.failed(e);
          made = ReadyPlan.empty(MAX_CHECK_INTERVAL);
        }
        synchronized (this) {
          ready = made;
          planRequested = false;
          notifyAll();
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private synchronized boolean awaitPlanRequest() throws InterruptedException {
    while (!planRequested && !closed) {
      wait();
    }
    return !closed;
  }

  private void watch() {
    try {
      while (true) {
        Duration interval = MAX_CHECK_INTERVAL;
        for (WatchedVolume each : watched.values()) {
          try {
            each.check(0);
            freeWhereLow(each);
            requestPlanIfNeeded(each);
            Duration next = each.untilNextCheck();
            interval = next.compareTo(interval) < 0 && !each.isExhausted ? next : interval;
          } catch (IOException | RuntimeException e) {
            listener.failed(e);
          }
        }
        synchronized (this) {
          if (!closed) {
            wait(Math.max(MIN_CHECK_INTERVAL.toMillis(), interval.toMillis()));
          }
          if (closed) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      // nobody interrupts this thread
    }
  }

  private void freeWhereLow(WatchedVolume each) throws IOException {
    if (each.missing() <= 0) {
      each.isLow = false;
      each.isExhausted = false;
      return;
    }
    ReadyPlan plan;
    synchronized (this) {
      plan = ready;
    }
    if (plan != null && !plan.isExhausted(each.volume())) {
      free(each, plan);
      each.isExhausted = false;
    } else if (plan != null && each.isShort() && !each.isExhausted) {
      each.isExhausted = true;
      listener.exhausted(each.now());
    }
  }

  /** Removes items until enough space is free, or the plan has no more items. */
  private void free(WatchedVolume each, ReadyPlan plan) throws IOException {
    if (!each.isLow) {
      each.isLow = true;
      listener.low(each.now());
    }
    while (each.bytesToFree() > 0 && !plan.isExhausted(each.volume())) {
      CleanupPlan part = plan.take(each.volume(), each.bytesToFree(), pace.itemsAtOnce());
      long begin = System.nanoTime();
      CleanupReport report = lowtide.apply(part);
      pace.removalTook(Duration.ofNanos(System.nanoTime() - begin));
      each.check(report.freedBytes());
      outcomes.addAll(report.outcomes());
      stuck = report.stuck();
      if (report.freedBytes() > 0) {
        plan.markFreed();
      }
    }
  }

  private synchronized void requestPlanIfNeeded(WatchedVolume each) {
    ReadyPlan plan = ready;
    Duration duration = plan == null ? Duration.ZERO : plan.planningTime();
    if (!each.isNear(Collections.max(List.of(PLAN_AHEAD, duration.multipliedBy(2))))) {
      return;
    }
    boolean isNeeded = plan == null || isOlder(plan, MAX_PLAN_AGE);
    if (plan != null && !isNeeded && each.missing() > 0 && plan.isExhausted(each.volume())) {
      isNeeded = plan.hasFreed() || isOlder(plan, MAX_CHECK_INTERVAL);
    }
    if (isNeeded && !planRequested) {
      planRequested = true;
      notifyAll();
    }
  }

  private static boolean isOlder(ReadyPlan plan, Duration age) {
    return plan.age().compareTo(age) > 0
        && plan.age().compareTo(plan.planningTime().multipliedBy(10))
            > 0; // planning takes time too
  }

  /** Stops the guard, after a running removal has ended. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    planner.interrupt();
    try {
      watcher.join();
      planner.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The report of all removals. Call it only after the guard was closed, or if it was not started.
   */
  public CleanupReport report() {
    return new CleanupReport(false, outcomes, refused, List.of(), stuck);
  }

  /**
   * The present and the smallest free space of each file system. Call it only when {@link #report}
   * may be called.
   */
  public List<Level> levels() {
    return watched.values().stream().map(WatchedVolume::level).toList();
  }

  /** The notes of the latest plan for people: the largest paths that are kept, with the reasons. */
  public List<String> notes() {
    return notes.stream().filter(note -> note.startsWith("stays: ")).toList();
  }
}
