package dev.lowtide.policies.python.caches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.policies.python.fixtures.RealPip;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.PlantAndLook;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Caches that real pips fill: the oldest and the newest of the machine, which keep responses in
 * {@code http} and in {@code http-v2}.
 */
class PipCacheE2ETest {
  @TempDir Path temporary;

  static Stream<Path> pythons() throws IOException {
    List<Path> all = RealPip.pythons();
    return Stream.of(all.get(0), all.get(all.size() - 1)).distinct();
  }

  private static Planned plan(TestTree cache, Duration later, UnaryOperator<LowtideBuilder> more) {
    LowtideBuilder builder =
        Planned.using(HostEnvironment.current())
            .clock(Clock.fixed(Instant.now().plus(later), ZoneOffset.UTC));
    return Planned.of(
        cache, CleanupTarget.cache("pip-cache", cache.root()), more.apply(builder).build());
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void goesAndComesBack(Path python) throws IOException {
    Path directory = temporary.toRealPath();
    TestTree cache = TestTree.in(Files.createDirectory(directory.resolve("cache")));
    try (RealPip pip = new RealPip(python, directory.resolve("work"))) {
      pip.getBoth(cache.root(), directory.resolve("first"));
      assertThat(cache.names()).as(pip.log()).anyMatch(name -> name.endsWith(".whl"));

      // The response with the wheel, the one with the sources, the wheel that was built
      Planned large = plan(cache, Duration.ofHours(2), each -> each.maxSize(ByteSize.kibibytes(1)));
      assertThat(large.plan().reclaimableBytes()).isGreaterThan(3L * RealPip.PAYLOAD);
      assertThat(large.refused()).isEmpty();

      assertThat(plan(cache, Duration.ZERO, each -> each).proposed()).as("in use").isEmpty();
      assertThat(
              plan(cache, Duration.ofDays(2), each -> each.olderThan(Duration.ofDays(3)))
                  .proposed())
          .isEmpty();

      plan(cache, Duration.ofDays(4), each -> each.olderThan(Duration.ofDays(3))).apply();
      assertThat(cache.names())
          .filteredOn(name -> Files.isRegularFile(cache.path(name)))
          .isSubsetOf("CACHEDIR.TAG", ".gitignore");

      pip.getBoth(cache.root(), directory.resolve("second"));
      assertThat(cache.names()).anyMatch(name -> name.endsWith(".whl"));
    }
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void whatAPersonWouldMissStaysAndWithoutItAllGoes(Path python) throws IOException {
    Path directory = temporary.toRealPath();
    TestTree cache = TestTree.in(Files.createDirectory(directory.resolve("cache")));
    try (RealPip pip = new RealPip(python, directory.resolve("work"))) {
      pip.getBoth(cache.root(), directory.resolve("wheels"));
    }

    PlantAndLook.into(() -> plan(cache, Duration.ofHours(2), each -> each))
        .notEditing("nothing but a hash of its content tells of it", file -> true)
        .knownAnywhere(
            "pip installs a wheel from wherever it lies in its cache",
            file -> file.toString().endsWith(".whl"))
        .sharedBy(4)
        .plant(41);
  }
}
