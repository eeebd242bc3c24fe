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
 * The parsed settings of the policies for target directories.
 *
 * @param mode how stale units are recognised
 * @param newest how many units of each shape, or of each role if reads are recorded, are kept
 * @param staleAfter how long a unit must have been unused to be stale, if the limits give no age
 * @param directoryAfter how long everything in a target directory must have been unused for its
 *     removal, if the limits give no age
 */
record TargetSettings(Mode mode, int newest, Duration staleAfter, Duration directoryAfter) {

  /** How stale units are recognised. */
  enum Mode {
    /**
     * A newer one has replaced it: one of the same role if the file system records reads, otherwise
     * one of the same shape.
     */
    SUPERSEDED,
    /** Cargo has not read its record for longer than an age. */
    AGE
  }

  private static final String MODE = "target-stale.mode";
  private static final String NEWEST = "target-stale.newest";
  private static final String STALE_AFTER = "target-stale.older-than";
  private static final String DIRECTORY_AFTER = "target-dir.older-than";

  static final Set<String> NAMES = Set.of(MODE, NEWEST, STALE_AFTER, DIRECTORY_AFTER);

  /**
   * Parses the settings in {@link #NAMES} and ignores all others.
   *
   * @throws IllegalArgumentException if a value is invalid; the message is for the user
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
