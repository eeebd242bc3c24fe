package dev.lowtide.cli;

import dev.lowtide.execute.LowtideBuilder;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The options that make guards stricter or more lenient. */
final class GuardOptions {
  private @Nullable Duration grace;
  private boolean foreignOwner;
  private boolean assumeIdle;
  private boolean takeUnexplained;

  /** Adds the options to a command. */
  void addTo(Options options) {
    options.value(
        "--grace=DURATION",
        Duration.class,
        value -> grace = value,
        "Keep what changed within this time. Default: an hour in shared caches and"
            + " temporary directories, nothing elsewhere.");
    options.flag(
        "--allow-foreign-owner",
        value -> foreignOwner = value,
        "Also remove files of other users.");
    options.flag(
        "--assume-idle",
        value -> assumeIdle = value,
        "Assume that processes which Lowtide cannot inspect use nothing. What is known to"
            + " be in use is still kept.");
    options.flag(
        "--take-unexplained",
        value -> takeUnexplained = value,
        "Also remove files that no record of a tool explains, such as your own in a virtual"
            + " environment. Every other guard still applies.");
  }

  void applyTo(LowtideBuilder builder) {
    Optional.ofNullable(grace).ifPresent(builder::gracePeriod);
    if (foreignOwner) {
      builder.allowForeignOwners();
    }
    if (assumeIdle) {
      builder.assumeIdle();
    }
    if (takeUnexplained) {
      builder.takeUnexplained();
    }
  }
}
