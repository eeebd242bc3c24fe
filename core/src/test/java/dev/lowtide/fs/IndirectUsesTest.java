package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.TestTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uses that no descriptor of a process and no absolute path on its command line shows. */
class IndirectUsesTest {
  @TempDir Path temporary;
  private TestTree tree;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void makeTree() throws IOException {
    assumeThat(Path.of("/proc/self/maps")).as("Linux's table of processes").exists();
    tree = TestTree.in(temporary.toRealPath()).file("a/b/file").file("a/bc/file");
  }

  /** Starts a shell in a directory that says when it is ready, then waits. */
  private Process shell(
      Path directory, Map<String, String> variables, String script, String... argv)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", script + "\necho ready; read end", "sh"));
    command.addAll(List.of(argv));
    return start(directory, variables, command);
  }

  private Process start(Path directory, Map<String, String> variables, List<String> command)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(directory.toFile());
    builder.environment().put("PWD", directory.toString());
    builder.environment().putAll(variables);
    Process process = builder.start();
    started.add(process);
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    while (!"ready".equals(line)) { // ld.so warns of what it cannot load before
      assertThat(line).isNotNull();
      line = output.readLine();
    }
    return process;
  }

  @AfterEach
  void endAll() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private void assertUsed(String path, Process process, String words) {
    OpenFiles open = OpenFiles.scan();
    assertThat(open.useAtOrBelow(tree.path(path)))
        .map(OpenFiles.Use::toString)
        .hasValueSatisfying(
            use -> assertThat(use).contains("(pid " + process.pid() + ") " + words));
    assertThat(open.useAtOrBelow(tree.path("a/bc"))).isEmpty();
  }

  private void assertUsed(String path, String words) {
    OpenFiles open = OpenFiles.scan();
    assertThat(open.useAtOrBelow(tree.path(path)))
        .map(OpenFiles.Use::toString)
        .hasValueSatisfying(use -> assertThat(use).contains(words));
    assertThat(open.useAtOrBelow(tree.path("a/bc"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "PYTHONPATH",
        "PYTHONHOME",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD"
      })
  void aVariableThatSaysWhereCodeIsFoundIsAUse(String variable) throws IOException {
    String several = "/nowhere:" + tree.path("a/b");
    Process process = shell(tree.root(), Map.of(variable, several), "");

    assertUsed("a/b", process, "runs code of " + tree.path("a/b"));
  }

  @Test
  void aDirectoryOfPathIsNoUseByItself() throws IOException {
    shell(tree.root(), Map.of("PATH", System.getenv("PATH") + ":" + tree.path("a/b")), "");

    assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/b"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"b/file", "./b/new", "../a/b/x", "--out=b/file", "-Ib/x", "x=1,b/file"})
  void aRelativePathOnACommandLineIsAUse(String argument) throws IOException {
    Process process = shell(tree.path("a"), Map.of(), "", argument);

    assertUsed("a/b", process, "was started with ");
  }

  @Test
  void aRelativePathCountsWhereTheProgramWasStartedThoughItHasLeft() throws IOException {
    Process process = shell(tree.path("a"), Map.of(), "cd /", "b/file");

    assertUsed("a/b", process, "was started with ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"link/b/file", "link/b/new/one", "to-file"})
  void aPathThroughALinkOnACommandLineIsAUse(String path) throws IOException {
    tree.link("link", "a").link("to-file", "a/b/file");
    Process process = shell(tree.root(), Map.of(), "", tree.path(path).toString());

    assertUsed("a/b", process, "was started with ");
  }

  /** A thread that shares less with the others; unshare(2) has no name in Python before 3.12. */
  private static String thread(String flags, String action) {
    return """
    import ctypes, os, threading
    done = threading.Event()
    def run():
      assert ctypes.CDLL(None).unshare(%s) == 0
      %s
      done.set()
      threading.Event().wait()
    threading.Thread(target=run, daemon=True).start()
    done.wait()
    """
        .formatted(flags, action);
  }

  @Test
  void theWorkingDirectoryOfOneThreadIsAUse() {
    String script = thread("0x200", "os.chdir(a[0])"); // CLONE_FS
    try (Running process = ChildProcess.python(script, tree.path("a/b"))) {
      assertUsed("a/b", "(pid " + process.pid() + ") works in " + tree.path("a/b"));
    }
  }

  @Test
  void aFileThatOneThreadHasOpenIsAUse() {
    String script = thread("0x400", "global f; f = open(a[0])"); // CLONE_FILES
    try (Running process = ChildProcess.python(script, tree.path("a/b/file"))) {
      assertUsed("a/b", "(pid " + process.pid() + ") has " + tree.path("a/b/file") + " open");
    }
  }

  @Test
  void aSocketThatWasBoundByARelativePathIsAUse() {
    String script =
        "import os, socket; os.chdir(a[0]); s = socket.socket(socket.AF_UNIX); s.bind(a[1])";
    try (Running process = ChildProcess.python(script, tree.path("a"), "b/s")) {
      assertUsed("a/b", "(pid " + process.pid() + ") has the socket " + tree.path("a/b/s"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b|c",
        "b c",
        " b ",
        "b\u00C5c",
        "b|",
        "b|ffff8e3e04c5a400: 00000002 00000000 00010000 0001 01 77 /x"
      })
  void aSocketInADirectoryOfAnyNameIsAUse(String name) throws IOException {
    tree.file("x/" + name.replace('|', '\n') + "/file");
    String script =
        """
        import os, socket
        os.chdir(a[0])
        s = socket.socket(socket.AF_UNIX)
        s.bind(a[1].replace('|', chr(10)))
        """;
    try (Running process = ChildProcess.python(script, tree.path("x"), name + "/s")) {
      assertUsed("x/" + name.replace('|', '\n'), process);
    }
  }

  @Test
  void aMappedFileInADirectoryOfAnyNameIsAUse() {
    // In UTF-8 its second byte is what some take for the end of a line
    tree.file("x/\u00C5/file", "text");
    String script =
        """
        import mmap, os
        f = os.open(a[0], os.O_RDONLY)
        m = mmap.mmap(f, 0, prot=mmap.PROT_READ)
        for d in map(int, os.listdir('/proc/self/fd')):
          try: d > 2 and os.close(d)
          except OSError: pass
        """;
    try (Running process = ChildProcess.python(script, tree.path("x/\u00C5/file"))) {
      assertUsed("x/\u00C5", process);
    }
  }

  private void assertUsed(String path, Running process) {
    assertThat(OpenFiles.scan().useAtOrBelow(tree.path(path)))
        .map(OpenFiles.Use::toString)
        .hasValueSatisfying(use -> assertThat(use).contains("(pid " + process.pid() + ")"));
  }

  @Test
  void whoTellsMorePathsThanCanBeHeldIsUnknownAndTheOthersAreSeen() {
    String script =
        ChildProcess.LEAVE_ROOT
            + """
            again = "print('ready', flush=True); import sys; sys.stdin.read()"
            many = ['%d%s' % (i, '/b' * 2000) for i in range(300)]
            os.execvp('python3', ['python3', '-c', again, *many])
            """;
    try (Running told = ChildProcess.python(script);
        Running other = ChildProcess.python("f = open(a[0])", tree.path("a/b/file"))) {
      OpenFiles open = OpenFiles.scan();

      assertThat(open.hiddenProcesses()).anyMatch(who -> who.contains("pid " + told.pid()));
      assertThat(open.useAtOrBelow(tree.path("a/b")))
          .map(OpenFiles.Use::process)
          .hasValueSatisfying(who -> assertThat(who).contains("pid " + other.pid()));
    }
  }

  @Test
  void whoIsBeingHandedOpenFilesMayUseWhatItMayRead() throws IOException {
    String script =
        """
        import array, os, socket
        f = os.open(a[0], os.O_RDONLY)
        """
            + ChildProcess.LEAVE_ROOT
            + """
            one, two = socket.socketpair()
            one.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [f]))])
            os.close(f)
            """;
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path file = tree.path("a/b/file");
    try (Running process = ChildProcess.python(script, file)) {
      OpenFiles open = OpenFiles.scan();

      assertThat(open.useAtOrBelow(tree.path("a/b")))
          .as("nothing tells which file it is")
          .isEmpty();
      assertThat(open.hiddenProcesses())
          .anyMatch(
              who ->
                  who.contains("(pid " + process.pid() + ")")
                      && who.contains("another process is sending open files"));
      assertThat(open.findPossibleHiddenUse(file, file, true)).isPresent();
    }
  }

  @Test
  void whatIsShownElsewhereInAnotherMountNamespaceIsAUse() throws IOException {
    ChildProcess.assumeTool("unshare");
    assumeThat(ChildProcess.isRoot()).as("only root can mount").isTrue();
    tree.directory("elsewhere").directory("a/b/sub");
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            "mount --bind a/b/sub elsewhere; cd /; echo ready; read end");
    start(tree.root(), Map.of("PWD", "/"), command);

    assertUsed("a/b", "the mount " + tree.path("elsewhere") + " that ");
  }

  /** Looks for a use from within the namespace in which something was mounted. */
  static final class Looks {
    public static void main(String[] args) {
      Optional<OpenFiles.Use> use = OpenFiles.scan().useAtOrBelow(Path.of(args[0]));
      assertThat(use).map(OpenFiles.Use::toString).contains(args[1]);
    }
  }

  @Test
  void whatIsShownElsewhereInThisMountNamespaceIsAUse() {
    tree.directory("elsewhere").directory("a/b/sub");
    Path sub = tree.path("a/b/sub");
    ChildProcess.runWithMounts(
        "mount --bind \"$1/sub\" \"$3\"",
        Looks.class,
        tree.path("a/b"),
        "the mount " + tree.path("elsewhere") + " shows " + sub,
        tree.path("elsewhere"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lower", "with:colon", "upper", "work"})
  void aLayerOfAnOverlayIsAUse(String layer) {
    tree.directory("t");
    Path path = tree.path("t/" + layer);
    ChildProcess.runWithMounts(
        """
        mount -t tmpfs tmpfs "$3"; cd "$3"; mkdir lower with:colon upper work merged
        d="$3"; o="lowerdir=$d/lower:$d/with\\\\:colon,upperdir=$d/upper,workdir=$d/work"
        mount -t overlay overlay -o "$o" "$d/merged"; cd /
        """,
        Looks.class,
        path,
        "the mount " + tree.path("t/merged") + " is made from " + path,
        tree.path("t"));
  }

  /** Environments as venv makes them, whose interpreter is a link to another one. */
  @Nested
  class OfVirtualEnvironments {
    private Path environment;

    @BeforeEach
    void makeEnvironment() throws IOException {
      ChildProcess.run(tree.root(), "python3", "-m", "venv", "--without-pip", "a/venv");
      environment = tree.path("a/venv");
      assertThat(environment.resolve("bin/python")).isSymbolicLink();
    }

    private static final String WAIT = " -c \"print('ready', flush=True); input()\"";

    private void assertKept(Path directory, String script) throws IOException {
      start(directory, Map.of(), List.of("sh", "-c", "cd \"$0\"; " + script, directory.toString()));

      assertThat(OpenFiles.scan().useAtOrBelow(environment)).as(script).isPresent();
      assertThat(OpenFiles.scan().useAtOrBelow(tree.path("a/bc"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          ". ./venv/bin/activate; cd /; exec python",
          "exec venv/bin/python",
          "exec ../a/venv/bin/python",
          "PATH=\"$PWD/venv/bin:$PATH\" exec python",
          "exec \"$PWD/venv/bin/python\"",
        })
    void aProgramThatWasStartedFromIt(String start) throws IOException {
      assertKept(tree.path("a"), "unset PWD; cd ../a; " + start + WAIT);
    }

    @Test
    void aProgramThatWasStartedThroughALink() throws IOException {
      tree.link("current", "a/venv");

      assertKept(tree.root(), "exec current/bin/python" + WAIT);
    }

    @Test
    void aScriptWhoseFirstLineNamesIt() throws IOException {
      Path script = tree.path("script");
      Files.writeString(
          script, "#!" + environment + "/bin/python\nprint('ready', flush=True); input()\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();

      assertKept(tree.root(), "exec ./script");
    }

    @Test
    void whoeverHasOneOfItsExtensionModulesMapped() throws IOException {
      Path module = environment.resolve("lib/module.so");
      try (InputStream some = Files.newInputStream(Path.of("/proc/self/exe"))) {
        Files.write(module, some.readNBytes(8192));
      }
      String map =
          "import mmap, os; f = os.open('"
              + module
              + "', 0); m = mmap.mmap(f, 0,"
              + " prot=mmap.PROT_READ); os.close(f)";
      try (Running process = ChildProcess.python(map)) {
        assertThat(OpenFiles.scan().useAtOrBelow(environment))
            .map(OpenFiles.Use::process)
            .hasValueSatisfying(who -> assertThat(who).contains("pid " + process.pid()));
      }
    }

    @Test
    void nobodyWhenEverythingHasEnded() throws IOException {
      Process process =
          start(tree.root(), Map.of(), List.of("sh", "-c", "exec a/venv/bin/python" + WAIT));
      assertThat(OpenFiles.scan().useAtOrBelow(environment)).isPresent();

      process.destroyForcibly().onExit().join();

      assertThat(OpenFiles.scan().useAtOrBelow(environment)).isEmpty();
    }
  }
}
