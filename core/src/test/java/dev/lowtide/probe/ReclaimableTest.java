package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReclaimableTest {
  @TempDir Path temporary;

  private static boolean dependsOnOthers(TestTree tree, String name) throws IOException {
    Entry entry = SizeProbe.best().capture(tree.path(name)).root();
    return Reclaimable.queryingFileSystem().dependsOnOthers(entry);
  }

  @Test
  void aTreeDependsOnOthersIfAFileInItHasAnotherName() throws IOException {
    TestTree tree = TestTree.in(temporary.toRealPath());
    tree.file("alone/file").file("linked/file").hardLink("other/name", "linked/file");

    assertThat(dependsOnOthers(tree, "linked")).isTrue();
    assertThat(dependsOnOthers(tree, "other")).isTrue();
    assertThat(dependsOnOthers(tree, "alone")).isEqualTo(Reclaimable.mayShare(tree.root()));
  }
}
