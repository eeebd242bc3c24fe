package dev.lowtide.policies.rust;

import dev.lowtide.Printable;
import dev.lowtide.policy.Budget;
import dev.lowtide.policy.Budget.Relation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings of what cargo and sccache keep for all builds, understood.
 *
 * @param removeCargoDownloads whether what a build without network needs may go
 * @param budgets what the cache of sccache is to be worth and may take
 */
record CacheSettings(boolean removeCargoDownloads, List<Budget> budgets) {
  private static final String DOWNLOADS = "cargo-downloads";
  private static final String HIT_RATE = "sccache-hit-rate";
  private static final String SIZE = "sccache-size";

  /** Those that are understood here. */
  static Set<String> names() {
    return Set.of(DOWNLOADS, HIT_RATE, SIZE);
  }

  /**
   * Reads those that are understood here, and passes over others.
   *
   * @throws IllegalArgumentException if one makes no sense, with a sentence for the user
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
    return new CacheSettings(
        isRemove(settings.getOrDefault(DOWNLOADS, "keep")), List.copyOf(budgets));
  }

  private static boolean isRemove(String value) {
    return switch (value) {
      case "keep" -> false;
      case "remove" -> true;
      default ->
          throw new IllegalArgumentException(
              "The setting " + DOWNLOADS + " is keep or remove, not '" + Printable.of(value) + "'");
    };
  }
}
