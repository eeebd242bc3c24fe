package dev.lowtide.execute;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One file system on which a {@link SpaceGuard} keeps space free: how much is free, how fast the
 * free space shrinks, and how much must be freed. It removes nothing. Not thread-safe.
 */
final class WatchedVolume {
  /**
   * The assumed maximum speed at which a build writes, in bytes per second, until the real speed
   * has been measured.
   */
  private static final long FAST = 1_000_000_000;

  /** The number of checks before a fast build can reach the floor. */
  private static final int LOOKS = 8;

  /** The time over which the write speed is averaged. */
  private static final double AVERAGED_NANOS = Duration.ofMillis(80).toNanos();

  private final CleanupTarget place;
  private final Volume volume;
  private final SpaceGoal low;
  private final SpaceGoal high;
  private final Supplier<Duration> removal;
  private Volume now;
  private long least;
  private long seenAt = System.nanoTime();
  private double bytesPerNano;

  /** Whether something had to be removed at the last check. */
  boolean isLow;

  /** Whether the listener has been told that nothing is left that may be removed. */
  boolean isExhausted;

  /**
   * Creates a watched volume.
   *
   * @param place a target on the file system
   * @param low the floor
   * @param high how much must be free after something was removed; {@link SpaceGoal#NONE} for a
   *     tenth more
   * @param removal supplies the duration of a removal
   */
  WatchedVolume(
      CleanupTarget place, Volume now, SpaceGoal low, SpaceGoal high, Supplier<Duration> removal) {
    this.place = place;
    this.volume = now;
    this.low = low;
    this.high = high;
    this.removal = removal;
    this.now = now;
    least = now.free().bytes();
  }

  /** The file system as it was at the beginning; plans use it as their key. */
  Volume volume() {
    return volume;
  }

  /** The file system as it was at the last check. */
  Volume now() {
    return now;
  }

  SpaceGuard.Level level() {
    return new SpaceGuard.Level(now, new ByteSize(least));
  }

  /**
   * Checks the free space again.
   *
   * @param freed the bytes that this process has freed since the last check
   */
  void look(long freed) throws IOException {
    Volume next = Volume.of(place.root());
    long time = System.nanoTime();
    long written = Math.max(0, now.free().bytes() + freed - next.free().bytes());
    double weight = -Math.expm1((seenAt - time) / AVERAGED_NANOS);
    // Allocating a large file at once must not count as a lasting speed
    double speed = Math.min(FAST / 1e9, (double) written / Math.max(1, time - seenAt));
    bytesPerNano += weight * (speed - bytesPerNano);
    seenAt = time;
    now = next;
    least = Math.min(least, now.free().bytes());
  }

  private long writtenDuringRemoval() {
    return (long) (bytesPerNano * removal.get().toNanos());
  }

  /** The bytes that are missing to the floor now. */
  long missingToFloor() {
    return low.missingBytes(now);
  }

  /** The bytes that will be missing to the floor at the end of a removal that begins now. */
  long missing() {
    return missingToFloor() + writtenDuringRemoval();
  }

  /**
   * The bytes that must be freed so that there is also enough until the end of the next removal.
   */
  long wanted() {
    long floor = now.free().bytes() + missingToFloor();
    long most = high.isNone() ? missingToFloor() + floor / 10 : high.missingBytes(now);
    return most + 2 * writtenDuringRemoval();
  }

  boolean isShort() {
    return missingToFloor() > 0;
  }

  Duration untilNextLook() {
    return Duration.ofNanos((long) (Math.max(0, -missing()) / (FAST / 1e9) / LOOKS));
  }

  /** Whether a fast build could reach the floor within a duration. */
  boolean isNear(Duration ahead) {
    return missingToFloor() + FAST * ahead.toMillis() / 1000 > 0;
  }
}
