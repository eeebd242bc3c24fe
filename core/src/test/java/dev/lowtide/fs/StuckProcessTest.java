package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.Tools.RunningProgram;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that keeps whoever looks at it waiting makes nothing unknown but itself. */
class StuckProcessTest {
  @TempDir Path temporary;

  /** A stand-in keeps the pass waiting, so that it can be told to go on. A real one is below. */
  @Test
  void isGivenUpOnceAndTheOthersAreSeen() throws IOException {
    TestTree tree = TestTree.in(temporary.toRealPath()).file("a/file").file("stuck/file");
    CountDownLatch end = new CountDownLatch(1);
    try (Running stuck = ChildProcess.python("f = open(a[0])", tree.path("stuck/file"));
        Running other = ChildProcess.python("f = open(a[0])", tree.path("a/file"))) {
      Consumer<Path> hang =
          process -> {
            if (process.endsWith(Long.toString(stuck.pid()))) {
              Uninterruptibles.awaitUninterruptibly(end);
            }
          };
      long began = System.nanoTime();
      OpenFiles first = ProcessScan.run(hang);
      Duration withWaiting = Duration.ofNanos(System.nanoTime() - began);
      assertThat(withWaiting).isLessThan(Duration.ofSeconds(20));
      assertThat(first.useAtOrBelow(tree.path("stuck"))).as("what was seen counts").isPresent();
      assertUnknown(first, stuck);
      assertUsed(first, tree.path("a"), other);

      OpenFiles second = within(withWaiting, OpenFiles::scan);
      assertUnknown(second, stuck);
      assertUsed(second, tree.path("a"), other);

      end.countDown();
      await(() -> OpenFiles.scan().useAtOrBelow(tree.path("stuck")).isPresent());
    } finally {
      end.countDown();
    }
  }

  private static void assertUnknown(OpenFiles open, Running process) {
    assertThat(open.hiddenProcesses()).anyMatch(who -> who.contains("pid " + process.pid()));
  }

  private static void assertUsed(OpenFiles open, Path path, Running process) {
    assertThat(open.useAtOrBelow(path))
        .map(OpenFiles.Use::process)
        .hasValueSatisfying(who -> assertThat(who).contains("pid " + process.pid()));
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
  }

  private static OpenFiles within(Duration limit, Supplier<OpenFiles> scan) {
    long began = System.nanoTime();
    OpenFiles open = scan.get();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(limit);
    return open;
  }

  /** A FUSE file system that was mounted, and whose server stands still for a while. */
  private record DeadFileSystem(String server) implements AutoCloseable {
    DeadFileSystem(Path root) throws IOException {
      this(Files.readString(root.resolve("pid")).strip());
    }

    void during(Action action) throws IOException {
      try {
        signal("STOP");
        action.run();
      } finally {
        signal("CONT"); // or a process that has files there could not even be killed
      }
    }

    interface Action {
      void run() throws IOException;
    }

    private void signal(String name) throws IOException {
      try {
        assertThat(new ProcessBuilder("kill", "-" + name, server).start().waitFor()).isZero();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      signal("KILL");
    }
  }

  /** Runs where the process that serves a FUSE file system stands still. */
  static final class OnADeadFileSystem {
    public static void main(String[] args) throws Exception {
      Path root = Path.of(args[0]);
      Path mount = root.resolve("mount");
      List<String> argv = List.of(mount.resolve("x/y").toString());
      String uses = "import os; f = open(a[0] + '/file'); os.chdir(a[0])";
      try (DeadFileSystem dead = new DeadFileSystem(root);
          Running process = ChildProcess.python(Map.of(), argv, uses, mount)) {
        dead.during(
            () -> {
              OpenFiles open = within(Duration.ofSeconds(20), OpenFiles::scan);

              assertUsed(open, mount.resolve("file"), process);
              assertUsed(open, mount.resolve("x/y"), process);
              assertThat(open.hiddenProcesses())
                  .noneMatch(who -> who.contains("pid " + process.pid()));
            });
      }
    }
  }

  /**
   * Runs where a process waits for a page of a file, and for that page once more with its memory
   * locked: whoever reads what it was started with waits too, and for ever.
   */
  static final class BesideOneThatDoesNotAnswer {
    private static final String WAIT_TWICE =
        """
        import ctypes, os, threading, time
        f = os.open(a[0], os.O_RDONLY)
        began = os.open(a[1], os.O_RDONLY)
        """
            + ChildProcess.LEAVE_ROOT
            + """
            c = ctypes.CDLL(None)
            c.mmap.restype = ctypes.c_void_p
            c.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
            m = c.mmap(None, 1 << 20, 1, 2, f, 0)
            def touch():
              while not os.fstat(began).st_size: time.sleep(0.05)
              c.memchr(ctypes.c_void_p(m + 500000), 1, 1)
            def again():
              while not os.fstat(began).st_size: time.sleep(0.05)
              time.sleep(0.5)
              c.mmap(None, 1 << 20, 1, 2, f, 0)
            for each in touch, again: threading.Thread(target=each, daemon=True).start()
            """;

    public static void main(String[] args) throws Exception {
      Path root = Path.of(args[0]);
      Path began = Files.createFile(root.resolve("began"));
      try (DeadFileSystem dead = new DeadFileSystem(root);
          Running process = ChildProcess.python(WAIT_TWICE, root.resolve("mount/file"), began)) {
        dead.during(
            () -> {
              Files.writeString(began, "now");
              Uninterruptibles.sleepUninterruptibly(Duration.ofSeconds(1));

              long start = System.nanoTime();
              List<RunningProgram> programs = RunningProcess.programs();
              assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TOGETHER);
              assertThat(programs)
                  .filteredOn(program -> program.pid() == process.pid())
                  .singleElement()
                  .satisfies(program -> assertThat(program.argv()).isEmpty());
              assertUnknown(within(TOGETHER, OpenFiles::scan), process);
              assertThat(RunningProcess.isRunning("lowtide-no-such-program")).isFalse();
            });
      }
    }
  }

  private static final Duration TOGETHER = Duration.ofSeconds(8);

  @Test
  void whoReadsOfAProcessThatDoesNotAnswerDoesNotWaitForIt() throws IOException {
    runOnFuse(BesideOneThatDoesNotAnswer.class);
  }

  private void runOnFuse(Class<?> program) throws IOException {
    ChildProcess.assumeTool("bindfs");
    TestTree tree = TestTree.in(temporary.toRealPath());
    tree.file("source/file", TestTree.mib(1)).directory("mount");
    ChildProcess.runWithMounts(
        """
        bindfs -f -o direct_io "$1/source" "$1/mount" >/dev/null 2>&1 & echo $! > "$1/pid"
        for i in 1 2 3 4 5 6 7 8 9 10; do test -e "$1/mount/file" || sleep 0.2; done
        test -e "$1/mount/file"
        """,
        program,
        tree.root());
  }

  @Test
  void aDeadFileSystemCostsNothing() throws IOException {
    runOnFuse(OnADeadFileSystem.class);
  }
}
