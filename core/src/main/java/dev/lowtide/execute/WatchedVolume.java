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
  private static final long MAX_BYTES_PER_SECOND = 1_000_000_000;

  /** The number of checks in the time in which a fast build can reach the floor. */
  private static final int CHECKS_TO_FLOOR = 8;

  /** The time over which the write speed is averaged. */
  private static final double AVERAGING_NANOS = Duration.ofMillis(80).toNanos();

  private final CleanupTarget target;
  private final Volume volume;
  private final SpaceGoal low;
  private final SpaceGoal high;
  private final Supplier<Duration> removalTime;
  private Volume now;
  private long minFreeBytes;
  private long checkedNanos = System.nanoTime();
  private double bytesPerNano;

  /** Whether something had to be removed at the last check. */
  boolean isLow;

  /** Whether the listener was informed that nothing more may be removed. */
  boolean isExhausted;

  /**
   * Creates a watched volume.
   *
   * @param target a target on the file system
   * @param low the floor
   * @param high the space that must be free after a removal; {@link SpaceGoal#NONE} for a tenth
   *     more than the floor
   * @param removalTime supplies the expected duration of a removal
   */
  WatchedVolume(
      CleanupTarget target,
      Volume now,
      SpaceGoal low,
      SpaceGoal high,
      Supplier<Duration> removalTime) {
    this.target = target;
    this.volume = now;
    this.low = low;
    this.high = high;
    this.removalTime = removalTime;
    this.now = now;
    minFreeBytes = now.free().bytes();
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
    return new SpaceGuard.Level(now, new ByteSize(minFreeBytes));
  }

  /**
   * Checks the free space again.
   *
   * @param freed the bytes that this process has freed since the last check
   */
  void check(long freed) throws IOException {
    Volume next = Volume.of(target.root());
    long time = System.nanoTime();
    long written = Math.max(0, now.free().bytes() + freed - next.free().bytes());
    double weight = -Math.expm1((checkedNanos - time) / AVERAGING_NANOS);
    // The allocation of a large file must not count as a lasting write speed
    double speed =
        Math.min(MAX_BYTES_PER_SECOND / 1e9, (double) written / Math.max(1, time - checkedNanos));
    bytesPerNano += weight * (speed - bytesPerNano);
    checkedNanos = time;
    now = next;
    minFreeBytes = Math.min(minFreeBytes, now.free().bytes());
  }

  private long writtenDuringRemoval() {
    return (long) (bytesPerNano * removalTime.get().toNanos());
  }

  /** The bytes by which the free space is below the floor now; negative if it is above. */
  long missingToFloor() {
    return low.missingBytes(now);
  }

  /**
   * The bytes by which the free space will be below the floor at the end of a removal that begins
   * now.
   */
  long missing() {
    return missingToFloor() + writtenDuringRemoval();
  }

  /** The bytes that must be freed so that enough is free until the next removal ends. */
  long bytesToFree() {
    long floor = now.free().bytes() + missingToFloor();
    long missingToHigh = high.isNone() ? missingToFloor() + floor / 10 : high.missingBytes(now);
    return missingToHigh + 2 * writtenDuringRemoval();
  }

  boolean isShort() {
    return missingToFloor() > 0;
  }

  Duration untilNextCheck() {
    return Duration.ofNanos(
        (long) (Math.max(0, -missing()) / (MAX_BYTES_PER_SECOND / 1e9) / CHECKS_TO_FLOOR));
  }

  /** Whether a fast build could reach the floor within a duration. */
  boolean isNear(Duration ahead) {
    return missingToFloor() + MAX_BYTES_PER_SECOND * ahead.toMillis() / 1000 > 0;
  }
}
