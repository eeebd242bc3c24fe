package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.FileOpener;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as a use, each by a real process that uses it in no other way. */
class OpenFilesTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    assumeThat(Path.of("/proc/self/maps")).as("Linux's table of processes").exists();
    tree = TestTree.in(temporary.toRealPath()).file("a/b/file").file("a/bc/file");
  }

  /** Seen at the directory and at all above it, and not beside it. */
  private void assertUsed(String path, Running process, String words) {
    OpenFiles open = OpenFiles.scan();
    assertThat(open.useAtOrBelow(tree.path(path)))
        .map(OpenFiles.Use::toString)
        .hasValueSatisfying(
            use -> assertThat(use).contains("(pid " + process.pid() + ") " + words));
    assertThat(open.useAtOrBelow(tree.root())).isPresent();
    assertThat(open.useAtOrBelow(tree.path("a/bc"))).isEmpty();
  }

  @Test
  void nobodyUsesWhatWasJustMade() {
    assertThat(OpenFiles.scan().useAtOrBelow(tree.root())).isEmpty();
  }

  @Test
  void anOpenFileIsAUse() {
    try (Running process = ChildProcess.python("f = open(a[0])", tree.path("a/b/file"))) {
      assertUsed("a/b", process, "has " + tree.path("a/b/file") + " open");
    }
  }

  @Test
  void aFileThatWasRemovedWhileOpenIsAUseOfItsDirectory() {
    try (Running process =
        ChildProcess.python("import os; f = open(a[0]); os.unlink(a[0])", tree.path("a/b/file"))) {
      assertUsed("a/b/file", process, "has " + tree.path("a/b/file") + " (deleted) open");
    }
  }

  @Test
  void aMappedFileIsAUseAfterItWasClosed() {
    // mmap keeps a descriptor of its own, which is closed behind its back
    String script =
        """
        import mmap, os
        f = open(a[0])
        m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
        for d in map(int, os.listdir('/proc/self/fd')):
          try: d > 2 and os.close(d)
          except OSError: pass
        """;
    try (Running process = ChildProcess.python(script, tree.path("a/b/file"))) {
      assertUsed("a/b", process, "has " + tree.path("a/b/file") + " mapped into its memory");
    }
  }

  @Test
  void aWorkingDirectoryIsAUse() {
    try (Running process = ChildProcess.python("import os; os.chdir(a[0])", tree.path("a/b"))) {
      assertUsed("a/b", process, "works in " + tree.path("a/b"));
    }
  }

  @Test
  void aRunningProgramIsAUse() throws IOException {
    Path program = tree.path("a/b/idle");
    Files.copy(Path.of("/bin/sleep").toRealPath(), program);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    String script = "import subprocess; p = subprocess.Popen(['idle', '60'], executable=a[0])";
    try (Running process = ChildProcess.python(script, program)) {
      ProcessHandle idle = ProcessHandle.of(process.pid()).get().children().findFirst().get();
      try {
        assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/b")))
            .map(OpenFiles.Use::toString)
            .hasValueSatisfying(use -> assertThat(use).contains("(pid " + idle.pid() + ") runs "));
      } finally {
        idle.destroyForcibly();
      }
    }
  }

  @Test
  void aSocketThatLivesIsAUse() {
    try (Running process = ChildProcess.python(LISTEN, tree.path("a/b/socket"))) {
      assertUsed("a/b", process, "has the socket " + tree.path("a/b/socket") + " open");
    }
  }

  @Test
  void aSocketWhoseProcessIsGoneIsNoUse() {
    ChildProcess.python(LISTEN, tree.path("a/b/socket")).close();

    assertThat(tree.path("a/b/socket")).exists();
    assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/b"))).isEmpty();
  }

  private static final String LISTEN =
      "import socket; s = socket.socket(socket.AF_UNIX); s.bind(a[0]); s.listen()";

  @Test
  void pipsBuildTrackerIsAUseOfWhoeverHasItInItsEnvironment() {
    Map<String, String> tracker = Map.of("PIP_BUILD_TRACKER", tree.path("a/b").toString());
    try (Running process = ChildProcess.python(tracker, List.of(), "")) {
      assertUsed("a/b", process, "has its temporary files in " + tree.path("a/b"));
    }
  }

  @Test
  void aVariableThatNamesALastingPlaceIsNoUse() {
    Map<String, String> cache = Map.of("PIP_CACHE_DIR", tree.path("a/b").toString());
    try (Running process = ChildProcess.python(cache, List.of(), "")) {
      assertThat(process.pid()).isPositive();
      assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/b"))).isEmpty();
    }
  }

  @Test
  void aPathOnACommandLineIsAUse() {
    for (String prefix : List.of("", "-o", "--out=", "dependency=", "@", "/usr/lib:")) {
      List<String> argv = List.of(prefix + tree.path("a/b/file"));
      try (Running process = ChildProcess.python(Map.of(), argv, "")) {
        assertUsed("a/b", process, "was started with " + tree.path("a/b/file"));
      }
    }
  }

  @Test
  void whatThisProcessHasOpenIsNoUse() throws IOException {
    try (InputStream in = Files.newInputStream(tree.path("a/b/file"))) {
      assertThat(in.read()).isPositive();
      assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/b"))).isEmpty();
    }
  }

  @Test
  void whatWasMovedIsUsedWhereItIsNow() throws IOException {
    try (Running process = ChildProcess.python("f = open(a[0])", tree.path("a/b/file"))) {
      Files.move(tree.path("a/b"), tree.path("a/moved"));

      assertUsed("a/moved", process, "has " + tree.path("a/moved/file") + " open");
      assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/b"))).isEmpty();
    }
  }

  @Test
  void anotherNameOfAnOpenFileIsNotInUse() throws IOException {
    tree.hardLink("a/bc/other", "a/b/file");
    try (Running process = ChildProcess.python("f = open(a[0])", tree.path("a/b/file"))) {
      assertUsed("a/b", process, "has");
      Stat other = Stat.of(tree.path("a/bc/other"));
      assertThat(OpenFiles.scan().useOf(other.device(), other.inode())).isEmpty();
    }
  }

  @Test
  void aNameWithBytesThatAreNoTextIsFound() throws IOException {
    Path strange = Names.resolve(tree.path("a"), new byte[] {'x', (byte) 0xff});
    Files.createDirectory(strange);
    String script = "import os; os.chdir(os.fsencode(a[0]) + b'/x\\xff')";
    try (Running process = ChildProcess.python(script, tree.path("a"))) {
      assertThat(process.pid()).isPositive();
      assertThat(OpenFiles.scan().useAtOrBelow(strange)).isPresent();
    }
  }

  /** Or on a machine with thousands of processes, each item would wait for a pass of its own. */
  @Test
  void aPassThatTakesLongerThanItMayBeOldIsUsedOftenAllTheSame() {
    try (FileOpener many = new FileOpener(300)) {
      assertThat(many.pid()).isPositive();
      OpenFiles.Latest latest = new OpenFiles.Latest(Duration.ofMillis(20));

      int usedAgain = 0;
      for (int i = 0; i < 10; i++) {
        OpenFiles pass = latest.get();
        usedAgain += latest.get() == pass ? 1 : 0;
      }

      assertThat(usedAgain).as("of 10 passes").isGreaterThan(2);
    }
  }

  @Test
  void oneLookAnswersManyQuestionsUntilItIsTooOld() {
    OpenFiles.Latest lasting = new OpenFiles.Latest(Duration.ofHours(1));
    OpenFiles.Latest fleeting = new OpenFiles.Latest(Duration.ZERO);

    assertThat(lasting.get()).isSameAs(lasting.get());
    assertThat(fleeting.get()).isNotSameAs(fleeting.get());
  }

  @Test
  void aScanThatWasBegunIsTheOneThatAnswers() {
    OpenFiles.Latest latest = new OpenFiles.Latest(Duration.ofHours(1));
    latest.begin();
    OpenFiles first = latest.get();
    latest.begin();

    assertThat(latest.get()).as("one that is good is not repeated").isSameAs(first);
  }

  @Test
  void looksLeaveNothingOpen() throws IOException {
    OpenFiles.scan();
    long before = openDescriptors();
    for (int i = 0; i < 10; i++) {
      OpenFiles.scan();
    }

    assertThat(openDescriptors()).isLessThan(before + 10);
  }

  private static long openDescriptors() throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }

  /** The same file under another path, as through a bind mount or in a container. */
  static final class ThroughAMount {
    public static void main(String[] args) throws IOException {
      Path tree = Path.of(args[0]);
      Path mount = Path.of(args[1]);
      try (Running process = ChildProcess.python("f = open(a[0])", mount.resolve("file"))) {
        OpenFiles open = OpenFiles.scan();
        Stat file = Stat.of(tree.resolve("file"));
        assertThat(process.pid()).isPositive();
        assertThat(open.useAtOrBelow(tree))
            .map(OpenFiles.Use::path)
            .contains(mount.resolve("file"));
        assertThat(open.useOf(file.device(), file.inode())).isPresent();
      }
    }
  }

  @Test
  void aFileIsKnownByItsInodeAndByItsMountWhereItIsUsedUnderAnotherPath() {
    tree.directory("mount");

    ChildProcess.runWithMounts(
        "mount --bind \"$1\" \"$2\"", ThroughAMount.class, tree.path("a/b"), tree.path("mount"));
  }

  /** What an unprivileged user cannot see. */
  @Nested
  class Unseen {
    private Path directory(String permissions) throws IOException {
      Path directory = Files.createDirectory(tree.path("of-nobody"));
      for (Path each = directory; !each.equals(temporary.getParent()); each = each.getParent()) {
        Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
      Files.setAttribute(directory, "unix:uid", 65534);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
      return directory;
    }

    /** Starts somebody else whom nobody can see, and has nobody ask. */
    private void ask(String permissions, boolean shared, boolean unknown) throws IOException {
      Path directory = directory(permissions);
      try (Running other = ChildProcess.python(ChildProcess.LEAVE_ROOT)) {
        ChildProcess.runAsNobody(AskAsNobody.class, directory, shared, unknown, other.pid());
      }
    }

    @Test
    void aDirectoryThatOthersMayWriteToMayBeInUse() throws IOException {
      ask("rwxrwxrwx", false, true);
    }

    @Test
    void aCacheThatOthersMayOnlyReadIsNotInUse() throws IOException {
      ask("rwxr-xr-x", false, false);
    }

    @Test
    void aTemporaryDirectoryThatOthersMayReadMayBeInUse() throws IOException {
      ask("rwxr-xr-x", true, true);
    }

    @Test
    void aPrivateDirectoryIsNotInUse() throws IOException {
      ask("rwx------", true, false);
    }
  }

  static final class AskAsNobody {
    public static void main(String[] args) throws IOException {
      Path directory = Path.of(args[0]);
      Optional<String> unseen =
          OpenFiles.scan()
              .findPossibleHiddenUse(directory, directory, Boolean.parseBoolean(args[1]));
      if (Boolean.parseBoolean(args[2])) {
        assertThat(unseen)
            .hasValueSatisfying(who -> assertThat(who).contains("cannot be inspected"));
      } else {
        assertThat(unseen).isEmpty();
      }
      assertThat(Files.exists(Path.of("/proc", args[3]))).isTrue();
    }
  }
}
