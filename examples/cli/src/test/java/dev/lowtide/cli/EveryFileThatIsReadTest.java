package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Strings;
import com.google.common.base.Throwables;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.fs.FilesRead;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each file that the command reads is replaced by something hostile: a named pipe, an endless file,
 * a text that no parser can hold. The test observes which files are read, so that no reader is
 * forgotten. The commands run in a JVM of their own with half a gibibyte of heap, and each must end
 * in time and without a stack trace.
 *
 * <p>The suite replaces all files at once; with {@code -Dlowtide.thorough=true} also one at a time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryFileThatIsReadTest {
  private static final boolean THOROUGH = Boolean.getBoolean("lowtide.thorough");
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static final int HEAP_MEBIBYTES = 512;

  /** Text that no message may contain. */
  private static final Pattern BAD =
      Pattern.compile("Exception|OutOfMemory|StackOverflow|^\\tat ", Pattern.MULTILINE);

  /** The replacements. */
  private enum Hostile {
    PIPE {
      @Override
      void make(Path file) {
        ChildProcess.run(file.getParent(), "mkfifo", file.getFileName().toString());
      }
    },
    SOCKET {
      @Override
      void make(Path file) throws IOException {
        // It stays there when its server has ended
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
          server.bind(UnixDomainSocketAddress.of(file));
        }
      }
    },
    DEVICE {
      @Override
      void make(Path file) {
        assumeTrue(Stat.currentUser() == 0, "only root can make a device");
        ChildProcess.run(
            file.getParent(),
            "mknod",
            file.getFileName().toString(),
            "c",
            "1",
            "5"); // zeros, no end
      }
    },
    SPARSE_FILE_OF_4_GIB {
      @Override
      void make(Path file) throws IOException {
        begin(file, "", 4L << 30);
      }
    },
    PLAN_OF_3_GB {
      @Override
      void make(Path file) throws IOException {
        begin(
            file,
            "{\"schema\":1,\"createdAt\":\"2026-01-01T00:00:00Z\",\"targets\":[",
            3_000_000_000L);
      }
    },
    UNREADABLE_FILE {
      @Override
      void make(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(Set.of()));
      }
    },
    NESTED_TEXT {
      @Override
      void make(Path file) throws IOException {
        Files.writeString(file, Strings.repeat("{\"a\":[", 150_000));
      }
    },
    NESTED_TABLES {
      @Override
      void make(Path file) throws IOException {
        Files.writeString(file, "a = " + Strings.repeat("[", 1_000_000));
      }
    },
    EMPTY_LINES {
      @Override
      void make(Path file) throws IOException {
        Files.writeString(file, Strings.repeat("\n", 100_000));
      }
    },
    LINE_WITHOUT_END {
      @Override
      void make(Path file) throws IOException {
        Files.writeString(file, Strings.repeat("a", 60 << 20)); // just below the highest bound
      }
    },
    GIT_INDEX_WITH_NAMES_OF_1_8_GB {
      @Override
      void make(Path file) throws IOException {
        int names = 60_000;
        int length = 30_000;
        try (DataOutputStream out =
            new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
          out.writeBytes("DIRC");
          out.writeInt(4);
          out.writeInt(names);
          for (int i = 0; i < names; i++) {
            out.write(new byte[40 + 20]);
            out.writeShort(0);
            out.write(0); // keeps all of the name before
            out.writeBytes(i == 0 ? Strings.repeat("a", length) : "");
            out.write(0);
          }
          out.write(new byte[20]);
        }
      }
    },
    DIRECTORY {
      @Override
      void put(Path path, Path made) throws IOException {
        Files.createDirectory(path);
      }
    },
    LINK_TO_A_PIPE {
      @Override
      void make(Path file) throws IOException {
        PIPE.make(file);
      }

      @Override
      void put(Path path, Path made) throws IOException {
        Files.createSymbolicLink(path, made);
      }
    },
    LINK_TO_ITSELF {
      @Override
      void put(Path path, Path made) throws IOException {
        Files.createSymbolicLink(path, path);
      }
    };

    /** Makes the replacement; the other files are links to it. */
    void make(Path file) throws IOException {}

    void put(Path path, Path made) throws IOException {
      Files.createLink(path, made);
    }

    private static void begin(Path file, String text, long length) throws IOException {
      Files.writeString(file, text);
      try (RandomAccessFile more = new RandomAccessFile(file.toFile(), "rw")) {
        more.setLength(length);
      }
    }
  }

  private static final List<String> LOCKS =
      List.of("home/.cache/uv/.lock", "home/.cache/pre-commit/.lock", "other/QUARANTINE/lock");

  /** Runs commands, one for each line. */
  static final class Commands {
    public static void main(String[] args) throws IOException {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        List<String> words = List.of(line.split("\t"));
        long began = System.nanoTime();
        String answer = run(Path.of(words.get(0)), words.subList(1, words.size()));
        long millis = (System.nanoTime() - began) / 1_000_000;
        System.out.println(
            millis
                + " "
                + Base64.getEncoder().encodeToString(answer.getBytes(StandardCharsets.UTF_8)));
      }
    }

    private static String run(Path root, List<String> command) {
      try {
        return EveryFileThatIsReadTest.run(host(root), command);
      } catch (RuntimeException | Error e) {
        return e.toString() + "\n" + Throwables.getStackTraceAsString(e);
      }
    }
  }

  @TempDir Path directory;
  private int machines;
  private Path root;
  private HostEnvironment host;

  /** Commands that change nothing. */
  private List<List<String>> commands;

  /** Commands that remove or move, each once. */
  private List<List<String>> changes;

  private @Nullable Process child;
  private int runs;
  private long longest;
  private String slowest = "";
  private final List<String> wrong = new ArrayList<>();

  @AfterAll
  void endTheChild() {
    if (child != null) {
      child.destroyForcibly();
    }
  }

  private static HostEnvironment host(Path root) {
    return HostEnvironment.of(
        OperatingSystem.LINUX,
        root.getFileSystem(),
        Map.of("HOME", root + "/home", "TMPDIR", root + "/tmp", "PATH", "/nowhere"),
        "/nowhere",
        "/nowhere");
  }

  @BeforeEach
  void aMachineWithALittleOfEverything() throws IOException {
    root = Files.createDirectory(directory.toRealPath().resolve("machine-" + machines++));
    TestTree tree = TestTree.in(root);
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
        .file("home/.cache/pip/http-v2/a/b/c/d/e/" + Strings.padEnd("abcde", 56, '0'), "")
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
    host = host(root);
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
            // Creates items again, so that the commands read everything and change nothing
            List.of("trash", "restore", trashId(), "--root", root + "/other"));
    changes =
        List.of(
            List.of("apply", root + "/plan.json", "--yes", "--assume-idle", "--undo-for", "1h"),
            List.of("trash", "list", "--root", work),
            List.of("clean", "--root", work, "--caches", "--assume-idle", "--yes"),
            List.of("trash", "purge", "--root", root + "/other", "--all", "--yes"));
  }

  private static String run(HostEnvironment host, List<String> command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    Main.run(command.toArray(String[]::new), host, InputStream.nullInputStream(), print, print);
    return out.toString(StandardCharsets.UTF_8);
  }

  private String run(List<String> command) {
    return run(host, command);
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
            .map(this::onEachMachine)
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
        .anyMatch(name -> name.matches("other/\\.lowtide-trash[^/]*/ID\\.jsonl"))
        .hasSizeGreaterThan(20);
    assertThat(run(commands.get(commands.size() - 1))).contains("exists again");
    assertThat(run(changes.get(0))).contains("lowtide trash restore");
    assertThat(root.resolve("work/.mypy_cache")).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource
  void inItsPlaceHangsAndEndsNothing(Hostile hostile) throws IOException {
    runs = 0;
    longest = 0;
    wrong.clear();
    Path made = directory.toRealPath().resolve(hostile.name());
    hostile.make(made);
    if (THOROUGH) {
      eachInItsPlace(hostile, made);
    }
    allInTheirPlaces(hostile, made);
    System.out.printf(
        "%s: %d commands, %d of them wrong; the longest took %d ms: %s%n",
        hostile, runs, wrong.size(), longest, slowest);
    assertThat(wrong).isEmpty();
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  /**
   * Replaces one file at a time before each command that reads it. Each command that changes
   * something gets a machine of its own, because one could hide another.
   */
  private void eachInItsPlace(Hostile hostile, Path made) throws IOException {
    Map<List<String>, Set<Path>> read = read();
    for (Path path : all(read)) {
      Path aside = path.resolveSibling("aside-" + name(path));
      Files.move(path, aside);
      hostile.put(path, made);
      for (List<String> command : commands) {
        if (read.get(command).contains(path)) {
          check(command, hostile + " as " + root.relativize(path));
        }
      }
      Files.delete(path);
      Files.move(aside, path);
    }
    for (String file : all(read).stream().map(this::onEachMachine).toList()) {
      aMachineWithALittleOfEverything();
      Path path = onThisMachine(file);
      Files.delete(path);
      hostile.put(path, made);
      for (List<String> command : changes) {
        check(command, hostile + " as " + file);
      }
    }
    aMachineWithALittleOfEverything();
  }

  /** A path without the parts that differ between machines: ids and hashes. */
  private String onEachMachine(Path path) {
    return root.relativize(path)
        .toString()
        .replaceAll("[0-9a-f]{12,}(\\.[0-9]+-[0-9]+\\.[0-9]+)?", "ID");
  }

  private Path onThisMachine(String file) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(path -> onEachMachine(path).equals(file)).findFirst().orElseThrow();
    }
  }

  private static Set<Path> all(Map<List<String>, Set<Path>> read) {
    Set<Path> all = new TreeSet<>();
    read.values().forEach(all::addAll);
    return all;
  }

  /** The plan comes back for what applies it. */
  private void allInTheirPlaces(Hostile hostile, Path made) throws IOException {
    Set<Path> all = all(read());
    for (String lock : LOCKS) { // which are opened and not read
      Path path = root.resolve(lock.replace("QUARANTINE", quarantine()));
      Files.writeString(path, "");
      all.add(path);
    }
    Path plan = root.resolve("plan.json");
    Path aside = Files.copy(plan, root.resolve("aside"));
    for (Path path : all) {
      Files.delete(path);
      hostile.put(path, made);
    }
    for (List<String> command : commands) {
      check(command, hostile + " everywhere");
    }
    Files.delete(plan);
    Files.move(aside, plan);
    for (List<String> command : changes) {
      check(command, hostile + " everywhere");
    }
    assertThat(Files.readString(root.resolve("work/canary"))).isEqualTo("mine");
    assertThat(Files.readString(root.resolve("home/canary"))).isEqualTo("mine");
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

  private void check(List<String> command, String where) throws IOException {
    String line = root + "\t" + String.join("\t", command) + "\n";
    String what = String.join(" ", command).replace(root + "/", "") + " with " + where;
    runs++;
    String answer = answer(line);
    if (answer == null) {
      wrong.add(what + " did not end in time, or ended its JVM");
      return;
    }
    long millis = Long.parseLong(answer.substring(0, answer.indexOf(' ')));
    String printed =
        new String(
            Base64.getDecoder().decode(answer.substring(answer.indexOf(' ') + 1)),
            StandardCharsets.UTF_8);
    if (millis > longest) {
      longest = millis;
      slowest = what;
    }
    if (millis > LONGEST.toMillis() || BAD.matcher(printed).find()) {
      wrong.add(what + " took " + millis + " ms and printed " + printed);
    }
  }

  /** Null if there is none in time; the next command then has another JVM. */
  private @Nullable String answer(String line) throws IOException {
    if (child == null || !child.isAlive()) {
      child = ChildProcess.startBoundByPermissionsWithHeap(HEAP_MEBIBYTES, Commands.class);
    }
    Process asked = child;
    asked.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
    asked.getOutputStream().flush();
    BufferedReader answers = asked.inputReader(StandardCharsets.UTF_8);
    try {
      return CompletableFuture.supplyAsync(() -> answers.lines().findFirst())
          .get(2 * LONGEST.toSeconds(), TimeUnit.SECONDS)
          .orElse(null);
    } catch (TimeoutException e) {
      asked.destroyForcibly();
      child = null;
      return null;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
