package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.BoundedSize;
import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** Sums that may be more than a long can hold stop at the largest number. */
class DiskUsageProperties {
  @Property
  void aSumOfUsagesStopsThere(@ForAll List<@LongRange(min = 0) Long> parts) {
    DiskUsage sum =
        parts.stream().map(DiskUsageProperties::of).reduce(DiskUsage.NONE, DiskUsage::plus);

    assertThat(sum.apparentBytes()).isEqualTo(exact(parts));
    assertThat(sum.allocatedBytes()).isEqualTo(exact(parts));
    assertThat(sum.sharedBytes()).isEqualTo(exact(parts));
  }

  @Property
  void aSumOfBoundedSizesStopsThere(@ForAll List<@LongRange(min = 0) Long> parts) {
    BoundedSize sum =
        parts.stream().map(BoundedSize::exactly).reduce(BoundedSize.ZERO, BoundedSize::plus);

    assertThat(sum.bytes()).isEqualTo(exact(parts));
  }

  private static long exact(List<Long> parts) {
    return parts.stream()
        .map(BigInteger::valueOf)
        .reduce(BigInteger.ZERO, BigInteger::add)
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  private static DiskUsage of(long bytes) {
    return new DiskUsage(bytes, bytes, true, bytes, 1, 0, 0, 0);
  }
}
