package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Sizes, durations and names as people read and write them. */
class UnitsProperties {
  @Property
  void aSizeReadsBackWithinItsRounding(@ForAll @LongRange(min = 0, max = 1L << 62) long bytes) {
    long read = ByteSize.parse(ByteSize.bytes(bytes).toString()).bytes();

    assertThat(read).isCloseTo(bytes, within(bytes / 100));
  }

  @Example
  void suffixesCountInThousandsOr1024s() {
    assertThat(ByteSize.parse("10MB").bytes()).isEqualTo(10_000_000);
    assertThat(ByteSize.parse("10 MiB").bytes()).isEqualTo(10 << 20);
    assertThat(ByteSize.parse("10m").bytes()).isEqualTo(10 << 20);
    assertThat(ByteSize.parse("1.5KiB").bytes()).isEqualTo(1536);
    assertThat(ByteSize.bytes((1 << 20) - 1)).hasToString("1 MiB");
    assertThat(ByteSize.bytes(-4096)).hasToString("-4 KiB");
    assertThat(ByteSize.bytes(3L << 60)).hasToString("3 EiB");
  }

  @Example
  void moreThanCanBeCountedIsAtLeastThat() {
    assertThat(ByteSize.bytes(Long.MAX_VALUE)).hasToString("at least 8 EiB");
  }

  @Example
  void whatIsNoSizeIsRefusedInOneLine() {
    for (String text : new String[] {"", "-1", "1 XB", "much\n", "99999999999999999999TB"}) {
      assertThatThrownBy(() -> ByteSize.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .doesNotContain("\n");
    }
  }

  @Property
  void daysAndHoursReadBack(@ForAll @IntRange(min = 1, max = 10_000) int count) {
    assertThat(Durations.parse(count + "d")).isEqualTo(Duration.ofDays(count));
    assertThat(Durations.parse(Durations.format(Duration.ofDays(count))))
        .isEqualTo(Duration.ofDays(count));
    assertThat(Durations.parse(Duration.ofHours(count).toString()))
        .isEqualTo(Duration.ofHours(count));
  }

  @Property
  void whatIsPrintedMovesNoCursor(@ForAll String text) {
    assertThat(Printable.of(text).codePoints())
        .noneMatch(c -> Character.isISOControl(c) || c == 0x202e || c == 0x2028);
  }
}
