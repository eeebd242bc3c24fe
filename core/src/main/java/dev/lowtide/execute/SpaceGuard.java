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
 * remove when the floor would be reached before a removal ends. Another thread has made a plan by
 * then. No plan is made while a build could not come near the floor within some seconds. Both
 * threads send events to the listener of the {@link Lowtide}. The methods are not thread-safe.
 */
public final class SpaceGuard implements AutoCloseable {
  /** A plan is made if a fast build could reach the floor within this time. */
  private static final Duration AHEAD = Duration.ofSeconds(10);

  /** The start waits for a plan if a fast build could reach the floor within this time. */
  private static final Duration AT_START = Duration.ofSeconds(2);

  private static final Duration SHORTEST_REST = Duration.ofMillis(20);
  private static final Duration LONGEST_REST = Duration.ofSeconds(1);

  /** A plan is too old after this time, or after ten times the time that it took to make. */
  private static final Duration STALE = Duration.ofMinutes(1);

  /** The assumed duration of a removal until one has been measured. */
  private static final Duration REMOVAL = Duration.ofMillis(300);

  /**
   * A removal that takes longer is split into smaller parts, since the free space is not checked
   * meanwhile.
   */
  private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(2);

  /**
   * The tree of an item is walked three times: by the check before it is moved, by the check after
   * that, and by the removal.
   */
  private static final int LOOKS_OF_REMOVAL = 3;

  private static final int MOST_ITEMS = 100_000;

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
  private final Thread planner = new Thread(this::planWhenWanted, "lowtide-guard-plan");

  private final List<Outcome> outcomes = new ArrayList<>();
  private List<Problem> stuck = List.of();
  private List<Refusal> refused = List.of();
  private List<String> notes = List.of();
  private int itemsAtOnce = 64;

  // Guarded by this
  private Duration removal = REMOVAL;
  private @Nullable ReadyPlan ready;
  private boolean planWanted;
  private boolean closed;

  /**
   * A guard that does nothing yet. When it has to remove something, it continues until a tenth more
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
   * Like the other constructor.
   *
   * @param high how much must be free after something was removed; {@link SpaceGoal#NONE} for a
   *     tenth more than the floor
   * @throws IllegalArgumentException if that is less than the floor; the message is a sentence for
   *     the user
   */
  public SpaceGuard(
      Lowtide lowtide, Collection<CleanupTarget> targets, SpaceGoal high, Listener listener)
      throws IOException {
    this.lowtide =
        lowtide.withGoal(lowtide.goal().untilFree("100%")); // all of it, in order of selection
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
            "To stop before the floor is free makes no sense; let it be at least as much");
      }
      watched.computeIfAbsent(
          volume, key -> new WatchedVolume(target, volume, low, high, this::removal));
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
    return once(false);
  }

  /**
   * Like {@link #free}, but removes nothing if everything that may be removed would not be enough.
   *
   * @return whether the floor is free now
   */
  public boolean require() throws IOException {
    return once(true);
  }

  private boolean once(boolean allOrNothing) throws IOException {
    boolean goesOn = true;
    while (true) {
      List<WatchedVolume> missing = new ArrayList<>();
      for (WatchedVolume each : watched.values()) {
        each.look(0);
        if (each.isShort()) {
          missing.add(each);
        }
      }
      if (missing.isEmpty() || !goesOn) {
        return missing.isEmpty();
      }
      ReadyPlan plan = plan();
      for (WatchedVolume each : missing) {
        if (allOrNothing && !plan.mayBring(each.volume(), each.missingToFloor())) {
          return false;
        }
      }
      for (WatchedVolume each : missing) {
        free(each, plan);
      }
      goesOn = plan.hasFreedSomething(); // if items were kept, others may be removed instead
    }
  }

  /**
   * Starts the guard. If very little is free, it first makes a plan and removes what is needed.
   *
   * @throws IOException if a target cannot be read
   */
  public void start() throws IOException {
    for (WatchedVolume each : watched.values()) {
      each.look(0);
      if (each.isNear(AT_START)) {
        ready = ready == null ? plan() : ready;
        freeWhereLow(each);
      }
    }
    watcher.start();
    planner.start();
  }

  private synchronized Duration removal() {
    return removal;
  }

  private ReadyPlan plan() throws IOException {
    long begin = System.nanoTime();
    CleanupPlan plan = lowtide.plan(targets);
    long planned = System.nanoTime();
    lowtide.rehearse(plan);
    Duration look = Duration.ofNanos(System.nanoTime() - planned);
    ReadyPlan made = new ReadyPlan(plan, volumes, Duration.ofNanos(planned - begin));
    synchronized (this) {
      removal = later(removal, look.multipliedBy(LOOKS_OF_REMOVAL));
      refused = plan.refused();
      notes = plan.notes();
    }
    return made;
  }

  private void planWhenWanted() {
    try {
      while (awaitWish()) {
        ReadyPlan made;
        try {
          made = plan();
        } catch (InterruptedIOException e) {
          return;
        } catch (IOException | RuntimeException e) {
          listener.failed(e);
          made = ReadyPlan.empty(LONGEST_REST);
        }
        synchronized (this) {
          ready = made;
          planWanted = false;
          notifyAll();
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private synchronized boolean awaitWish() throws InterruptedException {
    while (!planWanted && !closed) {
      wait();
    }
    return !closed;
  }

  private void watch() {
    try {
      while (true) {
        Duration rest = LONGEST_REST;
        for (WatchedVolume each : watched.values()) {
          try {
            each.look(0);
            freeWhereLow(each);
            wishForPlan(each);
            Duration next = each.untilNextLook();
            rest = next.compareTo(rest) < 0 && !each.isExhausted ? next : rest;
          } catch (IOException | RuntimeException e) {
            listener.failed(e);
          }
        }
        synchronized (this) {
          if (!closed) {
            wait(Math.max(SHORTEST_REST.toMillis(), rest.toMillis()));
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

  /** Removes until enough is free, or nothing of the plan is left. */
  private void free(WatchedVolume each, ReadyPlan plan) throws IOException {
    if (!each.isLow) {
      each.isLow = true;
      listener.low(each.now());
    }
    while (each.wanted() > 0 && !plan.isExhausted(each.volume())) {
      CleanupPlan part = plan.take(each.volume(), each.wanted(), itemsAtOnce);
      long begin = System.nanoTime();
      CleanupReport report = lowtide.apply(part);
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      each.look(report.freedBytes());
      outcomes.addAll(report.outcomes());
      stuck = report.stuck();
      if (report.freedBytes() > 0) {
        plan.freedSomething();
      }
      synchronized (this) {
        removal = later(took, took.plus(removal).dividedBy(2));
      }
      itemsAtOnce = took.compareTo(LONGEST_REMOVAL) > 0 ? itemsAtOnce / 2 : itemsAtOnce * 2;
      itemsAtOnce = Math.min(Math.max(itemsAtOnce, 1), MOST_ITEMS);
    }
  }

  private synchronized void wishForPlan(WatchedVolume each) {
    ReadyPlan plan = ready;
    Duration took = plan == null ? Duration.ZERO : plan.took();
    Duration ahead = later(AHEAD, took.multipliedBy(2));
    if (!each.isNear(ahead)) {
      return;
    }
    boolean isWanted = plan == null || isOlder(plan, STALE);
    if (plan != null && !isWanted && each.missing() > 0 && plan.isExhausted(each.volume())) {
      isWanted = plan.hasFreedSomething() || isOlder(plan, LONGEST_REST);
    }
    if (isWanted && !planWanted) {
      planWanted = true;
      notifyAll();
    }
  }

  private static Duration later(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static boolean isOlder(ReadyPlan plan, Duration age) {
    return plan.age().compareTo(age) > 0
        && plan.age().compareTo(plan.took().multipliedBy(10)) > 0; // planning takes time too
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
