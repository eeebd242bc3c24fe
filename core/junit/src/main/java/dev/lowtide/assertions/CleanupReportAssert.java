package dev.lowtide.assertions;

import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome;
import java.util.List;
import org.assertj.core.api.AbstractAssert;

/** Assertions about the report of applying a plan. */
@SuppressWarnings("exports") // AssertJ is optional: only callers of this class need it
public final class CleanupReportAssert extends AbstractAssert<CleanupReportAssert, CleanupReport> {
  CleanupReportAssert(CleanupReport actual) {
    super(actual, CleanupReportAssert.class);
  }

  /** Verifies that at least this many bytes were freed, or would be freed in a dry run. */
  public CleanupReportAssert freedAtLeast(ByteSize minimum) {
    isNotNull();
    if (actual.freedBytes() < minimum.bytes()) {
      fail("It should have freed " + minimum + ", but freed " + actual.freed(), actual.outcomes());
    }
    return this;
  }

  /** Verifies that every item was removed, or skipped for a reason. */
  public CleanupReportAssert failedNowhere() {
    isNotNull();
    if (!actual.failures().isEmpty()) {
      fail("Nothing should have failed", List.copyOf(actual.failures()));
    }
    return this;
  }

  /** Verifies that no item was skipped. */
  public CleanupReportAssert skippedNothing() {
    isNotNull();
    if (!actual.skipped().isEmpty()) {
      fail("Nothing should have been skipped", List.copyOf(actual.skipped()));
    }
    return this;
  }

  private void fail(String expected, List<Outcome> outcomes) {
    StringBuilder text = new StringBuilder(expected).append(":\n");
    for (Outcome outcome : outcomes) {
      text.append(
          String.format(
              "  %-12s  %10s  %s  (%s)%s%n",
              outcome.word(),
              outcome.freed(),
              Printable.of(outcome.item().path()),
              Printable.of(outcome.item().policy()),
              outcome.reason().isEmpty() ? "" : ": " + Printable.of(outcome.reason())));
    }
    if (outcomes.isEmpty()) {
      text.append("  there was nothing to remove\n");
    }
    failWithMessage("%s", text.toString());
  }
}
