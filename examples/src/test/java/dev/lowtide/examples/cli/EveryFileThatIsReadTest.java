package dev.lowtide.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.Lists;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.examples.Main;
import dev.lowtide.fs.FilesRead;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * In the place of every file that the command reads there is a named pipe, a socket, a device, an
 * endless file, a directory, a link to a pipe. What is read is found by looking at it, so that no
 * reader can be forgotten.
 */
class EveryFileThatIsReadTest {
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final List<String> LOCKS =
      List.of("home/.cache/uv/.lock", "home/.cache/pre-commit/.lock", "other/QUARANTINE/lock");

  @TempDir Path directory;
  private TestTree tree;
  private Path root;
  private HostEnvironment host;
  private List<List<String>> commands;

  @BeforeEach
  void aMachineWithALittleOfEverything() throws IOException {
    tree = TestTree.in(directory.toRealPath());
    root = tree.root();
    String tag = Marker.CACHE_DIRECTORY.beginning() + "\n";
    tree.directory("tmp")
        .file("work/canary", "mine")
        .file("home/canary", "mine")
        .file("work/pyproject.toml", "[project]\nname = \"a\"\n")
        .file("work/setup.py", "")
        .file("work/requirements.txt", "a\n")
        .file("work/.venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.3\n")
        .file("work/.venv/CACHEDIR.TAG", tag)
        .file("work/.venv/bin/python", "")
        .file("work/.venv/lib/python3.12/site-packages/a.pth", root.resolve("work/src").toString())
        .file("work/.venv/lib/python3.12/site-packages/a-1.dist-info/RECORD", "a.py,,\n")
        .file("work/.venv/lib/python3.12/site-packages/a-1.dist-info/direct_url.json", "{}")
        .file("work/src/a.egg-info/PKG-INFO", "Name: a\n")
        .file("work/src/a.egg-info/SOURCES.txt", "setup.py\n")
        .file("work/.pytest_cache/README.md", "# pytest cache directory #\n")
        .file("work/.pytest_cache/CACHEDIR.TAG", tag)
        .file("work/.mypy_cache/CACHEDIR.TAG", tag)
        .file("work/.ruff_cache/CACHEDIR.TAG", tag)
        .file("work/build/CMakeCache.txt", "CMAKE_HOME_DIRECTORY:INTERNAL=" + root + "/work\n")
        .file("work/build/CMakeFiles/TargetDirectories.txt", "")
        .file("work/CMakeLists.txt", "")
        .file("work/conda/conda-meta/history", "")
        .file("work/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n")
        .file("work/Cargo.lock", "")
        .file("work/src/lib.rs", "")
        .file("work/.cargo/config.toml", "[build]\n")
        .file("work/target/CACHEDIR.TAG", tag)
        .file("work/target/.rustc_info.json", "{}")
        .file("work/target/debug/.fingerprint/a-0123456789abcdef/lib-a.json", "{}")
        .file("work/target/debug/.fingerprint/a-0123456789abcdef/lib-a", "0123456789abcdef")
        .file("work/target/debug/.fingerprint/a-0123456789abcdef/dep-lib-a", "")
        .file("work/target/debug/.fingerprint/a-0123456789abcdef/invoked.timestamp", "")
        .file("home/.config/pip/pip.conf", "[global]\nno-color = true\n")
        .file("home/.config/uv/uv.toml", "link-mode = \"copy\"\n")
        .file("home/.config/pypoetry/config.toml", "[virtualenvs]\n")
        .file("home/.config/sccache/config", "[cache.disk]\nsize = 1\n")
        .file("home/.condarc", "pkgs_dirs:\n  - ~/pkgs\n")
        .file("home/.cargo/config.toml", "[net]\n")
        .file("home/.cargo/.global-cache", "SQLite format 3\0")
        .file("home/.cargo/registry/CACHEDIR.TAG", tag)
        .file("home/.cache/pip/http-v2/a/b/c/d/e/abcde", "")
        .file("home/.cache/uv/CACHEDIR.TAG", tag)
        .file("home/.cache/uv/.lock", "")
        .file("home/.cache/uv/archive-v0/x/pyvenv.cfg", "home = /usr/bin\n")
        .file("home/.cache/pre-commit/README", "This directory is maintained by the pre-commit")
        .file("home/.cache/pre-commit/.lock", "")
        .file("home/.cache/pre-commit/db.db", "")
        .file("home/.cache/pre-commit/repo1/py_env-python3/pyvenv.cfg", "home = /usr/bin\n")
        .file("home/.cache/cibuildwheel/CACHEDIR.TAG", tag)
        .file("other/out/CACHEDIR.TAG", tag)
        .file("other/.pytest_cache/README.md", "# pytest cache directory #\n")
        .file("other/.pytest_cache/CACHEDIR.TAG", tag)
        .file("lowtide.toml", "[[targets]]\npath = \"work\"\n");
    ChildProcess.run(root.resolve("work"), "git", "init", "-q");
    ChildProcess.run(root.resolve("work"), "git", "add", "setup.py");
    host =
        HostEnvironment.of(
            OperatingSystem.LINUX,
            root.getFileSystem(),
            Map.of("HOME", root + "/home", "TMPDIR", root + "/tmp", "PATH", "/nowhere"),
            "/nowhere",
            "/nowhere");
    String work = root + "/work";
    run(List.of("clean", "--root", root + "/other", "--undo-for", "1h", "--yes", "--assume-idle"));
    run(List.of("plan", "--root", work, "--assume-idle", "-o", root + "/plan.json"));
    run(List.of("baseline", "--location", "work=" + work, "-o", root + "/baseline.json"));
    tree.directory("other/.pytest_cache");
    commands =
        List.of(
            List.of("plan", "--root", work, "--caches", "--assume-idle"),
            List.of("plan", "--config", root + "/lowtide.toml"),
            List.of("apply", root + "/plan.json", "--dry-run", "--assume-idle"),
            List.of("clean", "--root", root + "/other", "--dry-run", "--assume-idle"),
            List.of("doctor", "--root", work),
            List.of("policies"),
            List.of("size", work),
            List.of("verify", "--baseline", root + "/baseline.json"),
            List.of("baseline", "--location", "work=" + work, "-o", root + "/again.json"),
            List.of("trash", "list", "--root", root + "/other"),
            List.of("trash", "list"),
            // Something is there again, so that it reads everything and changes nothing
            List.of("trash", "restore", trashId(), "--root", root + "/other"));
  }

  private String run(List<String> command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    Main.run(command.toArray(String[]::new), host, InputStream.nullInputStream(), print, print);
    return out.toString(StandardCharsets.UTF_8);
  }

  private Set<Path> readBy(List<String> command) {
    return FilesRead.during(() -> run(command)).stream()
        .filter(path -> path.startsWith(root) && Files.isRegularFile(path))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Map<List<String>, Set<Path>> read() {
    Map<List<String>, Set<Path>> read = new LinkedHashMap<>();
    commands.forEach(command -> read.put(command, readBy(command)));
    return read;
  }

  @Test
  void theLookIsNotAtNothing() {
    Set<String> names =
        read().values().stream()
            .flatMap(Set::stream)
            .map(path -> root.relativize(path).toString().replaceAll("[0-9a-f]{16}", "ID"))
            .collect(Collectors.toSet());

    assertThat(names)
        .contains(
            "work/.venv/pyvenv.cfg",
            "work/.pytest_cache/README.md",
            "work/.git/index",
            "work/.git/config",
            "work/target/CACHEDIR.TAG",
            "home/.cargo/config.toml",
            "home/.config/pip/pip.conf",
            "home/.config/uv/uv.toml",
            "home/.cargo/.global-cache",
            "lowtide.toml",
            "plan.json",
            "baseline.json")
        .anyMatch(name -> name.matches("other/\\.lowtide-trash[^/]*/ID\\.json"))
        .hasSizeGreaterThan(20);
    assertThat(run(commands.get(commands.size() - 1))).contains("exists again");
  }

  @Test
  void aNamedPipeInItsPlaceHangsNothing() throws IOException {
    eachInItsPlace(path -> ChildProcess.run(path.getParent(), "mkfifo", name(path)));
  }

  @Test
  void aNamedPipeEverywhereHangsNothing() throws IOException {
    allInTheirPlaces(path -> ChildProcess.run(path.getParent(), "mkfifo", name(path)));
  }

  @Test
  void anEndlessFileEverywhereEndsNothing() throws IOException {
    allInTheirPlaces(
        path -> {
          try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(4L << 30);
          }
        });
  }

  @Test
  void directoriesAndLinksToAPipeEverywhereHangNothing() throws IOException {
    ChildProcess.run(root, "mkfifo", "pipe");
    allInTheirPlaces(
        path -> {
          if (path.hashCode() % 2 == 0) {
            Files.createDirectory(path);
          } else {
            Files.createSymbolicLink(path, root.resolve("pipe"));
          }
        });
  }

  @Test
  void aSocketEverywhereHangsNothing() throws IOException {
    Path socket = root.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      allInTheirPlaces(path -> Files.createLink(path, socket));
    }
  }

  @Test
  void aDeviceEverywhereEndsNothing() throws IOException {
    assumeTrue(Stat.currentUser() == 0, "only root can make a device");
    ChildProcess.run(root, "mknod", "zero", "c", "1", "5");
    allInTheirPlaces(path -> Files.createLink(path, root.resolve("zero")));
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private interface Replacement {
    void at(Path path) throws IOException;
  }

  /**
   * A few at a time, since one that is wrong may keep others from being read; one at a time in the
   * profile attack.
   */
  private void eachInItsPlace(Replacement replacement) throws IOException {
    Map<Path, List<String>> readers = new LinkedHashMap<>();
    read().forEach((command, paths) -> paths.forEach(path -> readers.putIfAbsent(path, command)));
    int together = Integer.getInteger("lowtide.attack.seconds", 5) > 5 ? 1 : 4;
    for (List<Path> group : Lists.partition(List.copyOf(readers.keySet()), together)) {
      for (Path path : group) {
        Files.move(path, path.resolveSibling("aside-" + name(path)));
        replacement.at(path);
      }
      for (List<String> command : group.stream().map(readers::get).distinct().toList()) {
        assertEnds(command, group.get(0));
      }
      for (Path path : group) {
        Files.delete(path);
        Files.move(path.resolveSibling("aside-" + name(path)), path);
      }
    }
  }

  private void allInTheirPlaces(Replacement replacement) throws IOException {
    Set<Path> all = new TreeSet<>();
    read().values().forEach(all::addAll);
    for (String lock : LOCKS) { // which are opened and not read
      Path path = root.resolve(lock.replace("QUARANTINE", quarantine()));
      Files.writeString(path, "");
      all.add(path);
    }
    for (Path path : all) {
      Files.delete(path);
      replacement.at(path);
    }
    for (List<String> command : commands) {
      assertEnds(command, root);
    }
    assertEnds(
        List.of("clean", "--root", root + "/work", "--caches", "--assume-idle", "--yes"), root);
    assertEnds(List.of("trash", "purge", "--root", root + "/other", "--all", "--yes"), root);
    assertThat(Files.readString(root.resolve("work/canary"))).isEqualTo("mine");
    assertThat(Files.readString(root.resolve("home/canary"))).isEqualTo("mine");
    removePipes();
  }

  /** Each user has one of another name. */
  private String quarantine() throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(root.resolve("other"), ".lowtide-trash*")) {
      return name(found.iterator().next());
    }
  }

  /** Its name begins with it. */
  private String trashId() throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(
            root.resolve("other").resolve(quarantine()), "[0-9a-f]*.[0-9]*-[0-9]*")) {
      return name(found.iterator().next()).substring(0, 16);
    }
  }

  /** So that what removes the directory of the test has plain things before it. */
  private void removePipes() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isOther()) {
              Files.delete(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void assertEnds(List<String> command, Path path) {
    String printed =
        assertTimeoutPreemptively(LONGEST, () -> run(command), () -> command + " with " + path);
    assertThat(printed)
        .as("%s with %s", command, path)
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
  }
}
