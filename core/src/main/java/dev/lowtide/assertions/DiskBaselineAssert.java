package dev.lowtide.assertions;

import dev.lowtide.verify.DiskBaseline;
import org.assertj.core.annotation.CheckReturnValue;
import org.assertj.core.api.AbstractAssert;

/** Assertions about what places hold. */
@SuppressWarnings("exports") // who calls this has AssertJ; who does not, need not
public final class DiskBaselineAssert extends AbstractAssert<DiskBaselineAssert, DiskBaseline> {
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
