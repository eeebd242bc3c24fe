package dev.lowtide.policies.rust;

import dev.lowtide.ByteSize;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Gauge;
import dev.lowtide.policy.Gauge.Reading;
import dev.lowtide.policy.Gauge.Unit;
import dev.lowtide.probe.DiskUsage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Gauges of sccache, by the numbers that its running server reports. Without a server, only the
 * size is known, as measured on the disk; no server is started.
 */
final class SccacheGauges {
  static final Gauge HIT_RATE =
      new Gauge(
          "sccache.hit-rate",
          Unit.PERCENT,
          "share of results from the cache, since the running sccache server started or its"
              + " statistics were zeroed",
          SccacheGauges::hitRate);

  static final Gauge SIZE =
      new Gauge(
          "sccache.size",
          Unit.BYTES,
          "size of the cache, from the running sccache server, or else measured in its directory",
          SccacheGauges::size);

  static final Gauge ERRORS =
      new Gauge(
          "sccache.errors",
          Unit.COUNT,
          "how often the cache could not be used, read or written, or timed out, from the running"
              + " sccache server",
          SccacheGauges::errors);

  static final List<Gauge> ALL = List.of(HIT_RATE, SIZE, ERRORS);

  private SccacheGauges() {}

  private static Optional<Reading> hitRate(Examination examination) {
    return SccacheStats.ofRunningServer(examination.host())
        .map(
            stats -> {
              long hits = SccacheStats.sum(stats.hits());
              long all = hits + SccacheStats.sum(stats.misses());
              return stats.hitRate().isEmpty()
                  ? Reading.idle("nothing was compiled through sccache")
                  : Reading.of(
                      stats.hitRate().getAsDouble(),
                      hits + " of " + all + " results came from the cache");
            });
  }

  private static Optional<Reading> size(Examination examination) {
    Path directory = SccacheSetup.of(examination.host()).directory();
    Optional<SccacheStats> server = SccacheStats.ofRunningServer(examination.host());
    return server
        .flatMap(SccacheStats::size)
        .map(size -> reading(size, "reported by the server"))
        .or(
            () ->
                examination
                    .usage(directory)
                    .map(DiskUsage::allocated)
                    .map(taken -> Reading.of(taken, "measured in " + directory)))
        .or(() -> server.map(stats -> Reading.idle("the server has not used its cache")));
  }

  private static Reading reading(ByteSize size, String words) {
    return Reading.of((double) size.bytes(), words);
  }

  private static Optional<Reading> errors(Examination examination) {
    return SccacheStats.ofRunningServer(examination.host())
        .map(
            stats -> {
              long unusable = SccacheStats.sum(stats.errors());
              return Reading.of(
                  (double) (unusable + stats.readErrors() + stats.writeErrors() + stats.timeouts()),
                  String.format(
                      Locale.ROOT,
                      "%d in use, %d reading, %d writing, %d took too long",
                      unusable,
                      stats.readErrors(),
                      stats.writeErrors(),
                      stats.timeouts()));
            });
  }
}
