package dev.lowtide.policy;

/** What it costs to get something back, cheapest first. */
public enum RebuildCost {
  /** Made again within seconds, as part of normal use. */
  TRIVIAL,
  /** Computed or compiled again. */
  COMPUTE,
  /** Fetched from the network again. */
  DOWNLOAD,
  /** Takes hours, or a person. */
  EXPENSIVE
}
