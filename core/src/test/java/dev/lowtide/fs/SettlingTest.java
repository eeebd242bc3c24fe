package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** File systems that free blocks after a removal are waited for, and said to be if they tell. */
class SettlingTest {
  private static final int PIECES = 20_000;
  private static final int PIECE = 4096;

  @TempDir Path directory;

  @Test
  void ext4AndTmpfsHaveFreedAll() throws IOException {
    String type = Files.getFileStore(directory).type();
    assumeTrue(type.equals("ext4") || type.equals("tmpfs"), "skipped: this is " + type);

    assertThat(Settling.settle(directory)).isTrue();
  }

  @Test
  void xfsHasFreedAllWhenItSaysSo() throws IOException {
    ChildProcess.assumeTool("mkfs.xfs");
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mounted"));

    ChildProcess.runWithMounts(
        "truncate -s 400M \"$2\"; mkfs.xfs -q \"$2\"; mount -o loop \"$2\" \"$1\"; rm \"$2\"",
        OnXfs.class,
        mounted,
        directory.resolve("image"));
  }

  /** Runs where a directory is an XFS. */
  static final class OnXfs {
    private OnXfs() {}

    public static void main(String[] args) throws IOException {
      Path mounted = Path.of(args[0]);
      boolean isNative = NativeLayer.treeWalker().isPresent();
      for (int round = 0; round < 3; round++) {
        long before = free(mounted);
        Path file = mounted.resolve("file");
        writeInPieces(file);
        Files.delete(file); // returns at once, and the pieces are freed one by one

        assertThat(Settling.settle(mounted)).isEqualTo(isNative);
        if (isNative) {
          assertThat(free(mounted)).isGreaterThan(before - PIECES * (long) PIECE / 20);
        }
      }
    }

    private static void writeInPieces(Path file) throws IOException {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        for (int i = 0; i < PIECES; i++) {
          channel.write(piece.clear(), 2L * PIECE * i);
        }
        channel.force(true);
      }
    }

    private static long free(Path mounted) throws IOException {
      return Files.getFileStore(mounted).getUnallocatedSpace();
    }
  }
}
