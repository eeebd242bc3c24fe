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
 * Keeps a floor of free space on the file systems of some targets, once or while something else
 * runs.
 *
 * <pre>{@code
 * Lowtide lowtide = Lowtide.builder().providers(all).goal(SpaceGoal.NONE.untilFree("20GB")).build();
 * try (SpaceGuard guard = new SpaceGuard(lowtide, targets, SpaceGuard.Listener.NONE)) {
 *   guard.start();
 *   build();
 * }
 * }</pre>
 *
 * <p>The floor is the goal of the {@link Lowtide}. What goes, in which order, and what stays is
 * decided as for any plan with a goal. Each item is looked at again right before it goes, so that
 * nothing goes that is in use.
 *
 * <p>One thread looks at what is free, the more often the less there is above the floor, and begins
 * to remove when the floor would be reached before a removal ends. Another one has made a plan by
 * then. Nothing is planned while a build could not come near to the floor within some seconds. The
 * listener of the {@link Lowtide} hears from both. The methods are for one thread.
 */
public final class SpaceGuard implements AutoCloseable {
  /** A plan is wanted where a fast build could reach the floor within this. */
  private static final Duration AHEAD = Duration.ofSeconds(10);

  /** The start waits for a plan where a fast build could reach the floor within this. */
  private static final Duration AT_START = Duration.ofSeconds(2);

  private static final Duration SHORTEST_REST = Duration.ofMillis(20);
  private static final Duration LONGEST_REST = Duration.ofSeconds(1);

  /** A plan is too old after this, or after ten times as long as it took. */
  private static final Duration STALE = Duration.ofMinutes(1);

  /** How long a removal takes at least, until one was seen. */
  private static final Duration REMOVAL = Duration.ofMillis(300);

  /** What takes longer is done in smaller parts: meanwhile nobody sees what is free. */
  private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(2);

  /** An item is looked at before it is moved and after that; and then it goes. */
  private static final int LOOKS_OF_REMOVAL = 3;

  private static final int MOST_ITEMS = 100_000;

  /** Hears what a guard does. Calls come from its threads; a slow listener slows it down. */
  public interface Listener {
    /** Hears nothing. */
    Listener NONE = new Listener() {};

    /** Something is about to go, since so little is free. */
    default void low(Volume volume) {}

    /** Less than the floor is free, and nothing is left that may go. */
    default void exhausted(Volume volume) {}

    /** A look or a plan failed, and will be tried again. */
    default void failed(Exception cause) {}
  }

  /**
   * What was free on a file system.
   *
   * @param volume as it was when the guard last looked
   * @param least the least that the guard has seen
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
   * A guard that does nothing yet. Where it has to remove something, it goes on until a tenth more
   * than the floor is free.
   *
   * @param lowtide with a goal of free space, which is the floor
   * @throws IOException if a file system does not tell what is free
   */
  public SpaceGuard(Lowtide lowtide, Collection<CleanupTarget> targets, Listener listener)
      throws IOException {
    this(lowtide, targets, SpaceGoal.NONE, listener);
  }

  /**
   * As the other one.
   *
   * @param high how much is to be free where something has to be removed; {@link SpaceGoal#NONE}
   *     for a tenth more than the floor
   * @throws IllegalArgumentException if that is less than the floor, with a sentence for the user
   */
  public SpaceGuard(
      Lowtide lowtide, Collection<CleanupTarget> targets, SpaceGoal high, Listener listener)
      throws IOException {
    this.lowtide = lowtide.withGoal(lowtide.goal().untilFree("100%")); // all of it, in order
    this.targets = List.copyOf(targets);
    this.listener = listener;
    low = lowtide.goal();
    for (CleanupTarget target : targets) {
      if (target.kind() == CleanupTarget.Kind.STORE) {
        continue; // only its tool knows where it lies
      }
      Volume volume = Volume.of(target.root());
      volumes.put(target.id(), volume);
      if (low.missingBytes(volume) == Long.MIN_VALUE) {
        continue; // a small one in memory, which the floor does not mean
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
   * Looks once, and removes what it takes where less than the floor is free.
   *
   * @return whether the floor is free now
   */
  public boolean free() throws IOException {
    return once(false);
  }

  /**
   * As {@link #free}, but where all that may go would not be enough, nothing goes.
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
      goesOn = plan.hasFreedSomething(); // where items stayed, others may go instead of them
    }
  }

  /**
   * Begins to watch. Where very little is free, a plan is made and what is missing removed first.
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
      // nobody interrupts it
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

  /** Until enough is free, or nothing of the plan is left. */
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
        && plan.age().compareTo(plan.took().multipliedBy(10)) > 0; // planning costs, too
  }

  /** Ends the watch, as soon as what is being removed is gone. */
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

  /** What was done. To be asked once this is closed, or has not been started. */
  public CleanupReport report() {
    return new CleanupReport(false, outcomes, refused, List.of(), stuck);
  }

  /** What is free, and was at least, on each file system; to be asked as {@link #report}. */
  public List<Level> levels() {
    return watched.values().stream().map(WatchedVolume::level).toList();
  }

  /** What people should know of the latest plan: the largest things that stay, and why. */
  public List<String> notes() {
    return notes.stream().filter(note -> note.startsWith("stays: ")).toList();
  }
}
