package dev.lowtide.assertions;

import dev.lowtide.verify.Verification;
import org.assertj.core.api.AbstractAssert;

/** Assertions about what has become of places. */
@SuppressWarnings("exports") // who calls this has AssertJ; who does not, need not
public final class VerificationAssert extends AbstractAssert<VerificationAssert, Verification> {
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
