package dev.lowtide.probe;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.FileKind;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every probe does on every file system; subclasses say which of both. */
abstract class SizeProbeContract {
  private TestTree tree;

  /** The probe to be tested. */
  abstract SizeProbe probe();

  /** An empty directory; called once for each test. */
  abstract Path emptyDirectory() throws IOException;

  final TestTree tree() throws IOException {
    if (tree == null) {
      tree = TestTree.in(emptyDirectory());
    }
    return tree;
  }

  final DiskUsage measure() throws IOException {
    return probe().measure(tree().root());
  }

  final Snapshot capture() throws IOException {
    return probe().capture(tree().root());
  }

  @AfterEach
  void noInterruptIsLeftForTheNextTest() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void addsUpFilesDirectoriesAndLinks() throws IOException {
    tree().file("a", 5000).file("sub/b", 100).directory("sub/empty").link("link", "sub/b");

    DiskUsage usage = measure();

    assertThat(usage.apparentBytes()).isEqualTo(5000 + 100 + linkSize("link"));
    assertThat(usage.files()).isEqualTo(2);
    assertThat(usage.directories()).isEqualTo(3);
    assertThat(usage.others()).isEqualTo(1);
    assertThat(usage.entries()).isEqualTo(6);
    assertThat(usage.unreadable()).isZero();
  }

  @Test
  void filesTakeAtLeastTheirSizeOnTheDisk() throws IOException {
    tree().file("a", 5000);

    Entry file = capture().entry(path("a")).orElseThrow();
    assertThat(file.usage().allocatedBytes()).isGreaterThanOrEqualTo(5000);
  }

  private Path path(String relative) throws IOException {
    return tree().path(relative);
  }

  @Test
  void countsAFileWithTwoNamesOnce() throws IOException {
    tree().file("a", 5000).hardLink("b", "a").hardLink("sub/c", "a");

    DiskUsage usage = measure();

    assertThat(usage.files()).isEqualTo(1);
    assertThat(usage.apparentBytes()).isEqualTo(5000);
    assertThat(usage.sharedBytes()).isZero();
  }

  @Test
  void whatHasANameOutsideIsShared() throws IOException {
    tree().file("outside", 8192).hardLink("in/here", "outside").file("in/own", 4096);

    DiskUsage usage = probe().measure(path("in"));

    assertThat(usage.sharedBytes()).isEqualTo(8192);
    assertThat(usage.exclusiveBytes()).isEqualTo(usage.allocatedBytes() - 8192);
  }

  @Test
  void doesNotFollowSymbolicLinks() throws IOException {
    tree().file("outside/large", kib(100)).link("in/link", "../outside");

    assertThat(probe().measure(path("in")).apparentBytes()).isEqualTo(linkSize("in/link"));
  }

  /** The length of the text; Jimfs says 0. */
  private long linkSize(String link) throws IOException {
    return (Long) Files.getAttribute(path(link), "size", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void endsWhereSymbolicLinksMakeALoop() throws IOException {
    tree().link("a/up", "..").link("self", "self").link("ping", "pong").link("pong", "ping");

    assertThat(measure().others()).isEqualTo(4);
  }

  @Test
  void saysThatNothingIsThere() {
    assertThatThrownBy(() -> probe().measure(path("missing")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing");
    assertThatThrownBy(() -> probe().capture(path("missing")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void measuresAFile() throws IOException {
    tree().file("file", 5000);

    DiskUsage usage = probe().measure(path("file"));

    assertThat(usage.files()).isEqualTo(1);
    assertThat(usage.directories()).isZero();
    assertThat(usage.apparentBytes()).isEqualTo(5000);
    assertThat(probe().capture(path("file")).root().kind()).isEqualTo(FileKind.REGULAR);
  }

  @Test
  void measuresALinkAsItself() throws IOException {
    tree().file("outside/large", kib(100)).link("link", "outside");

    DiskUsage usage = probe().measure(path("link"));

    assertThat(usage.others()).isEqualTo(1);
    assertThat(usage.entries()).isEqualTo(1);
    assertThat(probe().capture(path("link")).root().kind()).isEqualTo(FileKind.SYMLINK);
  }

  @Test
  void anEmptyDirectoryIsOneEntry() throws IOException {
    DiskUsage usage = measure();

    assertThat(usage.directories()).isEqualTo(1);
    assertThat(usage.entries()).isEqualTo(1);
    assertThat(usage.apparentBytes()).isZero();
    assertThat(capture().root().children()).isEmpty();
  }

  @Test
  void countsAWideDirectory() throws IOException {
    IntStream.range(0, 5000).forEach(i -> quietly("wide/" + i));

    assertThat(measure().files()).isEqualTo(5000);
    assertThat(capture().size()).isEqualTo(5002);
  }

  private void quietly(String path) {
    try {
      tree().file(path, 1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void countsADeepDirectory() throws IOException {
    tree().chain("d", 400);

    assertThat(measure().directories()).isEqualTo(401);
    assertThat(capture().size()).isEqualTo(401);
  }

  @Test
  void leavesOutWhatVanishesMeanwhile() throws IOException {
    IntStream.range(0, 1000).forEach(i -> quietly("wide/" + i));
    TestTree there = tree();
    Thread remover =
        new Thread(
            () ->
                IntStream.range(0, 1000)
                    .forEach(
                        i -> {
                          try {
                            Files.delete(there.path("wide/" + i));
                          } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                          }
                        }));
    remover.start();

    List<DiskUsage> seen = new ArrayList<>();
    do {
      seen.add(measure());
    } while (remover.isAlive());

    assertThat(seen).allMatch(usage -> usage.unreadable() == 0 && usage.files() <= 1000);
    assertThat(measure().files()).isZero();
  }

  @Test
  void anInterruptEndsTheWalkAndStaysSet() throws IOException {
    IntStream.range(0, 2000).forEach(i -> quietly(i % 50 + "/" + i));

    Thread.currentThread().interrupt();
    assertThatThrownBy(this::measure).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();

    Thread.currentThread().interrupt();
    assertThatThrownBy(this::capture).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theSnapshotAddsUpToTheSameUsage() throws IOException {
    tree()
        .file("a/b/c", 5000)
        .hardLink("a/d", "a/b/c")
        .link("link", "a")
        .directory("empty")
        .file("e", 1);

    assertThat(capture().usage()).isEqualTo(measure());
  }

  @Test
  void aSnapshotIsInTreeOrderSortedByBytes() throws IOException {
    tree().file("a/b").file("a-b").file("a.d/c").file("B").directory("a/a");

    assertThat(capture().entries().map(entry -> entry.relativePath().toString()))
        .containsExactly("", "B", "a", "a/a", "a/b", "a-b", "a.d", "a.d/c");
  }

  @Test
  void twoSnapshotsOfATreeAreInTheSameOrder() throws IOException {
    IntStream.range(0, 600).forEach(i -> quietly(i % 7 + "/" + i % 11 + "/" + i));

    List<Path> first = capture().entries().map(Entry::path).toList();

    assertThat(capture().entries().map(Entry::path)).containsExactlyElementsOf(first);
  }

  @Test
  void anEntryTellsWhatTheFileSystemTold() throws IOException {
    tree().file("sub/a", 5000, daysAgo(3)).hardLink("b", "sub/a");

    Entry entry = capture().entry(path("sub/a")).orElseThrow();

    assertThat(entry.name()).isEqualTo("a");
    assertThat(entry.path()).isEqualTo(path("sub/a"));
    assertThat(entry.size()).isEqualTo(5000);
    assertThat(entry.links()).isEqualTo(2);
    assertThat(entry.lastModified()).isEqualTo(daysAgo(3));
    assertThat(entry.parent()).map(Entry::path).contains(path("sub"));
  }

  @Test
  void findsEntriesByAbsoluteAndRelativePath() throws IOException {
    tree().file("sub/a");
    Snapshot snapshot = capture();

    assertThat(snapshot.entry(path("sub/a"))).isPresent();
    assertThat(snapshot.entry(tree().root().relativize(path("sub/a")))).isPresent();
    assertThat(snapshot.entry(tree().root())).contains(snapshot.root());
    assertThat(snapshot.entry(path("sub/missing"))).isEmpty();
    assertThat(snapshot.entry(path("sub/a/below"))).isEmpty();
    assertThat(snapshot.entry(tree().root().resolveSibling("elsewhere"))).isEmpty();
  }
}
