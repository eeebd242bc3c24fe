package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.testing.RandomTree;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever is added, removed or renamed, the probe that remembers says what one says that looks.
 */
class IncrementalProbeProperties {
  @Provide
  Arbitrary<List<RandomTree.Step>> steps() {
    return RandomTree.steps();
  }

  /** Removes something, or gives it another name in a directory; both are picked by number. */
  private record Change(int what, int where, boolean remove) {
    void in(TestTree tree) throws IOException {
      List<String> names = tree.names();
      if (names.isEmpty()) {
        return;
      }
      Path path = tree.path(names.get(what % names.size()));
      Path target = tree.path(names.get(where % names.size()));
      if (remove) {
        MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
      } else if (Files.isDirectory(target)
          && !Files.isSymbolicLink(target)
          && !target.startsWith(path)) {
        Path moved = target.resolve("moved-" + what);
        if (!Files.exists(moved, LinkOption.NOFOLLOW_LINKS)) {
          Files.move(path, moved);
        }
      }
    }
  }

  @Provide
  Arbitrary<List<Change>> changes() {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1000);
    return Combinators.combine(numbers, numbers, Arbitraries.of(true, false))
        .as(Change::new)
        .list()
        .ofMaxSize(6);
  }

  @Property(tries = 60)
  void equalsAFullMeasurement(
      @ForAll("steps") List<RandomTree.Step> before,
      @ForAll("changes") List<Change> changes,
      @ForAll("steps") List<RandomTree.Step> after)
      throws IOException {
    for (SizeProbe full : List.of(SizeProbe.portable(), SizeProbe.best())) {
      Path directory = Files.createTempDirectory("incremental").toRealPath();
      try {
        TestTree tree = TestTree.in(Files.createDirectory(directory.resolve("cache")));
        RandomTree.plant(tree, before).age(Duration.ofDays(100)); // a new time is another time
        Clock clock = Clock.fixed(Clock.systemUTC().instant().plusSeconds(3600), ZoneOffset.UTC);
        SizeProbe.Incremental incremental =
            full.incremental(directory.resolve("memory"), () -> List.of(tree.root()), clock);
        assertThat(incremental.measure(tree.root()).usage()).isEqualTo(full.measure(tree.root()));

        for (Change change : changes) {
          change.in(tree);
        }
        RandomTree.plant(tree, after);

        assertThat(incremental.measure(tree.root()).usage()).isEqualTo(full.measure(tree.root()));
        assertThat(incremental.measure(tree.root()).usage()).isEqualTo(full.measure(tree.root()));
      } finally {
        MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
  }
}
