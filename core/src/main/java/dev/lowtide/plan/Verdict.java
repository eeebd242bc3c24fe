package dev.lowtide.plan;

/**
 * What a guard says.
 *
 * @param allowed whether it has nothing against it
 * @param reason what it has against it and what a person can do, as a sentence; empty if allowed
 */
public record Verdict(boolean allowed, String reason) {
  /** Nothing against it. */
  public static final Verdict ALLOWED = new Verdict(true, "");

  /** Not to go, for a reason that names the path which gave it. */
  public static Verdict refused(String reason) {
    return new Verdict(false, reason);
  }
}
