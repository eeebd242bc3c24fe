package dev.lowtide.execute;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.probe.Volume;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One file system on which a {@link SpaceGuard} keeps space free: how much is free, how fast that
 * becomes less, and how much is missing. It removes nothing. For one thread.
 */
final class WatchedVolume {
  /** What a build is expected to write at most, in bytes a second, before it was seen to write. */
  private static final long FAST = 1_000_000_000;

  /** How many looks there are until a fast build has reached the floor. */
  private static final int LOOKS = 8;

  /** Over how long the speed of writing is averaged. */
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

  /** Whether something had to go when it was last asked. */
  boolean isLow;

  /** Whether the listener has heard that nothing is left that may go. */
  boolean isExhausted;

  /**
   * Begins to watch.
   *
   * @param place a target on the file system
   * @param low what is to be free at least
   * @param high what is to be free where something has to be removed; {@link SpaceGoal#NONE} for a
   *     tenth more
   * @param removal how long a removal takes
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

  /** The file system as it was in the beginning, which is the key of plans. */
  Volume volume() {
    return volume;
  }

  /** The file system as it was at the last look. */
  Volume now() {
    return now;
  }

  SpaceGuard.Level level() {
    return new SpaceGuard.Level(now, new ByteSize(least));
  }

  /**
   * Looks again.
   *
   * @param freed what this process has freed since the last look
   */
  void look(long freed) throws IOException {
    Volume next = Volume.of(place.root());
    long time = System.nanoTime();
    long written = Math.max(0, now.free().bytes() + freed - next.free().bytes());
    double weight = -Math.expm1((seenAt - time) / AVERAGED_NANOS);
    // A large file can be allocated at once; nothing goes on that fast
    double speed = Math.min(FAST / 1e9, (double) written / Math.max(1, time - seenAt));
    bytesPerNano += weight * (speed - bytesPerNano);
    seenAt = time;
    now = next;
    least = Math.min(least, now.free().bytes());
  }

  private long writtenDuringRemoval() {
    return (long) (bytesPerNano * removal.get().toNanos());
  }

  /** What is missing to the floor now. */
  long missingToFloor() {
    return low.missingBytes(now);
  }

  /** What will be missing to the floor when a removal ends that begins now. */
  long missing() {
    return missingToFloor() + writtenDuringRemoval();
  }

  /** What has to go, so that there is enough until the end of the next removal, too. */
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

  /** Whether a fast build could reach the floor within a time. */
  boolean isNear(Duration ahead) {
    return missingToFloor() + FAST * ahead.toMillis() / 1000 > 0;
  }
}
