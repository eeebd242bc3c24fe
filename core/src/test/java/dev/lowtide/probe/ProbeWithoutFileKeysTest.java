package dev.lowtide.probe;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a ZIP file system, which like Windows tells no file keys. */
class ProbeWithoutFileKeysTest {
  @TempDir Path directory;

  @Test
  void filesThatWereCreatedAtTheSameTimeAreNotTakenForOne() throws IOException {
    Path zip = directory.resolve("a.zip");
    try (FileSystem fileSystem = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      TestTree tree = TestTree.in(fileSystem);
      tree.file("a", kib(8), daysAgo(1)).file("b", kib(8), daysAgo(1));

      for (String name : new String[] {"a", "b"}) {
        Files.setAttribute(tree.path(name), "creationTime", FileTime.from(daysAgo(1)));
      }

      DiskUsage usage = SizeProbe.portable().measure(tree.root());

      assertThat(usage.files()).isEqualTo(2);
      assertThat(usage.apparentBytes()).isEqualTo(kib(16));
      assertThat(SizeProbe.portable().capture(tree.root()).usage()).isEqualTo(usage);
    }
  }
}
