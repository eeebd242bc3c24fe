package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** Sums of usages. */
class DiskUsageProperties {
  @Property
  void aSumIsAtLeastEachPart(
      @ForAll @LongRange(min = 0) long one, @ForAll @LongRange(min = 0) long other) {
    DiskUsage sum = of(one).plus(of(other));

    assertThat(sum.apparentBytes()).isGreaterThanOrEqualTo(Math.max(one, other));
    assertThat(sum.allocatedBytes()).isGreaterThanOrEqualTo(Math.max(one, other));
    assertThat(sum.sharedBytes()).isGreaterThanOrEqualTo(Math.max(one, other));
  }

  private static DiskUsage of(long bytes) {
    return new DiskUsage(bytes, bytes, true, bytes, 1, 0, 0, 0);
  }
}
