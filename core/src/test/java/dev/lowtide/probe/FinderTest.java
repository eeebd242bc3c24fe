package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FinderTest {
  private final TestTree tree =
      TestTree.inMemory().file("a/b/c").file("a/b/d").file("a-b").file("a.b/c").file("z/b/c");

  private Snapshot snapshot() throws IOException {
    return SizeProbe.portable().capture(tree.root());
  }

  @Test
  void findsEverythingInAnyOrder() throws IOException {
    Snapshot snapshot = snapshot();
    Finder finder = new Finder(snapshot);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      snapshot.entries().forEach(entries::add);
    }
    Collections.shuffle(entries, new Random(1));

    for (Entry entry : entries) {
      assertThat(finder.entry(entry.path())).contains(entry);
    }
  }

  @Test
  void findsNothingThatIsNotThereAndGoesOn() throws IOException {
    Finder finder = new Finder(snapshot());

    for (String absent : List.of("a/b/b", "a/b/e", "a/b/c/x", "0", "zz", "a/c/c")) {
      assertThat(finder.entry(tree.path(absent))).isEmpty();
      assertThat(finder.entry(tree.path("z/b/c"))).isPresent();
      assertThat(finder.entry(tree.path("a/b/c"))).isPresent();
    }
    assertThat(finder.entry(tree.root().resolveSibling("elsewhere"))).isEmpty();
  }
}
