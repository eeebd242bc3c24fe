package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.fs.Stat;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tree that no path leads through: the portable probe cannot read it, and nothing hides that. */
class DeepTreesTest {
  @TempDir Path directory;
  private TestTree tree;
  private Lowtide lowtide;
  private CleanupTarget target;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(directory.toRealPath()).chain("deep", 3000);
    lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("deep", "other")).build();
    target = CleanupTarget.of("tree", tree.root());
  }

  @AfterEach
  void removeTree() throws IOException {
    Path deep = tree.path("deep");
    Deleter.secure().delete(deep, Stat.of(deep).identity());
  }

  @Test
  void aRunThatCouldRemoveNothingElseFailsAndSaysWhy() throws IOException {
    CleanupReport report = lowtide.apply(lowtide.plan(target));

    assertThat(report.isDone()).isFalse();
    assertThat(report.unreadable()).singleElement().extracting("path").isEqualTo(tree.path("deep"));
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(CleanupException.class)
        .hasMessageContaining(tree.path("deep") + ": its paths are too long")
        .hasMessageContaining("JDK 22");
  }

  @Test
  void aRunThatRemovesTheRestIsDone() throws IOException {
    tree.file("other/x");

    CleanupReport report = lowtide.apply(lowtide.plan(target));

    assertThat(report.isDone()).isTrue();
    assertThat(report.unreadable()).hasSize(1);
    assertThat(tree.has("other")).isFalse();
  }

  @Test
  void whatCouldBeMeasuredIsTheLeast() throws IOException {
    assertThat(SizeProbe.portable().measure(tree.root()).unreadable()).isEqualTo(1);
  }
}
