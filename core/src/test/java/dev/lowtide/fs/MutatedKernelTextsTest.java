package dev.lowtide.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.Mutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

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
}
