package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class UserQuotaProperties {
  @Example
  void theHardLimitCountsBeforeTheSoftOneAndNoLimitIsNone() {
    assertThat(UserQuota.remaining(10, 5, 1024)).hasValue(9 * 1024);
    assertThat(UserQuota.remaining(0, 5, 1024)).hasValue(4 * 1024);
    assertThat(UserQuota.remaining(0, 0, 1024)).isEmpty();
  }

  @Property
  void neverMoreThanTheLimitOrLessThanNothing(
      @ForAll @LongRange(min = 1) long hard, @ForAll @LongRange(min = 0) long used) {
    assertThat(UserQuota.remaining(hard, 0, used).getAsLong()).isNotNegative();
  }
}
