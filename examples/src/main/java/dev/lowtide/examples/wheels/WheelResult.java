package dev.lowtide.examples.wheels;

import dev.lowtide.BoundedSize;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What became of one wheel.
 *
 * @param job what was to be built
 * @param status how far it came
 * @param reason why it came no further; empty if it was built
 * @param wheel where it is now, if it was built
 * @param bytes its size
 * @param sha256 of the wheel, equal to that of the file that the build made; empty if there is none
 * @param reclaimed what its clean-up has freed
 * @param peak the most that was seen of its directory on the disk; samples can miss more
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

  /** How far a wheel came. */
  enum Status {
    BUILT,
    FAILED,
    INTERRUPTED,
    NOT_STARTED;

    /** For people and programs. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** A wheel whose turn never came. */
  static WheelResult notStarted(WheelBuild.Job job) {
    return new WheelResult(
        job, Status.NOT_STARTED, "", Optional.empty(), 0, "", BoundedSize.ZERO, BoundedSize.ZERO);
  }
}
