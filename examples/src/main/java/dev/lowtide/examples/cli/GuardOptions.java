package dev.lowtide.examples.cli;

import dev.lowtide.execute.Lowtide;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that loosen or tighten what guards object to. */
final class GuardOptions {
  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      description =
          "Keep what changed within this time; otherwise an hour in shared caches and temporary"
              + " directories, and nothing elsewhere.")
  private @Nullable Duration grace;

  @Option(names = "--allow-foreign-owner", description = "Let files go that belong to other users.")
  private boolean foreignOwner;

  @Option(
      names = "--assume-idle",
      description =
          "Take it that processes which cannot be seen use nothing; what is seen to be in use stays"
              + " all the same.")
  private boolean assumeIdle;

  void applyTo(Lowtide.Builder builder) {
    Optional.ofNullable(grace).ifPresent(builder::gracePeriod);
    if (foreignOwner) {
      builder.allowForeignOwners();
    }
    if (assumeIdle) {
      builder.assumeIdle();
    }
  }
}
