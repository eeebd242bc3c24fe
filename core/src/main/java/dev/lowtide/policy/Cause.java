package dev.lowtide.policy;

/** Why something may be removed. */
public enum Cause {
  /** The next build makes it again. */
  REGENERABLE,
  /** It has been unused for longer than it is kept. */
  EXPIRED,
  /** Something newer has taken its place. */
  SUPERSEDED,
  /** What it belonged to no longer exists. */
  ORPHANED,
  /** The target exceeds its size limit, and this was used least recently. */
  OVER_BUDGET
}
