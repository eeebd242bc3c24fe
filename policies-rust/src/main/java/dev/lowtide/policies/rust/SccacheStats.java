package dev.lowtide.policies.rust;

import com.google.common.collect.ImmutableMap;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The statistics of a running sccache server, from {@code sccache --show-stats --stats-format=json}
 * of sccache 0.4 and 0.17. Counts begin at the start of the server.
 *
 * @param version of the server; empty if it does not report one, such as 0.4
 * @param location of the cache, as sccache writes it
 * @param size of the cache as sccache counts it; empty before its first use
 * @param cap the size limit of the cache; empty before its first use
 * @param hits results that came from the cache, by language
 * @param misses results that had to be computed, by language
 * @param errors times when the cache could not be used, by language
 * @param writes results that were stored
 * @param writeErrors results that could not be stored
 * @param readErrors results that could not be read
 * @param timeouts results for which the cache took too long
 * @param notCached calls that were not cached at all, by reason
 */
public record SccacheStats(
    Optional<String> version,
    String location,
    Optional<ByteSize> size,
    Optional<ByteSize> cap,
    Map<String, Long> hits,
    Map<String, Long> misses,
    Map<String, Long> errors,
    long writes,
    long writeErrors,
    long readErrors,
    long timeouts,
    Map<String, Long> notCached) {

  public SccacheStats {
    hits = ImmutableMap.copyOf(hits);
    misses = ImmutableMap.copyOf(misses);
    errors = ImmutableMap.copyOf(errors);
    notCached = ImmutableMap.copyOf(notCached);
  }

  /**
   * Asks the running server; empty if none runs or it does not answer. Without a server, sccache is
   * not started, since older versions would start a server.
   */
  public static Optional<SccacheStats> ofRunningServer(HostEnvironment host) {
    if (!host.isRunning(SccacheCache.EXECUTABLE)) {
      return Optional.empty();
    }
    return host.ask(SccacheCache.EXECUTABLE, "--show-stats", "--stats-format=json")
        .flatMap(
            json -> {
              try {
                return Optional.of(parse(json));
              } catch (IllegalArgumentException e) {
                return Optional.empty();
              }
            });
  }

  /**
   * Reads the output of sccache; members that a version lacks count as 0.
   *
   * @throws IllegalArgumentException if the text is not such output
   */
  public static SccacheStats parse(String json) {
    try {
      JsonObject all = JsonParser.parseString(json).getAsJsonObject();
      JsonObject stats = all.getAsJsonObject("stats");
      return new SccacheStats(
          text(all, "version"),
          text(all, "cache_location").orElse(""),
          number(all, "cache_size").map(ByteSize::new),
          number(all, "max_cache_size").map(ByteSize::new),
          counts(stats.getAsJsonObject("cache_hits")),
          counts(stats.getAsJsonObject("cache_misses")),
          counts(stats.getAsJsonObject("cache_errors")),
          number(stats, "cache_writes").orElse(0L),
          number(stats, "cache_write_errors").orElse(0L),
          number(stats, "cache_read_errors").orElse(0L),
          number(stats, "cache_timeouts").orElse(0L),
          numbers(stats.getAsJsonObject("not_cached")));
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | UnsupportedOperationException
        | NumberFormatException e) {
      throw new IllegalArgumentException("These are not statistics of sccache", e);
    }
  }

  private static Optional<JsonElement> member(JsonObject object, String name) {
    return Optional.ofNullable(object.get(name)).filter(element -> !element.isJsonNull());
  }

  private static Optional<String> text(JsonObject object, String name) {
    return member(object, name).map(JsonElement::getAsString);
  }

  private static Optional<Long> number(JsonObject object, String name) {
    return member(object, name).map(JsonElement::getAsLong);
  }

  private static Map<String, Long> counts(JsonObject object) {
    return numbers(object.getAsJsonObject("counts"));
  }

  private static Map<String, Long> numbers(JsonObject object) {
    ImmutableMap.Builder<String, Long> numbers = ImmutableMap.builder();
    object.entrySet().forEach(entry -> numbers.put(entry.getKey(), entry.getValue().getAsLong()));
    return numbers.buildOrThrow();
  }

  /** Whether the cache is in a directory of this machine. */
  boolean isIn(Path directory) {
    return location.contains('"' + directory.toString() + '"');
  }

  /** The share of results from the cache, 0 to 1; empty if there were no results. */
  public OptionalDouble hitRate() {
    long hit = sum(hits);
    long all = hit + sum(misses);
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) hit / all);
  }

  static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
