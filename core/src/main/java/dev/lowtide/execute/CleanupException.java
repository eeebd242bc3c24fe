package dev.lowtide.execute;

import com.google.common.collect.Streams;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import java.util.stream.Collectors;

/**
 * Carries the report of a run that failed or ended early. {@link CleanupReport#orThrow} throws it
 * when something was not removed. If a listener's exception or an {@link
 * java.io.InterruptedIOException} ends a run, this exception is added to that one as a {@linkplain
 * Throwable#getSuppressed suppressed} exception.
 */
public final class CleanupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient CleanupReport report;

  private CleanupException(String message, CleanupReport report) {
    super(message);
    this.report = report;
  }

  static CleanupException failed(CleanupReport report) {
    String reasons =
        Streams.concat(
                report.remaining().stream()
                    .map(each -> Printable.of(each.item().path()) + ": " + each.reason()),
                report.unreadable().stream()
                    .map(each -> Printable.of(each.path()) + ": " + each.reason()),
                report.stuck().stream().map(Problem::toString))
            .collect(Collectors.joining("\n", "Not removed:\n", ""));
    return new CleanupException(reasons, report);
  }

  static CleanupException endedEarly(CleanupReport report) {
    return new CleanupException(
        "The run ended early; items with an outcome: " + report.outcomes().size(), report);
  }

  /** The report. If the run ended early, items without an outcome are unchanged. */
  public CleanupReport report() {
    return report;
  }
}
