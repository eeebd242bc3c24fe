package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SccacheStatsTest {
  /** Printed by sccache 0.4.0-pre.6 of Debian 12, with other numbers. */
  private static final String OF_0_4 =
      """
      {"stats":{"compile_requests":12,"requests_unsupported_compiler":0,"requests_not_compile":0,
      "requests_not_cacheable":3,"requests_executed":9,"cache_errors":{"counts":{"C/C++":1}},
      "cache_hits":{"counts":{"C/C++":5,"Rust":3}},"cache_misses":{"counts":{"Rust":2}},
      "cache_timeouts":6,"cache_read_errors":7,"non_cacheable_compilations":0,"forced_recaches":0,
      "cache_write_errors":8,"cache_writes":2,"cache_write_duration":{"secs":0,"nanos":1230623},
      "cache_read_hit_duration":{"secs":0,"nanos":0},"compiler_write_duration":{"secs":0,"nanos":4},
      "compile_fails":0,"not_cached":{"incremental":3},"dist_compiles":{},"dist_errors":0},
      "cache_location":"Local disk: \\"/home/me/.cache/sccache\\"","cache_size":1423,
      "max_cache_size":10737418240}\
      """;

  @Test
  void readsWhatIsPrinted() {
    assertThat(SccacheStats.parse(OF_0_4))
        .isEqualTo(
            new SccacheStats(
                Optional.empty(),
                "Local disk: \"/home/me/.cache/sccache\"",
                Optional.of(new ByteSize(1423)),
                Optional.of(new ByteSize(10L << 30)),
                Map.of("C/C++", 5L, "Rust", 3L),
                Map.of("Rust", 2L),
                Map.of("C/C++", 1L),
                2,
                8,
                7,
                6,
                Map.of("incremental", 3L)));
  }

  /** Made up after what 0.17 prints beside that: none of that version is at hand for the tests. */
  @Test
  void readsWhatNewerVersionsAdd() {
    SccacheStats stats =
        SccacheStats.parse(
            OF_0_4.replace(
                "{\"stats\"", "{\"version\":\"0.17.0\",\"use_preprocessor\":true,\"stats\""));

    assertThat(stats.version()).contains("0.17.0");
  }

  @Test
  void hasNoSizesBeforeTheFirstUse() {
    SccacheStats stats =
        SccacheStats.parse(OF_0_4.replace(":1423", ":null").replace(":10737418240", ":null"));

    assertThat(stats.size()).isEmpty();
    assertThat(stats.cap()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"''", "{}", "[]", "null", "{\"stats\":1}", "{\"stats\":{\"cache_hits\":{}}}"})
  void refusesWhatIsSomethingElse(String json) {
    assertThatThrownBy(() -> SccacheStats.parse(json)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void countsErrorsNeitherAsHitsNorAsMisses() {
    assertThat(SccacheStats.parse(OF_0_4).hitRate().orElseThrow()).isCloseTo(0.8, within(1e-9));
  }

  @Test
  void hasNoHitRateBeforeTheFirstResult() {
    SccacheStats idle =
        SccacheStats.parse(
            OF_0_4.replace("{\"C/C++\":5,\"Rust\":3}", "{}").replace("{\"Rust\":2}", "{}"));

    assertThat(idle.hitRate()).isEmpty();
  }

  @Test
  void isNotAskedForWhereNoServerRunsSinceThatWouldStartOne() {
    HostEnvironment host =
        HostEnvironment.current()
            .withTools(
                (directory, argv) -> {
                  throw new AssertionError(argv);
                });

    assertThat(SccacheStats.ofRunningServer(host)).isEmpty();
  }

  @Test
  void isAskedForWhereAServerRuns() {
    Tools tools =
        new Tools() {
          @Override
          public Optional<String> ask(Path directory, List<String> argv) {
            return argv.equals(List.of("sccache", "--show-stats", "--stats-format=json"))
                ? Optional.of(OF_0_4)
                : Optional.empty();
          }

          @Override
          public boolean isRunning(String executable) {
            return executable.equals("sccache");
          }
        };

    assertThat(SccacheStats.ofRunningServer(HostEnvironment.current().withTools(tools)))
        .contains(SccacheStats.parse(OF_0_4));
  }
}
