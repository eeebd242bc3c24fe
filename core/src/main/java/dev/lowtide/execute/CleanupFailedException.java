package dev.lowtide.execute;

import java.util.stream.Collectors;

/** Thrown by {@link CleanupReport#orThrow} when something that should be gone is not. */
public final class CleanupFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient CleanupReport report;

  CleanupFailedException(CleanupReport report) {
    super(
        report.failures().stream()
            .map(failed -> failed.item().path() + ": " + failed.reason())
            .collect(Collectors.joining("\n", "Not removed:\n", "")));
    this.report = report;
  }

  /** The whole report. */
  public CleanupReport report() {
    return report;
  }
}
