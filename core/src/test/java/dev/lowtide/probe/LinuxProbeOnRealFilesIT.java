package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on the packaged jar and a JDK that has the foreign-function API, and nowhere else. */
class LinuxProbeOnRealFilesIT extends ProbeOnRealFilesContract {
  @BeforeEach
  void needsTheNativeLayer() {
    assumeTrue(SizeProbe.best().name().equals("linux"), "there is no native layer here");
  }

  @Override
  SizeProbe probe() {
    return SizeProbe.best();
  }

  @Test
  void allocatesWhatDuSays(@TempDir Path root) throws Exception {
    TestTree tree =
        TestTree.in(root)
            .file("a/one", 10_000)
            .file("a/b/two", 1)
            .file("a/b/empty", 0)
            .hardLink("c/again", "a/one")
            .link("long", "x".repeat(200))
            .link("short", "a");
    try (var sparse = Files.newByteChannel(tree.path("sparse"), sparseNew())) {
      sparse.position(50_000_000).write(ByteBuffer.wrap(new byte[1]));
    }

    DiskUsage usage = probe().measure(root);

    assertThat(usage.allocatedExact()).isTrue();
    assertThat(usage.allocatedBytes()).isEqualTo(du(root));
  }

  private static Set<OpenOption> sparseNew() {
    return Set.of(
        StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE);
  }

  private static long du(Path root) throws IOException {
    Process du = new ProcessBuilder("du", "-s", "-x", "-B1", root.toString()).start();
    String out = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return Long.parseLong(out.split("\\s")[0]);
  }

  /** More directories than are held open, so that some are opened again from above. */
  @Test
  void walksATreeWithManyBranchesAtEachOfManyLevels(@TempDir Path root) throws IOException {
    Path directory = root;
    for (int level = 0; level < 400; level++) {
      for (String name : new String[] {"a", "b", "z"}) {
        Files.createDirectory(directory.resolve(name));
        Files.writeString(directory.resolve(name + "/file"), name);
      }
      directory = directory.resolve("m");
      Files.createDirectory(directory);
    }

    DiskUsage usage = probe().measure(root);

    assertThat(usage.directories()).isEqualTo(1 + 400 * 4);
    assertThat(usage.files()).isEqualTo(400 * 3);
    assertThat(usage.unreadable()).isZero();
  }
}
