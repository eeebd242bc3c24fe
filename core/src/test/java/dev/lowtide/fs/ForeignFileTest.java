package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.FileKind;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ForeignFileTest {
  @TempDir Path given;
  private Path directory;
  private Path file;

  @BeforeEach
  void aFile() throws IOException {
    directory = given.toRealPath();
    file = directory.resolve("file");
    Files.writeString(file, "größe");
  }

  @Test
  void readsAFile() throws IOException {
    assertThat(ForeignFile.at(file).text(100)).isEqualTo("größe");
    assertThat(ForeignFile.at(file).beginning(2)).isEqualTo("gr".getBytes(UTF_8));
    try (InputStream in = ForeignFile.at(file).stream(7)) {
      assertThat(in.readAllBytes()).isEqualTo("größe".getBytes(UTF_8));
    }
  }

  @Test
  void aLargeFileIsReadAsAWhole() throws IOException {
    byte[] content = new byte[200_000];
    new java.util.Random(1).nextBytes(content);
    Files.write(file, content);

    assertThat(ForeignFile.at(file).bytes(200_000)).isEqualTo(content);
    assertThat(ForeignFile.at(file).beginning(150_000)).hasSize(150_000);
  }

  @Test
  void onlyTheBeginningOfAFileWithoutEndIsRead() throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(4L << 30);
    }

    assertThat(ForeignFile.at(file).beginning(10)).hasSize(10);
    assertRefused(file, "it has 4294967296 bytes, and at most 100 are read");
    assertThatThrownBy(() -> ForeignFile.at(file).stream(100).close())
        .hasMessageContaining("at most 100 are read");
  }

  @Test
  void aNamedPipeIsRefusedAtOnce() throws IOException {
    ChildProcess.run(directory, "mkfifo", "pipe");

    assertRefused(directory.resolve("pipe"), "it is a named pipe, not a regular file");
  }

  /** Somebody swaps them all the time: whatever is opened, nobody waits. */
  @Test
  void aNamedPipeThatTakesAFilesPlaceHoldsUpNobody() throws Exception {
    assumeTrue(
        NativeLayer.openFile(file, false, false).isPresent(), "the portable layer waits a little");
    ChildProcess.run(directory, "mkfifo", "pipe");
    Path name = directory.resolve("name");
    AtomicBoolean over = new AtomicBoolean();
    Thread swaps =
        new Thread(
            () -> {
              try {
                for (int i = 0; !over.get(); i++) {
                  Path link = directory.resolve("new");
                  Files.createLink(link, directory.resolve(i % 2 == 0 ? "file" : "pipe"));
                  Files.move(
                      link,
                      name,
                      java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                      java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                  Files.deleteIfExists(name);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    swaps.start();
    try {
      for (int i = 0; i < 2000; i++) {
        try {
          assertThat(ForeignFile.at(name).text(100)).isEqualTo("größe");
        } catch (FileSystemException e) {
          assertThat(e).isNotInstanceOf(Deadline.MissedException.class);
        }
      }
    } finally {
      over.set(true);
      swaps.join();
    }
  }

  @Test
  void aSocketADeviceAndADirectoryAreRefused() throws IOException {
    Path socket = directory.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertRefused(socket, "it is a socket, not a regular file");
    }
    assertRefused(Path.of("/dev/zero"), "it is a device, not a regular file");
    assertRefused(directory, "it is a directory, not a regular file");
  }

  @Test
  void aLinkIsFollowedOnlyIfThatIsAskedFor() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);

    assertRefused(link, "it is a symbolic link, not a regular file");
    assertThat(ForeignFile.at(link).followingLinks().text(100)).isEqualTo("größe");
  }

  @Test
  void aLinkAboveTheFileIsFollowed() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);

    assertThat(ForeignFile.at(link.resolve("file")).text(100)).isEqualTo("größe");
  }

  @Test
  void aLinkToANamedPipeIsRefusedWhereLinksAreFollowed() throws IOException {
    ChildProcess.run(directory, "mkfifo", "pipe");
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("pipe"));

    assertThatThrownBy(() -> ForeignFile.at(link).followingLinks().text(100))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("named pipe");
  }

  @Test
  void anotherUsersFileIsReadButNotTrusted() throws IOException {
    assumeTrue(Stat.currentUser() == 0, "only root can give files away");
    Files.setAttribute(file, "unix:uid", 12345);

    assertThat(ForeignFile.at(file).text(100)).isEqualTo("größe");
    assertThatThrownBy(() -> ForeignFile.at(file).ofTrustedOwner().text(100))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("it belongs to user 12345, who may change it at any time");
  }

  @Test
  void aFileThatAllMayChangeIsNotTrusted() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThatThrownBy(() -> ForeignFile.at(file).ofTrustedOwner().text(100))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("every user may change it");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(ForeignFile.at(file).ofTrustedOwner().text(100)).isEqualTo("größe");
  }

  @Test
  void whatIsNotThereIsNoSuchFile() {
    assertThatThrownBy(() -> ForeignFile.at(directory.resolve("x")).bytes(1))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whatIsNoTextIsNotMadeOne() throws IOException {
    Files.write(file, new byte[] {(byte) 0xFF});

    assertThatThrownBy(() -> ForeignFile.at(file).text(100))
        .isInstanceOf(CharacterCodingException.class);
  }

  @Test
  void comparesContents() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), "größe");

    assertThat(ForeignFile.haveSameContent(file, other)).isTrue();
    Files.writeString(other, "grösse");
    assertThat(ForeignFile.haveSameContent(file, other)).isFalse();
  }

  @Test
  void aMountThatDoesNotAnswerCostsOneDeadline() throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    Files.writeString(source.resolve("a"), "a");
    Path mount = Files.createDirectory(directory.resolve("mount"));
    assumeTrue(isThere("bindfs") && isThere("fusermount"), "there is no bindfs");
    Process bindfs =
        new ProcessBuilder("bindfs", "-f", "--no-allow-other", source.toString(), mount.toString())
            .start();
    try {
      assumeTrue(awaitFile(mount.resolve("a")), "FUSE cannot be mounted here");
      assertThat(ForeignFile.at(mount.resolve("a")).text(10)).isEqualTo("a");
      signal("STOP", bindfs);
      long start = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        Path each = mount.resolve("x" + i);
        assertThatThrownBy(() -> ForeignFile.at(each).text(10))
            .isInstanceOf(FileSystemException.class)
            .hasMessageContaining("did not respond");
      }
      assertThat(System.nanoTime() - start)
          .isLessThan(ForeignFile.TIMEOUT.plusSeconds(3).toNanos());
      assertThat(ForeignFile.at(file).text(100)).isEqualTo("größe");
      for (SizeProbe probe : List.of(SizeProbe.portable(), SizeProbe.best())) {
        Snapshot walked =
            assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> probe.capture(directory), "the walk hangs");
        assertThat(walked.root().child("mount")).map(Entry::kind).contains(FileKind.MOUNT);
      }
    } finally {
      signal("CONT", bindfs);
      new ProcessBuilder("fusermount", "-u", "-z", mount.toString()).start().waitFor();
      bindfs.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private static void signal(String signal, Process process) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
  }

  private static boolean isThere(String tool) {
    return Files.isExecutable(Path.of("/usr/bin", tool));
  }

  private static boolean awaitFile(Path awaited) throws InterruptedException {
    for (int i = 0; i < 100 && !Files.exists(awaited); i++) {
      Thread.sleep(20);
    }
    return Files.exists(awaited);
  }

  private static void assertRefused(Path path, String reason) {
    long start = System.nanoTime();
    assertThatThrownBy(() -> ForeignFile.at(path).bytes(100))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(reason);
    assertThat(System.nanoTime() - start).isLessThan(ForeignFile.TIMEOUT.toNanos() / 2);
  }
}
