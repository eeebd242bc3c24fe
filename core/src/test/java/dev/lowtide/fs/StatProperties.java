package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What a file system may tell, at its extremes. */
class StatProperties {
  private static final long FIRST = Instant.parse("1901-01-01T00:00:00Z").getEpochSecond();
  private static final long LAST = Instant.parse("+30828-12-31T00:00:00Z").getEpochSecond();

  @Property
  void blocksAreAsManyBytesAsCanBeCounted(@ForAll long blocks) {
    BigInteger unsigned = new BigInteger(Long.toUnsignedString(blocks));

    assertThat(BigInteger.valueOf(Stat.bytes(blocks)))
        .isEqualTo(
            unsigned.multiply(BigInteger.valueOf(512)).min(BigInteger.valueOf(Long.MAX_VALUE)));
  }

  @Provide
  Arbitrary<Long> seconds() {
    return Arbitraries.longs().between(FIRST, LAST);
  }

  @Property
  void aTimeIsAsFarAwayAsCanBeCounted(
      @ForAll("seconds") long seconds, @ForAll @IntRange(max = 999_999_999) int nanos) {
    BigInteger exact =
        BigInteger.valueOf(seconds)
            .multiply(BigInteger.valueOf(1_000_000_000))
            .add(BigInteger.valueOf(nanos));

    assertThat(BigInteger.valueOf(Stat.nanos(seconds, nanos)))
        .isEqualTo(exact.min(BigInteger.valueOf(Long.MAX_VALUE)));
  }
}
