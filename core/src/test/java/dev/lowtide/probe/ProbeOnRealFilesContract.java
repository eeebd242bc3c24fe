package dev.lowtide.probe;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.mib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import dev.lowtide.fs.Names;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every probe does on a real file system, beyond what a file system in memory has. */
abstract class ProbeOnRealFilesContract extends SizeProbeContract {
  @TempDir Path directory;

  @Override
  final Path emptyDirectory() throws IOException {
    // The test's own directory, by the name that no symbolic link leads to
    return directory.toRealPath();
  }

  @Test
  void agreesWithDu() throws IOException {
    tree().file("a/b/c", 5000).hardLink("a/d", "a/b/c").link("link", "a").file("e", 100_000);

    String du = ChildProcess.run(tree().root(), "du", "-s", "-x", "-B1", ".");

    assertThat(measure().allocatedBytes()).isEqualTo(Long.parseLong(du.split("\\s")[0]));
  }

  @Test
  void tellsWhetherTheBytesOfASparseFileAreExact() throws IOException {
    try (SeekableByteChannel sparse =
        Files.newByteChannel(
            tree().path("sparse"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      sparse.position(mib(64) - 1).write(ByteBuffer.wrap(new byte[1]));
    }

    DiskUsage usage = probe().measure(tree().path("sparse"));

    assertThat(usage.apparentBytes()).isEqualTo(mib(64));
    if (usage.allocatedExact()) {
      assertThat(usage.allocatedBytes()).isLessThan(mib(1));
    } else {
      assertThat(usage.allocatedBytes()).isEqualTo(mib(64));
    }
  }

  @Test
  void tellsWhenAFileWasLastRead() throws IOException {
    tree().file("read-long-ago");
    ChildProcess.run(
        tree().root(), "touch", "-a", "-d", "2026-01-02T03:04:05.123456789Z", "read-long-ago");

    Entry entry = capture().entry(Path.of("read-long-ago")).get();

    assertThat(entry.lastAccess()).isEqualTo(Instant.parse("2026-01-02T03:04:05.123456789Z"));
  }

  @Test
  void leavesNoTraceOfReadingAText() throws IOException {
    tree().file("directory/file", "text", daysAgo(3));
    ChildProcess.run(tree().root(), "touch", "-a", "-d", "2026-01-02T03:04:05Z", "directory/file");
    Entry before = capture().entry(Path.of("directory")).get();
    PlanItem.Identity identity = PlanItem.Identity.of(before);

    assertThat(before.child("file").get().textUnnoticed(100)).contains("text");

    Entry after = capture().entry(Path.of("directory")).get();
    assertThat(after.child("file").get().lastAccess())
        .isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
    assertThat(identity.differenceIn(after)).isEmpty();
  }

  @Test
  void countsFifosWithoutOpeningThem() throws IOException {
    ChildProcess.run(tree().root(), "mkfifo", "fifo");

    assertThat(measure().others()).isEqualTo(1);
    assertThat(capture().entry(tree().path("fifo"))).map(Entry::kind).contains(FileKind.OTHER);
  }

  @Test
  void keepsNamesThatAreNotText() throws IOException {
    List<byte[]> names =
        List.of(
            "new\nline".getBytes(StandardCharsets.UTF_8),
            "esc\u001b[2J".getBytes(StandardCharsets.UTF_8),
            "ünï%25".getBytes(StandardCharsets.UTF_8),
            new byte[] {'b', 'a', 'd', (byte) 0xff, (byte) 0xc3});
    for (byte[] name : names) {
      Path odd = Files.createDirectory(Names.resolve(tree().root(), name));
      Files.writeString(odd.resolve("inside"), "x");
    }

    Snapshot snapshot = capture();

    assertThat(measure().files()).isEqualTo(names.size());
    assertThat(snapshot.entries().map(Entry::path)).allMatch(Files::exists);
    for (byte[] name : names) {
      Path inside = Names.resolve(tree().root(), name).resolve("inside");
      assertThat(snapshot.entry(inside)).isPresent();
    }
    assertThat(snapshot.root().children())
        .extracting(Entry::name)
        .contains("new\nline", "ünï%25", "bad\uFFFD\uFFFD");
  }

  @Test
  void reportsWhatNoPathCanName() throws IOException {
    tree().chain("d", 3000);
    List<Problem> problems = new ArrayList<>();

    DiskUsage usage = probe().measure(tree().root(), problems::add);

    // PATH_MAX is 4096: a probe that works with paths gets this far and says so
    if (usage.unreadable() > 0) {
      assertThat(usage.directories()).isGreaterThan(1900);
      assertThat(problems).hasSize(1);
      assertThat(capture().problems()).isEqualTo(problems);
    } else {
      assertThat(usage.directories()).isEqualTo(3001);
    }
    // @TempDir could not remove it
    ChildProcess.run(tree().root(), "rm", "-rf", "d");
  }

  @Test
  void countsAndReportsADirectoryThatItMayNotRead() throws IOException {
    tree().file("open/a", 10).file("closed/b", 10).file("closed/c/d", 10);
    Path closed = tree().path("closed");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      ChildProcess.runBoundByPermissions(UnreadableDirectory.class, probe().name(), tree().root());
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** Runs in a machine that permissions bind. */
  static final class UnreadableDirectory {
    public static void main(String[] args) throws IOException {
      SizeProbe probe = named(args[0]);
      Path root = Path.of(args[1]);
      List<Problem> problems = new ArrayList<>();

      DiskUsage usage = probe.measure(root, problems::add);

      assertThat(usage.unreadable()).isEqualTo(1);
      assertThat(usage.files()).isEqualTo(1);
      assertThat(usage.directories()).isEqualTo(3);
      assertThat(problems)
          .containsExactly(new Problem(root.resolve("closed"), "open", "permission denied"));
      Snapshot snapshot = probe.capture(root);
      assertThat(snapshot.problems()).isEqualTo(problems);
      assertThat(snapshot.usage()).isEqualTo(usage);
      assertProbesAgree(root);
      assertThat(snapshot.entry(root.resolve("closed")).get().usage().unreadable()).isEqualTo(1);
      assertThat(snapshot.entry(root.resolve("open")).get().usage().unreadable()).isZero();
    }
  }

  @Test
  void doesNotEnterMounts() throws IOException {
    tree().file("own", 10).directory("with blank/other").directory("same").file("bound/here", 10);

    ChildProcess.runWithMounts(
        """
        mount -t tmpfs tmpfs "$2/with blank/other"
        echo unseen > "$2/with blank/other/file"
        mount --bind "$2/bound" "$2/same"
        """,
        Mounts.class,
        probe().name(),
        tree().root());
  }

  /** Runs where a tmpfs and a bind mount of the same file system lie below the root. */
  static final class Mounts {
    public static void main(String[] args) throws IOException {
      SizeProbe probe = named(args[0]);
      Path root = Path.of(args[1]);

      DiskUsage usage = probe.measure(root);
      Snapshot snapshot = probe.capture(root);

      assertThat(usage.files()).isEqualTo(2);
      assertThat(usage.others()).isEqualTo(2);
      assertThat(snapshot.usage()).isEqualTo(usage);
      assertThat(snapshot.entry(root.resolve("with blank/other")).get().kind())
          .isEqualTo(FileKind.MOUNT);
      assertThat(snapshot.entry(root.resolve("same")).get().kind()).isEqualTo(FileKind.MOUNT);
      assertProbesAgree(root);
      // A mount is entered when it is itself what is to be measured
      assertThat(probe.measure(root.resolve("with blank/other")).files()).isEqualTo(1);
      assertThat(probe.measure(root.resolve("same")).files()).isEqualTo(1);
    }
  }

  @Test
  void threadsThatMeasureAtTheSameTimeGetTheSame() throws Exception {
    for (int i = 0; i < 200; i++) {
      tree().file(i % 20 + "/" + i + "/file", i);
    }
    DiskUsage alone = measure();
    ExecutorService threads = Executors.newFixedThreadPool(64);
    try {
      Callable<DiskUsage> again = this::measure;
      for (Future<DiskUsage> each : threads.invokeAll(Collections.nCopies(256, again))) {
        assertThat(each.get()).isEqualTo(alone);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @Timeout(60)
  void anInterruptInTheMiddleEndsTheWalkAndLeavesNothingOpen() throws Exception {
    for (int i = 0; i < 400; i++) {
      tree().file(i % 20 + "/" + i + "/file", i);
    }
    measure();
    long before = openDescriptors();
    for (int i = 0; i < 20; i++) {
      CountDownLatch measured = new CountDownLatch(1);
      FutureTask<DiskUsage> untilInterrupted =
          new FutureTask<>(
              () -> {
                while (true) {
                  measure();
                  measured.countDown();
                }
              });
      Thread thread = new Thread(untilInterrupted);
      thread.start();
      measured.await();
      thread.interrupt();

      assertThatThrownBy(untilInterrupted::get).hasCauseInstanceOf(InterruptedIOException.class);
    }
    assertThat(openDescriptors()).isLessThanOrEqualTo(before + 2);
  }

  @Test
  void leavesOutDirectoriesThatVanishMeanwhile() throws Exception {
    for (int i = 0; i < 300; i++) {
      tree().file("v/" + i % 10 + "/" + i + "/deep/file", i);
    }
    FutureTask<Boolean> removal =
        new FutureTask<>(
            () -> {
              MoreFiles.deleteRecursively(tree().path("v"), RecursiveDeleteOption.ALLOW_INSECURE);
              return true;
            });
    new Thread(removal).start();

    List<DiskUsage> seen = new ArrayList<>();
    do {
      seen.add(measure());
    } while (!removal.isDone());

    assertThat(removal.get()).isTrue();
    assertThat(seen).allMatch(usage -> usage.unreadable() == 0 && usage.files() <= 300);
    assertThat(measure().entries()).isEqualTo(1);
  }

  @Test
  void isRightOrSaysWhyNotWithFewDescriptors() throws IOException {
    for (int i = 0; i < 300; i++) {
      tree().file(i + "/a/b/c/file", 1).file(i + "/z/file", 1);
    }

    ChildProcess.runWithOpenFiles(64, FewDescriptors.class, probe().name(), tree().root());
  }

  /** Runs where 64 descriptors may be open. */
  static final class FewDescriptors {
    public static void main(String[] args) throws IOException {
      List<Problem> problems = new ArrayList<>();

      DiskUsage usage = named(args[0]).measure(Path.of(args[1]), problems::add);

      assertThat(usage.unreadable()).isEqualTo(problems.size());
      if (problems.isEmpty()) {
        assertThat(usage.files()).isEqualTo(600);
      } else {
        assertThat(problems)
            .extracting(Problem::message)
            .allMatch(message -> message.toLowerCase(Locale.ROOT).contains("too many open files"));
      }
    }
  }

  @Test
  void tenThousandWalksLeaveNothingBehind() throws IOException {
    tree().file("a/one").file("a/b/two").link("link", "a").directory("empty");

    ChildProcess.runWithHeap(24, TenThousandWalks.class, probe().name(), tree().root());
  }

  /** Runs in a machine whose memory can be looked at. */
  static final class TenThousandWalks {
    public static void main(String[] args) throws IOException {
      SizeProbe probe = named(args[0]);
      Path root = Path.of(args[1]);
      for (int i = 0; i < 2000; i++) {
        probe.measure(root); // touches the heap, loads classes
      }
      long descriptors = openDescriptors();
      long memory = residentBytes();

      for (int i = 0; i < 10_000; i++) {
        probe.measure(root);
      }

      // The JDK may have closed one of its own
      assertThat(openDescriptors()).isLessThanOrEqualTo(descriptors);
      assertThat(residentBytes() - memory).isLessThan(mib(24)); // a buffer each would be 640
    }

    /** The second number of proc(5)'s {@code statm}, in pages. */
    private static long residentBytes() throws IOException {
      return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
    }
  }

  private static long openDescriptors() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }

  private static SizeProbe named(String name) {
    return name.equals("portable") ? SizeProbe.portable() : SizeProbe.best();
  }

  @Test
  void tellsWhenADirectoryWasMoved() throws IOException {
    Instant before = Instant.now().minusSeconds(2);
    tree().file("old/a").allModified(daysAgo(30));
    Files.move(tree().path("old"), tree().path("moved"));

    Entry moved = capture().entry(tree().path("moved")).orElseThrow();

    assertThat(moved.newestModified()).isEqualTo(daysAgo(30));
    assertThat(moved.lastChanged()).isAfter(before);
  }

  /** Whether the best probe and the portable one see the same, but for the blocks of files. */
  static void assertProbesAgree(Path root) throws IOException {
    assertThat(described(SizeProbe.best(), root))
        .containsExactlyElementsOf(described(SizeProbe.portable(), root));
  }

  private static List<String> described(SizeProbe probe, Path root) throws IOException {
    Snapshot snapshot = probe.capture(root);
    List<String> described =
        new ArrayList<>(snapshot.entries().map(ProbeOnRealFilesContract::describe).toList());
    snapshot.problems().stream().map(Problem::toString).sorted().forEach(described::add);
    return described;
  }

  private static String describe(Entry entry) {
    return entry.path().toUri()
        + " "
        + entry.kind()
        + " "
        + entry.size()
        + " "
        + entry.links()
        + " "
        + entry.owner()
        + " "
        + entry.lastModified();
  }
}
