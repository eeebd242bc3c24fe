package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code size --exclusive} on file systems whose files can share blocks. */
class ExclusiveSizeIT {
  private static final long MIB = 1024 * 1024;

  @TempDir Path directory;

  @BeforeEach
  void needBlocksThatAreShared() {
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    assumeTrue(
        SizeProbe.best().name().equals("linux"), "skipped: only the native layer can answer");
  }

  /** A file of 8 MiB that shares 6 with a clone in the same tree, and a clone in another tree. */
  @Test
  void countsNothingThatAClonedFileElsewhereKeeps() throws IOException {
    ChildProcess.assumeTool("mkfs.xfs");
    run(
        """
        truncate -s 512M "$2" && mkfs.xfs -q -m reflink=1 "$2" && mount -o loop "$2" "$1" || exit 1
        mkdir "$1/tree" "$1/other"
        head -c 8M /dev/urandom >"$1/tree/file" && cp --reflink=always "$1/tree/file" "$1/other/"
        head -c 2M /dev/urandom | dd of="$1/other/file" conv=notrunc status=none
        sync -f "$1"
        """,
        Cloned.class);
  }

  @Test
  void namesTheSnapshotThatKeepsATree() throws IOException {
    ChildProcess.assumeTool("mkfs.btrfs");
    run(
        """
        truncate -s 512M "$2" && mkfs.btrfs -q "$2" && mount -o loop "$2" "$1" || exit 1
        btrfs -q subvolume create "$1/tree"
        head -c 8M /dev/urandom >"$1/tree/file"
        btrfs -q subvolume snapshot -r "$1/tree" "$1/kept"
        head -c 1M /dev/urandom >"$1/tree/new"
        sync -f "$1"
        """,
        Snapshotted.class);
  }

  private void run(String script, Class<?> program) throws IOException {
    Path root = directory.toRealPath();
    ChildProcess.runWithMounts(
        script, program, Files.createDirectory(root.resolve("mounted")), root.resolve("image"));
  }

  private static JsonObject exclusive(Path tree) {
    CommandLineRun run =
        CommandLineRun.of(
            CommandLineRun.host(tree.getParent()), "size", "--exclusive", "--json", "" + tree);
    assertThat(run.exit()).as(run.err()).isZero();
    return run.json().getAsJsonArray("roots").get(0).getAsJsonObject().getAsJsonObject("exclusive");
  }

  /** Runs in a mount namespace with the clones. */
  static final class Cloned {
    public static void main(String[] args) {
      for (String tree : new String[] {"tree", "other"}) {
        JsonObject exclusive = exclusive(Path.of(args[0], tree));

        assertThat(exclusive.get("ownBytes").getAsLong()).isCloseTo(2 * MIB, within(64 * 1024L));
        assertThat(exclusive.get("sharedBytes").getAsLong()).isEqualTo(6 * MIB);
      }
    }
  }

  /** Runs in a mount namespace with the snapshot. */
  static final class Snapshotted {
    public static void main(String[] args) {
      JsonObject exclusive = exclusive(Path.of(args[0], "tree"));

      assertThat(exclusive.get("ownBytes").getAsLong()).isCloseTo(MIB, within(64 * 1024L));
      assertThat(exclusive.get("sharedBytes").getAsLong()).isEqualTo(8 * MIB);
      assertThat(exclusive.get("remarks").toString()).contains("snapshot");
    }
  }
}
