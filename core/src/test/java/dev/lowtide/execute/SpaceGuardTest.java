package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Volume;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A floor of free space on a file system of 2 GiB, under a program that fills it. */
class SpaceGuardTest {
  private static final boolean THOROUGH = Boolean.getBoolean("lowtide.thorough");

  @TempDir Path directory;

  @Test
  void aWriterNeverSeesAFullFileSystemWhileSomethingMayGo() throws IOException {
    ChildProcess.assumeTool("mkfs.ext4");
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    Path root = directory.toRealPath();

    ChildProcess.runWithMounts(
        """
        truncate -s 2G "$2"
        mkfs.ext4 -q -m 0 "$2"
        mount -o loop "$2" "$1"
        """,
        OnItsOwnFileSystem.class,
        Files.createDirectory(root.resolve("mounted")),
        root.resolve("image"),
        THOROUGH ? 75 : 50,
        THOROUGH ? "0" : "0.1");
  }

  /** Runs where a file system is mounted at the directory. */
  static final class OnItsOwnFileSystem {
    private static final int FILES = 45;
    private static final int FILE_BYTES = 20 << 20;

    /**
     * 200 MB a second at most until 300 MB have to go; in the long form as fast as it can, and 500
     * MB more than are free.
     */
    private static final String WRITER =
        "for i in $(seq $1); do head -c 20M /dev/zero >> \"$0\" || exit 9; sleep $2; done";

    private static final TestPolicy POLICY =
        new TestPolicy(
            "test.cached",
            snapshot ->
                snapshot
                    .entries()
                    .filter(entry -> entry.isFile() && entry.name().startsWith("f"))
                    .map(
                        entry ->
                            Candidate.delete(
                                    entry, Cause.REGENERABLE, RebuildCost.COMPUTE, "it is cached")
                                .lastUsedAt(
                                    Instant.EPOCH.plusSeconds(
                                        Integer.parseInt(entry.name().substring(1)))))
                    .toList());

    public static void main(String[] args) throws Exception {
      Path root = Path.of(args[0]);
      for (int i = 0; i < FILES; i++) {
        Files.write(root.resolve("f" + i), new byte[FILE_BYTES]);
      }
      int writes = Integer.parseInt(args[2]);
      List<CleanupTarget> targets = List.of(CleanupTarget.of("workspace", root));
      Lowtide lowtide =
          Lowtide.builder()
              .policy(POLICY)
              .goal(SpaceGoal.NONE.untilFree("400MB"))
              .listener(CleanupListener.NONE)
              .build();
      SpaceGuard guard = new SpaceGuard(lowtide, targets, SpaceGuard.Listener.NONE);
      Path oldest = root.resolve("f0");
      Process user = new ProcessBuilder("tail", "-f", oldest.toString()).start();
      int written;
      try (guard) {
        guard.start();
        written =
            new ProcessBuilder(
                    "sh", "-c", WRITER, root.resolve("written").toString(), args[2], args[3])
                .inheritIO()
                .start()
                .waitFor();
      } finally {
        user.destroyForcibly();
      }

      assertThat(written).as("exit code of the writer").isZero();
      assertThat(Files.size(root.resolve("written"))).isEqualTo((long) writes * FILE_BYTES);
      assertThat(oldest).as("what the other process has open").exists();
      assertThat(guard.report().freedBytes()).isGreaterThan(10L * FILE_BYTES);
      assertThat(guard.report().failures()).isEmpty();
      try (Stream<Path> left = Files.list(root)) {
        assertThat(left.map(path -> path.getFileName().toString()))
            .as("no quarantine stays")
            .noneMatch(name -> name.startsWith(".lowtide"));
      }
    }
  }

  /** A floor for the disk, which a {@code /tmp} in memory could never have. */
  @Test
  void nothingGoesFromASmallFileSystemInMemory() throws IOException {
    Path memory = Path.of("/dev/shm");
    assumeThat(memory).isDirectory();
    Volume volume = Volume.of(memory);
    assumeThat(volume.isInMemory()).isTrue();
    Path directory = Files.createTempDirectory(memory, "lowtide");
    try {
      TestTree tree = TestTree.in(directory).file("a", TestTree.kib(1));
      SpaceGoal floor = SpaceGoal.NONE.untilFree(volume.total().bytes() + 1 + "B");
      Lowtide lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a")).goal(floor).build();
      List<CleanupTarget> targets = List.of(CleanupTarget.of("workspace", directory));

      try (SpaceGuard guard = new SpaceGuard(lowtide, targets, SpaceGuard.Listener.NONE)) {
        assertThat(guard.free()).isTrue();
      }
      assertThat(tree.has("a")).isTrue();
    } finally {
      MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
