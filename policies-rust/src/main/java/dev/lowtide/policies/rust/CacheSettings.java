package dev.lowtide.policies.rust;

import dev.lowtide.Printable;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.policy.Gauge.Budget.Relation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parsed settings for cargo's home and for sccache, and all budgets.
 *
 * @param removeCargoDownloads whether to remove also what a build without network needs
 * @param budgets the least hit rate and the largest sizes
 */
record CacheSettings(boolean removeCargoDownloads, List<Budget> budgets) {
  private static final String DOWNLOADS = "cargo-downloads";
  private static final String HIT_RATE = "sccache-hit-rate";
  private static final String SIZE = "sccache-size";
  private static final String TARGETS = "target-size";

  /** The names of the settings that {@link #parse} reads. */
  static Set<String> names() {
    return Set.of(DOWNLOADS, HIT_RATE, SIZE, TARGETS);
  }

  /**
   * Parses the settings in {@link #names()} and ignores all others.
   *
   * @throws IllegalArgumentException if a value is invalid; the message is for the user
   */
  static CacheSettings parse(Map<String, String> settings) {
    List<Budget> budgets = new ArrayList<>();
    String rate = settings.get(HIT_RATE);
    if (rate != null) {
      budgets.add(Budget.of(SccacheGauges.HIT_RATE, Relation.AT_LEAST, rate));
    }
    String size = settings.get(SIZE);
    if (size != null) {
      budgets.add(Budget.of(SccacheGauges.SIZE, Relation.BELOW, size));
    }
    String targets = settings.get(TARGETS);
    if (targets != null) {
      budgets.add(Budget.of(TargetGauge.SIZE, Relation.BELOW, targets));
    }
    return new CacheSettings(
        isRemove(settings.getOrDefault(DOWNLOADS, "keep")), List.copyOf(budgets));
  }

  private static boolean isRemove(String value) {
    return switch (value) {
      case "keep" -> false;
      case "remove" -> true;
      default ->
          throw new IllegalArgumentException(
              "The setting "
                  + DOWNLOADS
                  + " must be keep or remove, not '"
                  + Printable.of(value)
                  + "'");
    };
  }
}
