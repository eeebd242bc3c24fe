package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trees on FUSE, by bindfs(1): it refuses {@code RENAME_NOREPLACE}, tells no time of birth, and may
 * number inodes anew with each mount.
 */
class FuseTest {
  @TempDir Path temporary;

  @Test
  void whatIsKeptCanBeRestoredAfterAnUnmountAndAMount() throws IOException {
    ChildProcess.assumeTool("bindfs");
    TestTree tree = TestTree.in(temporary.toRealPath());
    tree.file("real/w/a/sub/file").file("real/w/b").link("real/w/c", "canary");
    tree.file("real/w/canary").directory("fuse");

    ChildProcess.runWithMounts(
        "bindfs -o allow_other \"$1/real\" \"$1/fuse\" || touch \"$1/real/unsupported\"",
        KeepsAndRestores.class,
        tree.root());
  }

  /** Runs where the file system is mounted. */
  static final class KeepsAndRestores {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      if (tree.has("real/unsupported")) {
        System.out.println("skipped: no FUSE here");
        return;
      }
      TestTree fuse = TestTree.in(tree.path("fuse/w"));
      Map<String, String> before = fuse.fingerprint();
      String home = tree.path("home").toString();
      Lowtide lowtide =
          Lowtide.builder()
              .policy(TestPolicy.deleting("a", "b", "c"))
              .host(
                  HostEnvironment.of(
                      OperatingSystem.LINUX, tree.root().getFileSystem(), Map.of(), home, home))
              .listener(CleanupListener.NONE)
              .assumeIdle()
              .undoFor(Duration.ofDays(1))
              .build();

      CleanupReport report =
          lowtide.apply(lowtide.plan(CleanupTarget.of("w", fuse.root()))).orThrow();

      assertThat(report.outcomes()).hasSize(3).allMatch(Removed.class::isInstance);
      assertThat(report.kept()).hasSize(3);
      ChildProcess.run(
          tree.root(), "sh", "-ec", "umount fuse; ls -lR real; bindfs real fuse; ls -lR fuse");
      for (Trash.Item item : lowtide.trash().list(List.of(fuse.root())).items()) {
        assertThat(lowtide.trash().restore(item, Optional.empty()).reason()).isEmpty();
      }
      assertThat(fuse.fingerprint()).isEqualTo(before);
      ChildProcess.run(tree.root(), "umount", "fuse");
    }
  }
}
