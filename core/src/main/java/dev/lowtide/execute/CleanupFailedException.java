package dev.lowtide.execute;

import com.google.common.collect.Streams;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import java.util.stream.Collectors;

/** Thrown by {@link CleanupReport#orThrow} when a run has not done what it was to do. */
public final class CleanupFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient CleanupReport report;

  CleanupFailedException(CleanupReport report) {
    super(
        Streams.concat(
                report.staying().stream()
                    .map(each -> Printable.of(each.item().path()) + ": " + each.reason()),
                report.unreadable().stream()
                    .map(each -> Printable.of(each.path()) + ": " + each.reason()),
                report.stuck().stream().map(Problem::toString))
            .collect(Collectors.joining("\n", "Not removed:\n", "")));
    this.report = report;
  }

  /** The whole report. */
  public CleanupReport report() {
    return report;
  }
}
