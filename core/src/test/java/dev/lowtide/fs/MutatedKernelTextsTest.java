package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel tells, and what names in a quarantine say, with something wrong in it. */
class MutatedKernelTextsTest {
  @Test
  void mountTables() throws IOException {
    Path table = Path.of("/proc/self/mountinfo");
    assumeTrue(Files.exists(table), "there is no /proc");

    Mutations.of(
        Files.readAllBytes(table),
        file -> {
          try {
            MountTable.parse(file);
          } catch (IOException expected) {
            // whoever asks for mounts keeps what they may concern
          }
        });
  }

  @Test
  void lockTables() {
    String locks =
        """
        1: FLOCK  ADVISORY  WRITE 1234 08:01:3146121 0 EOF
        2: POSIX  ADVISORY  READ -1 00:1f:77 128 128
        2: -> OFDLCK ADVISORY  WRITE 17 08:01:131 0 EOF
        """;

    Mutations.of(
        locks.getBytes(UTF_8),
        file -> {
          try {
            LockTable.parse(new String(file, ISO_8859_1));
          } catch (IllegalArgumentException expected) {
            // of which read() makes a table that tells nothing
          }
        });
  }

  @Test
  void namesInQuarantines() {
    String name = new QuarantineName("0123456789abcdef", 123456, 987654321, 1700000000).toString();

    Mutations.of(
        name.getBytes(UTF_8),
        file -> {
          try {
            QuarantineName.parse(Path.of(new String(file, ISO_8859_1)));
          } catch (InvalidPathException expected) {
            // no name of a file
          }
        });
  }

  /** What a process has named, its arguments, its variables, its files and its mounts. */
  @ParameterizedTest
  @ValueSource(strings = {"cmdline", "environ", "maps", "mountinfo"})
  void textsAboutOneProcess(String name, @TempDir Path directory) throws IOException {
    Path self = Path.of("/proc/self");
    assumeTrue(Files.exists(self), "there is no /proc");
    TestTree.in(directory)
        .directory("task")
        .link("root", "/")
        .link("cwd", "/usr")
        .link("exe", "/usr/bin/env")
        .link("ns/mnt", "mnt:[1]")
        .link("fd/3", "/usr/lib");
    for (String text : new String[] {"maps", "mountinfo"}) {
      Files.write(
          directory.resolve(text),
          Files.readAllLines(self.resolve(text)).stream().limit(100).toList());
    }
    Files.writeString(directory.resolve("cmdline"), "env\0-I/usr/include\0--to=/a:/b\0src/x\0");
    Files.writeString(
        directory.resolve("environ"),
        "PWD=/usr\0PATH=/bin:/usr/bin\0PYTHONPATH=/a;b:c\0TMPDIR=/t\0");
    MountInfo mounts = MountInfo.of(self);
    Path file = directory.resolve(name);

    Mutations.of(
        Files.readAllBytes(file),
        content -> {
          Files.write(file, content);
          ProcessUses.Shared shared =
              new ProcessUses.Shared(
                  new Uses(), "mnt:[2]", mounts, new SymlinkResolver(mounts), Set.of());
          try {
            new ProcessUses(shared, directory, "it", false, false).find(new HashMap<>(), 1);
          } catch (IllegalArgumentException expected) {
            // of which the scan makes a process that is unknown
          }
        });
  }

  @Test
  void statusOfAProcess(@TempDir Path directory) throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(Files.exists(status), "there is no /proc");

    Mutations.of(
        Files.readAllBytes(status),
        content -> {
          Files.write(directory.resolve("status"), content);
          ProcFs.status(directory);
        });
  }

  /** In /proc/net/unix it stands in two lines, of which the second one is anybody's. */
  @Test
  void aSocketWithALineOfTheTableInItsName(@TempDir Path directory) throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/net/unix")), "there is no /proc");
    Path socket = directory.resolve("s\n0 0 0 0 0 0 99999999999999999999");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));

      ProcessScan.run();
    }
  }
}
