package dev.lowtide.policy;

/**
 * Something about a machine that makes it leak disk space, or soon will, and what to do about it.
 *
 * @param id the ecosystem and a name, such as {@code rust.sccache-cap-ignored}; stable, since
 *     scripts look for it
 * @param severity how much it matters
 * @param where a path, a variable or a setting
 * @param message what was found, as a sentence
 * @param remedy what to do, as a sentence that can be followed to the letter
 */
public record Finding(String id, Severity severity, String where, String message, String remedy) {
  /** How much a finding matters, least first. */
  public enum Severity {
    /** Good to know. */
    INFO,
    /** Space or time is lost. */
    WARNING,
    /** What the user asked for does not hold: a limit is not in force, a budget is exceeded. */
    ERROR
  }
}
