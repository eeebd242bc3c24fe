package dev.lowtide.execute;

/**
 * Says what was done before a run ended early. It is {@linkplain Throwable#getSuppressed
 * suppressed} in the exception that ended the run: a listener's own, or an {@link
 * java.io.InterruptedIOException}.
 */
public final class CleanupEndedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient CleanupReport report;

  CleanupEndedException(CleanupReport report) {
    super("The run ended early; items with an outcome: " + report.outcomes().size());
    this.report = report;
  }

  /** The outcomes until then; items without one are as they were. */
  public CleanupReport report() {
    return report;
  }
}
