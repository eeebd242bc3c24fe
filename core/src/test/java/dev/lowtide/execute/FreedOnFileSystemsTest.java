package dev.lowtide.execute;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a plan says will come free, held against the free blocks of file systems that nobody else
 * uses, for {@linkplain SharingTree random trees}. In the profile {@code attack} there are many of
 * them.
 */
class FreedOnFileSystemsTest {
  private static final int ROUNDS = Integer.getInteger("lowtide.freed.rounds", 1);

  /** In memory where there is such a place: what is measured is space, not a disk. */
  private static final Path MEMORY = Path.of("/dev/shm");

  /** Makes a file system of each kind whose tool is here, at the directory $1; images go to $2. */
  private static final String MOUNT =
      """
      image() {
        type=$1 name=$2 options=$3; shift 3
        command -v mkfs.$type >/dev/null || { echo "no mkfs.$type: without $name"; return 0; }
        truncate -s 1G "$images/$name"
        mkfs.$type -q "$@" "$images/$name" >/dev/null
        mkdir "$mounts/$name"
        mount -o loop,$options "$images/$name" "$mounts/$name"
        rm "$images/$name"
      }
      mounts=$1 images=$2
      image btrfs btrfs            defaults
      image btrfs btrfs-zstd       compress-force=zstd
      image xfs   xfs              defaults -m reflink=1,rmapbt=0
      image xfs   xfs-rmap         defaults -m reflink=1,rmapbt=1
      image ext4  ext4             defaults
      image ext4  ext4-bigalloc    defaults -O bigalloc
      image ext4  ext4-inline_data defaults -O inline_data
      mkdir "$mounts/tmpfs"
      mount -t tmpfs -o size=512M none "$mounts/tmpfs"
      """;

  @TempDir Path directory;

  @Test
  void isWhatThePlanSaid() throws IOException {
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "skipped: there are no loop devices");
    assumeTrue(
        SizeProbe.best().name().equals("linux"),
        "skipped: only the native layer sees shared blocks");
    Path mounts = Files.createDirectory(directory.toRealPath().resolve("mounts"));
    Path images =
        Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "lowtide") : directory;
    try {
      ChildProcess.runWithMounts(MOUNT, FreedRounds.class, mounts, images, ROUNDS);
    } finally {
      if (!images.equals(directory)) {
        Files.deleteIfExists(images);
      }
    }
  }
}
