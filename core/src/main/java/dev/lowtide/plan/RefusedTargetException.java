package dev.lowtide.plan;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import java.io.IOException;

/** Thrown when a directory must not be cleaned at all, such as the root of a file system. */
public final class RefusedTargetException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient CleanupTarget target;
  private final String guard;

  /**
   * Refuses a target.
   *
   * @param guard the id of the guard that refuses
   * @param reason the reason, and what a person can do, as a sentence
   */
  public RefusedTargetException(CleanupTarget target, String guard, String reason) {
    super("Refused to clean " + Printable.of(target.root()) + ": " + reason);
    this.target = target;
    this.guard = guard;
  }

  /** The target that was refused. */
  public CleanupTarget target() {
    return target;
  }

  /** The id of the guard that refused. */
  public String guard() {
    return guard;
  }
}
