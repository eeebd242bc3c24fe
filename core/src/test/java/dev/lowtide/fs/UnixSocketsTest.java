package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The kernel's table is a stand-in here: that it leaves out a socket, or that a process ends just
 * then, cannot be brought about.
 */
class UnixSocketsTest {
  private static final String HEADER = "Num       RefCount Protocol Flags    Type St Inode Path\n";
  private static final String BOUND =
      HEADER + "ffff8881: 00000002 00000000 00010000 0001 01 42 /tree/socket\n";

  private static OpenFiles found(UnixSockets.Reader reader) throws IOException {
    Uses uses = new Uses();
    UnixSockets sockets =
        new UnixSockets(uses, new SymlinkResolver(MountInfo.of(ProcFs.SELF)), reader);
    for (Path process : List.of(Path.of("/proc/7"), Path.of("/proc/8"))) {
      sockets.addProcess("net:[1]", process);
      sockets.add(
          new ProcessUses.OpenSocket(42, process.resolve("fd/3"), "server", Set.of()), false);
    }
    sockets.find();
    return uses.toOpenFiles();
  }

  private static void assertUsed(OpenFiles open) {
    assertThat(open.useAtOrBelow(Path.of("/tree"))).map(OpenFiles.Use::process).hasValue("server");
  }

  @Test
  void aSocketThatTheTableLeavesOutOnceIsFound() throws IOException {
    Queue<String> tables = new ArrayDeque<>(List.of(HEADER, HEADER, BOUND));

    assertUsed(found(table -> tables.remove()));
  }

  @Test
  void theTableIsReadOfAProcessThatHasNotEnded() throws IOException {
    assertUsed(
        found(
            table -> {
              if (table.startsWith("/proc/7")) {
                throw new NoSuchFileException(table.toString());
              }
              return BOUND;
            }));
  }

  @Test
  void aKernelThatHidesAddressesIsUnderstood() throws IOException {
    assertUsed(found(table -> BOUND.replace("ffff8881", "(____ptrval____)")));
  }
}
