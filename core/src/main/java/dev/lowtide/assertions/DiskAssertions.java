package dev.lowtide.assertions;

import dev.lowtide.execute.CleanupReport;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.Verification;
import org.assertj.core.annotation.CheckReturnValue;
import org.assertj.core.api.AbstractAssert;

/**
 * Where assertions about disks, plans and reports begin.
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
 * <p>Paths are named by {@linkplain dev.lowtide.Globs globs} relative to the place or target in
 * which they lie; a directory that matches stands for everything below it.
 */
public final class DiskAssertions {
  private DiskAssertions() {}

  /** What places hold now. */
  @CheckReturnValue
  public static DiskBaselineAssert assertThat(DiskBaseline actual) {
    return new DiskBaselineAssert(actual);
  }

  /** What has become of places. */
  @CheckReturnValue
  public static VerificationAssert assertThat(Verification actual) {
    return new VerificationAssert(actual);
  }

  /** What is to go. */
  @CheckReturnValue
  public static CleanupPlanAssert assertThat(CleanupPlan actual) {
    return new CleanupPlanAssert(actual);
  }

  /** What has gone. */
  @CheckReturnValue
  public static CleanupReportAssert assertThat(CleanupReport actual) {
    return new CleanupReportAssert(actual);
  }

  /** Assertions about what has become of places. */
  @SuppressWarnings("exports") // who calls this has AssertJ; who does not, need not
  public static final class VerificationAssert
      extends AbstractAssert<VerificationAssert, Verification> {
    VerificationAssert(Verification actual) {
      super(actual, VerificationAssert.class);
    }

    /** Every place is as it is expected to be. */
    public VerificationAssert passed() {
      isNotNull();
      if (!actual.passed()) {
        failWithMessage("%s", "The disk is not where it was:\n" + actual.explain());
      }
      return this;
    }
  }

  /** Assertions about what places hold. */
  @SuppressWarnings("exports") // who calls this has AssertJ; who does not, need not
  public static final class DiskBaselineAssert
      extends AbstractAssert<DiskBaselineAssert, DiskBaseline> {
    DiskBaselineAssert(DiskBaseline actual) {
      super(actual, DiskBaselineAssert.class);
    }

    /**
     * Goes on with the difference to what the same places held before.
     *
     * @param before its exceptions hold; what else it expects of its places counts only for {@link
     *     DiskChangeAssert#isAsExpected}
     */
    @CheckReturnValue
    public DiskChangeAssert comparedTo(DiskBaseline before) {
      isNotNull();
      return new DiskChangeAssert(before, actual).as(descriptionText());
    }
  }
}
