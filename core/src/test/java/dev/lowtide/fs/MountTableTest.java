package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountTableTest {
  @TempDir Path directory;

  /** A table with one mount, as proc(5) describes the line. */
  private static MountTable tableOf(String escapedMountPoint) throws IOException {
    String line =
        "36 35 98:0 /mnt1 " + escapedMountPoint + " rw,noatime master:1 - ext3 /dev/root rw\n";
    return MountTable.parse(line.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void findsAMountBelow() throws IOException {
    Path real = directory.toRealPath();

    assertThat(tableOf(real + "/a/b").atOrBelow(real)).containsExactly(real.resolve("a/b"));
  }

  @Test
  void findsAMountAtTheDirectoryItself() throws IOException {
    Path real = directory.toRealPath();

    assertThat(tableOf(real.toString()).atOrBelow(real)).containsExactly(real);
  }

  @Test
  void tellsTheOptionsOfTheMountThatAPathLiesIn() throws IOException {
    Path real = directory.toRealPath();
    Path inside = Files.createDirectories(real.resolve("a/b"));

    assertThat(tableOf(real + "/a").optionsAt(inside)).containsExactlyInAnyOrder("rw", "noatime");
    assertThat(tableOf(real + "/other").optionsAt(inside)).isEmpty();
  }

  @Test
  void aNameThatBeginsTheSameIsNotBelow() throws IOException {
    Path real = Files.createDirectory(directory.toRealPath().resolve("a"));

    assertThat(tableOf(real + "b/c").atOrBelow(real)).isEmpty();
  }

  @Test
  void readsBlanksTabsNewlinesAndBackslashesFromOctalEscapes() throws IOException {
    Path real = directory.toRealPath();

    assertThat(tableOf(real + "/a\\040b\\011c\\012d\\134e").atOrBelow(real))
        .containsExactly(real.resolve("a b\tc\nd\\e"));
  }

  @Test
  void readsNamesThatAreNotAscii() throws IOException {
    Path real = directory.toRealPath();
    byte[] name = {'b', (byte) 0xc3, (byte) 0xbc, (byte) 0xff};
    String latin = new String(name, StandardCharsets.ISO_8859_1);

    assertThat(tableOf(real + "/" + latin).atOrBelow(real))
        .containsExactly(Names.resolve(real, name));
  }

  @Test
  void spellsMountsBelowThePathThatWasAskedFor() throws IOException {
    Path real = Files.createDirectory(directory.toRealPath().resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);

    assertThat(tableOf(real + "/m").atOrBelow(link)).containsExactly(link.resolve("m"));
  }

  @Test
  void leavesLinesThatAreTooShortOut() throws IOException {
    MountTable table = MountTable.parse("\n36 35\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(table.atOrBelow(directory)).isEmpty();
  }

  @Test
  void aFileSystemInMemoryHasNoMounts() throws IOException {
    assertThat(tableOf("/tree").atOrBelow(TestTree.inMemory().root())).isEmpty();
  }

  @Test
  void knowsTheMountsOfThisMachine() throws IOException {
    assumeThat(Path.of("/proc/self/mountinfo")).as("Linux's table of mounts").exists();

    assertThat(MountTable.read().atOrBelow(Path.of("/"))).contains(Path.of("/"), Path.of("/proc"));
  }

  /** Runs where it can mount. */
  static final class MountsBetweenTwoReads {
    public static void main(String[] args) throws IOException {
      Path point = Path.of(args[0]);
      assertThat(MountTable.read().atOrBelow(point)).isEmpty();

      ChildProcess.run(point.getParent(), "mount", "-t", "tmpfs", "tmpfs", args[0]);
      assertThat(MountTable.read().atOrBelow(point)).containsExactly(point);
      assertThat(MountTable.read().atOrBelow(point)).containsExactly(point);

      ChildProcess.run(point.getParent(), "umount", args[0]);
      assertThat(MountTable.read().atOrBelow(point)).isEmpty();
    }
  }

  @Test
  void hasAMountThatWasMadeSinceItWasReadAndLosesOneThatIsGone() throws IOException {
    Path point = Files.createDirectory(directory.toRealPath().resolve("point"));

    ChildProcess.runWithMounts("", MountsBetweenTwoReads.class, point);
  }

  @Test
  void aDirectoryThatIsMountedInTwoPlacesHasAPathInEach() throws IOException {
    MountTable table =
        MountTable.parse(
            """
            1 0 8:1 / / rw - ext4 /dev/a rw
            2 1 8:1 /home/me /mnt/bound rw - ext4 /dev/a rw
            3 1 8:2 /home/me /mnt/other rw - ext4 /dev/b rw
            4 1 0:4 mnt:[4026532] /run/ns rw - nsfs nsfs rw
            """
                .getBytes(StandardCharsets.ISO_8859_1));

    assertThat(table.otherPaths(Path.of("/mnt/bound/x"))).containsExactly(Path.of("/home/me/x"));
    assertThat(table.otherPaths(Path.of("/home/me"))).containsExactly(Path.of("/mnt/bound"));
    assertThat(table.otherPaths(Path.of("/mnt/other"))).isEmpty();
    assertThat(table.otherPaths(Path.of("/home"))).isEmpty();
  }

  @Test
  void belowALinkThatLeadsNowhereNothingIsMounted() throws IOException {
    Path link = directory.toRealPath().resolve("link");
    Files.createSymbolicLink(link, Path.of("nowhere"));

    assertThat(tableOf("/somewhere").atOrBelow(link)).isEmpty();
  }
}
