package dev.lowtide.policy;

/** Why something may go. */
public enum Cause {
  /** The next build makes it again. */
  REGENERABLE,
  /** Nobody has used it for longer than it is to be kept. */
  EXPIRED,
  /** Something newer has taken its place. */
  SUPERSEDED,
  /** What it belonged to is gone. */
  ORPHANED,
  /** The place holds more than it may; this was used least recently. */
  OVER_BUDGET
}
