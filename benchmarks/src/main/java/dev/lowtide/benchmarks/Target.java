package dev.lowtide.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The ratio that a contestant must not exceed.
 *
 * @param atMost infinite if there is no target
 * @param columns the columns for which it holds; all if empty
 */
record Target(double atMost, List<String> columns) {
  static final Target NONE = atMost(Double.POSITIVE_INFINITY);

  static Target atMost(double ratio) {
    return new Target(ratio, List.of());
  }

  /**
   * The text for a table, such as {@code ≤ 0.62} or {@code ≤ 0.62: **missed**}.
   *
   * @param row the ratios of all rounds for each column
   */
  String verdict(Map<String, List<Double>> row) {
    if (atMost == Double.POSITIVE_INFINITY) {
      return "";
    }
    String where = String.join(", ", columns).toLowerCase(Locale.ROOT);
    return String.format(
        Locale.ROOT,
        "≤ %.2f%s%s",
        atMost,
        where.isEmpty() ? "" : " on " + where,
        isMissed(row) ? ": **missed**" : "");
  }

  private boolean isMissed(Map<String, List<Double>> row) {
    return row.entrySet().stream()
        .filter(column -> columns.isEmpty() || columns.contains(column.getKey()))
        .anyMatch(column -> Results.median(column.getValue()) > atMost);
  }
}
