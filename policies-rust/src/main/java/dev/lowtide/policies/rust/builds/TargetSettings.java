package dev.lowtide.policies.rust.builds;

import dev.lowtide.Durations;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How the policies for target directories are set.
 *
 * @param mode by what stale units are told
 * @param newest how many units of the same shape are kept
 * @param staleAfter how long a unit must not have been used, where the caller names no age
 * @param directoryAfter how long nothing in a target directory must have been used for it to go,
 *     where the caller names no age
 */
record TargetSettings(Mode mode, int newest, Duration staleAfter, Duration directoryAfter) {

  /** By what it is told that a unit is stale. */
  enum Mode {
    /** A newer one of the same shape has replaced it; needs no access times. */
    SUPERSEDED,
    /** Cargo has not looked at it for longer than some age. */
    AGE
  }

  private static final String MODE = "target-stale.mode";
  private static final String NEWEST = "target-stale.newest";
  private static final String STALE_AFTER = "target-stale.older-than";
  private static final String DIRECTORY_AFTER = "target-dir.older-than";

  /** The names of all settings. */
  static final Set<String> NAMES = Set.of(MODE, NEWEST, STALE_AFTER, DIRECTORY_AFTER);

  /**
   * Reads the settings that are known here, and leaves the others to others.
   *
   * @throws IllegalArgumentException if one makes no sense, with a sentence for the user
   */
  static TargetSettings of(Map<String, String> settings) {
    return new TargetSettings(
        value(settings, MODE, TargetSettings::mode).orElse(Mode.SUPERSEDED),
        value(settings, NEWEST, TargetSettings::count).orElse(1),
        value(settings, STALE_AFTER, Durations::parse).orElse(Duration.ofDays(7)),
        value(settings, DIRECTORY_AFTER, Durations::parse).orElse(Duration.ofDays(30)));
  }

  private static <T> Optional<T> value(
      Map<String, String> settings, String name, Function<String, T> parser) {
    try {
      return Optional.ofNullable(settings.get(name)).map(parser);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IllegalArgumentException(
          "The setting "
              + name
              + " = "
              + settings.get(name)
              + " is not understood: "
              + e.getMessage(),
          e);
    }
  }

  private static Mode mode(String text) {
    return Arrays.stream(Mode.values())
        .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there are "
                        + Arrays.stream(Mode.values())
                            .map(mode -> mode.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))));
  }

  private static int count(String text) {
    int count = Integer.parseInt(text);
    if (count < 1) {
      throw new IllegalArgumentException("at least 1 is kept");
    }
    return count;
  }
}
