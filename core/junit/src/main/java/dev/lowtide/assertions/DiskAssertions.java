package dev.lowtide.assertions;

import dev.lowtide.execute.CleanupReport;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.Verification;
import org.assertj.core.annotation.CheckReturnValue;
import org.assertj.core.api.AbstractAssert;

/**
 * The entry point for assertions about disks, plans and reports.
 *
 * <pre>{@code
 * import static dev.lowtide.ByteSize.mebibytes;
 * import static dev.lowtide.assertions.DiskAssertions.assertThat;
 *
 * assertThat(after).comparedTo(before).grewByAtMost(mebibytes(10)).leftNothingNewExcept("dist/*.whl");
 * assertThat(plan).removesOnly("build").refuses("dist");
 * assertThat(report).freedAtLeast(mebibytes(1));
 * }</pre>
 *
 * <p>Paths are named by {@linkplain dev.lowtide.Globs globs} relative to the location or target
 * that contains them; a directory that matches stands for everything below it.
 */
public final class DiskAssertions {
  private DiskAssertions() {}

  /** Begins assertions about what locations contain now. */
  @CheckReturnValue
  public static DiskBaselineAssert assertThat(DiskBaseline actual) {
    return new DiskBaselineAssert(actual);
  }

  /** Begins assertions about how locations have changed. */
  @CheckReturnValue
  public static VerificationAssert assertThat(Verification actual) {
    return new VerificationAssert(actual);
  }

  /** Begins assertions about what a plan removes. */
  @CheckReturnValue
  public static CleanupPlanAssert assertThat(CleanupPlan actual) {
    return new CleanupPlanAssert(actual);
  }

  /** Begins assertions about what a run has removed. */
  @CheckReturnValue
  public static CleanupReportAssert assertThat(CleanupReport actual) {
    return new CleanupReportAssert(actual);
  }

  /** Assertions about how locations have changed. */
  @SuppressWarnings("exports") // AssertJ is optional: only callers of this class need it
  public static final class VerificationAssert
      extends AbstractAssert<VerificationAssert, Verification> {
    VerificationAssert(Verification actual) {
      super(actual, VerificationAssert.class);
    }

    /** Verifies that every location meets its expectation. */
    public VerificationAssert passed() {
      isNotNull();
      if (!actual.passed()) {
        failWithMessage("%s", "The disk is not as expected:\n" + actual.explain());
      }
      return this;
    }
  }

  /** Assertions about what locations contain. */
  @SuppressWarnings("exports") // AssertJ is optional: only callers of this class need it
  public static final class DiskBaselineAssert
      extends AbstractAssert<DiskBaselineAssert, DiskBaseline> {
    DiskBaselineAssert(DiskBaseline actual) {
      super(actual, DiskBaselineAssert.class);
    }

    /**
     * Continues with assertions about how the same locations have changed.
     *
     * @param before the earlier state; the paths that it excepts are ignored, and only {@link
     *     DiskChangeAssert#isAsExpected} checks its expectations
     */
    @CheckReturnValue
    public DiskChangeAssert comparedTo(DiskBaseline before) {
      isNotNull();
      return new DiskChangeAssert(before, actual).as(descriptionText());
    }
  }
}
