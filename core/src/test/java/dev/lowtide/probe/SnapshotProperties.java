package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.CharMatcher;
import dev.lowtide.testing.RandomTree;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A snapshot against a plain walk that asks the file system about each path. */
class SnapshotProperties {
  @Provide
  Arbitrary<List<RandomTree.Step>> steps() {
    return RandomTree.steps();
  }

  private static Snapshot snapshotOf(List<RandomTree.Step> steps) throws IOException {
    TestTree tree = RandomTree.plant(TestTree.inMemory(), steps);
    return SizeProbe.portable().capture(tree.root());
  }

  private static List<Path> below(Path top) {
    try (Stream<Path> paths = Files.walk(top)) {
      return paths.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Property(tries = 100)
  void hasAnEntryForEachPath(@ForAll("steps") List<RandomTree.Step> steps) throws IOException {
    Snapshot snapshot = snapshotOf(steps);

    assertThat(snapshot.entries().map(Entry::path))
        .containsExactlyInAnyOrderElementsOf(below(snapshot.rootPath()));
    assertThat(below(snapshot.rootPath()))
        .allSatisfy(path -> assertThat(snapshot.entry(path)).map(Entry::path).contains(path));
  }

  @Property(tries = 100)
  void childrenAreTheNamesOfADirectory(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    Snapshot snapshot = snapshotOf(steps);

    for (Entry entry : snapshot.entries().toList()) {
      List<Path> names =
          below(entry.path()).stream()
              .filter(path -> entry.path().equals(path.getParent()))
              .sorted(Comparator.comparing(Path::toString))
              .toList();
      assertThat(entry.children()).extracting(Entry::path).containsExactlyElementsOf(names);
      for (Path name : names) {
        assertThat(entry.child(name.getFileName().toString())).map(Entry::path).contains(name);
      }
    }
  }

  @Example
  void holdsMoreThanOneThreadCollectsAtOnce() throws IOException {
    TestTree tree = TestTree.inMemory();
    for (int i = 0; i < 40_000; i++) {
      tree.file("%02d/%d".formatted(i % 90, i), i % 7);
    }

    Snapshot snapshot = SizeProbe.portable().capture(tree.root());

    assertThat(snapshot.entries().map(entry -> entry.relativePath().toString()))
        .hasSize(1 + 90 + 40_000)
        .isSorted();
    for (String path : List.of("00/0", "43/20383", "39/39999")) {
      int number = Integer.parseInt(path.substring(3));
      assertThat(snapshot.entry(tree.path(path)).orElseThrow().size()).isEqualTo(number % 7);
    }
  }

  @Property(tries = 100)
  void aNameBeginsWithWhatItsTextBeginsWith(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    for (Entry entry : snapshotOf(steps).entries().toList()) {
      String name = entry.name();

      assertThat(entry.nameStartsWith(name)).isEqualTo(CharMatcher.ascii().matchesAllOf(name));
      assertThat(entry.nameStartsWith(CharMatcher.ascii().retainFrom(name.substring(0, 1))))
          .isTrue();
      assertThat(entry.nameStartsWith(name + "a")).isFalse();
      assertThat(entry.nameStartsWith("?" + name.substring(1))).isFalse();
    }
  }

  @Property(tries = 100)
  void theNewestTimeIsTheNewestBelow(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    Snapshot snapshot = snapshotOf(steps);

    for (Entry entry : snapshot.entries().toList()) {
      Instant newest =
          below(entry.path()).stream()
              .map(SnapshotProperties::modified)
              .max(Comparator.naturalOrder())
              .orElseThrow();
      assertThat(entry.newestModified()).isEqualTo(newest);
    }
  }

  private static Instant modified(Path path) {
    try {
      return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Property(tries = 100)
  void usageOfEachSubtreeCountsEachInodeOnce(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    Snapshot snapshot = snapshotOf(steps);

    for (Entry entry : snapshot.entries().toList()) {
      long apparent = 0;
      long files = 0;
      long directories = 0;
      long links = 0;
      Set<Object> inodes = new HashSet<>();
      for (Path path : below(entry.path())) {
        if (Files.isSymbolicLink(path)) {
          links++;
          apparent += (Long) Files.getAttribute(path, "size", LinkOption.NOFOLLOW_LINKS);
        } else if (Files.isDirectory(path)) {
          directories++;
        } else if (inodes.add(Files.getAttribute(path, "unix:ino"))) {
          files++;
          apparent += Files.size(path);
        }
      }
      DiskUsage usage = entry.usage();
      assertThat(usage.files()).isEqualTo(files);
      assertThat(usage.directories()).isEqualTo(directories);
      assertThat(usage.others()).isEqualTo(links);
      assertThat(usage.apparentBytes()).isEqualTo(apparent);
      assertThat(SizeProbe.portable().measure(entry.path())).isEqualTo(usage);
    }
  }
}
