package dev.lowtide.wheels;

import dev.lowtide.BoundedSize;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The result for one wheel.
 *
 * @param job the wheel to build
 * @param status whether it was built
 * @param reason why it failed; empty if it was built
 * @param wheel its path, if it was built
 * @param bytes the size of the wheel
 * @param sha256 the hash of the wheel; empty if there is none
 * @param reclaimed what its clean-up freed
 * @param peak the largest sampled size of the directory in which it was built
 */
record WheelResult(
    WheelBuild.Job job,
    Status status,
    String reason,
    Optional<Path> wheel,
    long bytes,
    String sha256,
    BoundedSize reclaimed,
    BoundedSize peak) {

  /** Whether a wheel was built. */
  enum Status {
    BUILT,
    FAILED,
    INTERRUPTED,
    NOT_STARTED;

    /** The word in tables and documents. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  boolean isBuilt() {
    return status == Status.BUILT;
  }

  static WheelResult notStarted(WheelBuild.Job job) {
    return new WheelResult(
        job, Status.NOT_STARTED, "", Optional.empty(), 0, "", BoundedSize.ZERO, BoundedSize.ZERO);
  }
}
