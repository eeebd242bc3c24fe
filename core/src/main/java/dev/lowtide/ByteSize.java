package dev.lowtide;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes.
 *
 * @param bytes may be negative, for a difference
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
  private static final Pattern SYNTAX = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-z]*)");

  /**
   * SI suffixes stand for powers of 1000; IEC suffixes, and a single letter as in {@code du} and
   * {@code dd}, for powers of 1024.
   */
  private static final Map<String, Long> UNITS =
      Map.ofEntries(
          Map.entry("", 1L),
          Map.entry("b", 1L),
          Map.entry("kb", 1_000L),
          Map.entry("mb", 1_000_000L),
          Map.entry("gb", 1_000_000_000L),
          Map.entry("tb", 1_000_000_000_000L),
          Map.entry("k", 1L << 10),
          Map.entry("m", 1L << 20),
          Map.entry("g", 1L << 30),
          Map.entry("pb", 1_000_000_000_000_000L),
          Map.entry("eb", 1_000_000_000_000_000_000L),
          Map.entry("t", 1L << 40),
          Map.entry("p", 1L << 50),
          Map.entry("e", 1L << 60),
          Map.entry("kib", 1L << 10),
          Map.entry("mib", 1L << 20),
          Map.entry("gib", 1L << 30),
          Map.entry("tib", 1L << 40),
          Map.entry("pib", 1L << 50),
          Map.entry("eib", 1L << 60));

  private static final List<String> IEC = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

  /** No bytes. */
  public static final ByteSize ZERO = new ByteSize(0);

  public static ByteSize bytes(long count) {
    return new ByteSize(count);
  }

  /** A number of units of 1024 bytes. */
  public static ByteSize kibibytes(long count) {
    return new ByteSize(Math.multiplyExact(count, 1L << 10));
  }

  /** A number of units of 1024 × 1024 bytes. */
  public static ByteSize mebibytes(long count) {
    return new ByteSize(Math.multiplyExact(count, 1L << 20));
  }

  /**
   * Reads {@code 10MB} (SI), {@code 10MiB} (IEC), {@code 10M} (IEC, as {@code du} does), {@code 1.5
   * GiB} or a plain number of bytes; case does not matter.
   *
   * @throws IllegalArgumentException if the text is not a size; the message is a sentence for the
   *     user
   */
  public static ByteSize parse(String text) {
    Matcher matcher = SYNTAX.matcher(text.strip().toLowerCase(Locale.ROOT));
    Long unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
    if (unit == null) {
      throw new IllegalArgumentException(
          "'" + Printable.of(text) + "' is not a size; write for example 500MB, 1.5GiB or 1048576");
    }
    try {
      BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
      return new ByteSize(bytes.setScale(0, RoundingMode.DOWN).longValueExact());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is too large", e);
    }
  }

  /** Orders by size, the smallest first. */
  @Override
  public int compareTo(ByteSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /**
   * The text for messages, in IEC units: {@code 0 B}, {@code 128 MiB}, {@code 1.5 GiB}, {@code -4
   * KiB}. {@link Long#MAX_VALUE}, at which sums of sizes saturate, is {@code at least 8 EiB}.
   */
  @Override
  public String toString() {
    if (bytes == Long.MAX_VALUE) {
      return "at least 8 EiB";
    }
    double magnitude = Math.abs((double) bytes);
    int unit = 0;
    // 1023.95 would round up to "1024.0 MiB"
    while (magnitude >= 1023.95 && unit < IEC.size() - 1) {
      magnitude /= 1024;
      unit++;
    }
    // Not String.format, which takes the JDK ten milliseconds the first time
    BigDecimal number =
        BigDecimal.valueOf(magnitude)
            .setScale(magnitude < 9.995 && unit > 0 ? 2 : 1, RoundingMode.HALF_UP)
            .stripTrailingZeros();
    return (bytes < 0 ? "-" : "") + number.toPlainString() + " " + IEC.get(unit);
  }
}
