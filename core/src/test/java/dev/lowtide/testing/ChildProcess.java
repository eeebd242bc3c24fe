package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Runs real programs for tests: tools such as {@code git}, and parts of a test in a Java machine of
 * its own that may do less, or sees other mounts, than this one.
 *
 * <p>A test whose tool or right is missing here is skipped and says so.
 */
public final class ChildProcess {
  private ChildProcess() {}

  /** Runs a tool in a directory and returns what it printed; it must succeed. */
  public static String run(Path directory, String... argv) {
    assumeTool(argv[0]);
    return start(directory, List.of(argv));
  }

  /**
   * A program that stays there until it is closed, as somebody else on the machine. Its command
   * line says nothing of what it uses.
   */
  public static final class Running implements AutoCloseable {
    private final Process process;

    private Running(Process process) {
      this.process = process;
    }

    public long pid() {
      return process.pid();
    }

    /** Kills it. */
    @Override
    public void close() {
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Python that leaves root. Tests that run at the same time in directories of their own need not
   * mind what such a process may use.
   */
  public static final String LEAVE_ROOT =
      """
      import os
      if os.getuid() == 0:
        os.setgroups([]); os.setgid(4242); os.setuid(4242)
      """;

  /**
   * Starts a Python that runs a script, in which {@code a[0]}, {@code a[1]} and so on are the
   * arguments, and that then waits.
   */
  public static Running python(String script, Object... arguments) {
    return python(Map.of(), List.of(), script, arguments);
  }

  /**
   * As {@link #python(String, Object...)}.
   *
   * @param variables what it finds in its environment beside the usual
   * @param argv what it finds on its command line and ignores
   */
  public static Running python(
      Map<String, String> variables, List<String> argv, String script, Object... arguments) {
    assumeTool("python3");
    String all =
        "import sys\na = [line[:-1] for line in iter(sys.stdin.readline, '.\\n')]\n"
            + script
            + "\nprint('ready', flush=True)\nsys.stdin.read()";
    List<String> command = new ArrayList<>(List.of("python3", "-c", all));
    command.addAll(argv);
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(variables);
      Running running = new Running(builder.start());
      for (Object argument : arguments) {
        running.process.getOutputStream().write((argument + "\n").getBytes(StandardCharsets.UTF_8));
      }
      running.process.getOutputStream().write(".\n".getBytes(StandardCharsets.UTF_8));
      running.process.getOutputStream().flush();
      BufferedReader output = running.process.inputReader(StandardCharsets.UTF_8);
      String first = output.readLine();
      if (!"ready".equals(first)) {
        running.close();
        throw new IllegalStateException(first + "\n" + String.join("\n", output.lines().toList()));
      }
      return running;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A port of this machine that nobody listens on. It lies below those that the kernel gives to
   * clients: one that asks for a server there until it has started could be given that very port,
   * and be connected to itself.
   */
  public static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (BindException e) {
        // somebody listens; the next one
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Skips the test unless a tool is on {@code PATH}. */
  public static void assumeTool(String name) {
    boolean found =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    assumeTrue(found, "skipped: there is no '" + name + "' on PATH");
  }

  /**
   * Runs a main method as a user whom permissions bind. Root keeps its id, so that it can read its
   * class path, and loses the capabilities to override permissions; everybody else is such a user
   * already.
   */
  public static void runBoundByPermissions(Class<?> program, Object... arguments) {
    java(boundByPermissions(), program, arguments);
  }

  /** As {@link #runBoundByPermissions}, with so many mebibytes of heap. */
  public static void runBoundByPermissionsWithHeap(
      int mebibytes, Class<?> program, Object... arguments) {
    java(boundByPermissions(), List.of("-Xmx" + mebibytes + "m"), program, arguments);
  }

  /** Starts such a machine, for a test that talks with it; what it logs goes to this one's. */
  public static Process startBoundByPermissionsWithHeap(
      int mebibytes, Class<?> program, Object... arguments) throws IOException {
    List<String> argv = new ArrayList<>(boundByPermissions());
    List<String> options = List.of("-Xmx" + mebibytes + "m", "-XX:+ExitOnOutOfMemoryError");
    argv.addAll(javaCommand(options, program, arguments));
    ProcessBuilder builder =
        new ProcessBuilder(argv).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CLASSPATH", classPath());
    return builder.start();
  }

  private static List<String> boundByPermissions() {
    if (!isRoot()) {
      return List.of();
    }
    assumeTool("setpriv");
    String less = "-dac_override,-dac_read_search";
    return List.of("setpriv", "--bounding-set", less, "--inh-caps", less, "--");
  }

  /** Runs a main method in a machine with so many mebibytes of heap. */
  public static void runWithHeap(int mebibytes, Class<?> program, Object... arguments) {
    java(List.of(), List.of("-Xmx" + mebibytes + "m"), program, arguments);
  }

  /**
   * Runs a main method as a user who is not this one and may nothing that this one may. Its class
   * path is copied to where everybody can read.
   */
  public static void runAsNobody(Class<?> program, Object... arguments) {
    assumeTrue(isRoot(), "skipped: only root can become another user");
    assumeTool("setpriv");
    try {
      Path readable = Files.createTempDirectory("class-path");
      try {
        makeReadable(readable);
        String classPath = copyOfClassPath(readable);
        String nobody = "65534"; // Linux's overflow user, who is nobody everywhere
        java(
            List.of(
                "setpriv",
                "--reuid",
                nobody,
                "--regid",
                nobody,
                "--clear-groups",
                "--inh-caps=-all",
                "--",
                "env",
                "CLASSPATH=" + classPath,
                "HOME=/"),
            program,
            arguments);
      } finally {
        MoreFiles.deleteRecursively(readable);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void makeReadable(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Copies what this machine runs to where everybody can read, and returns its class path. */
  public static String copyOfClassPath(Path target) throws IOException {
    List<String> copies = new ArrayList<>();
    for (String name : classPath().split(System.getProperty("path.separator"))) {
      Path original = Path.of(name);
      Path copy = target.resolve(Integer.toString(copies.size()));
      if (name.isEmpty() || !Files.exists(original)) {
        continue;
      }
      try (Stream<Path> tree = Files.walk(original)) {
        for (Path each : (Iterable<Path>) tree::iterator) {
          Path to = copy.resolve(original.relativize(each).toString());
          Files.copy(each, to);
          makeReadable(to);
        }
      }
      copies.add(copy.toString());
    }
    return String.join(System.getProperty("path.separator"), copies);
  }

  /**
   * Runs a main method in a mount namespace of its own, after a shell script in which {@code $1},
   * {@code $2} and so on are the arguments.
   */
  public static void runWithMounts(String script, Class<?> program, Object... arguments) {
    assumeTrue(isRoot(), "skipped: only root can mount");
    assumeTool("unshare");
    List<String> namespace = List.of("unshare", "--mount", "--propagation", "private");
    List<String> probe = new ArrayList<>(namespace);
    probe.add("true");
    assumeTrue(exitCode(probe) == 0, "skipped: no mount namespace can be made here");
    List<String> prefix = new ArrayList<>(namespace);
    prefix.addAll(shell(script, arguments));
    java(prefix, program, arguments);
  }

  /** Runs a main method in a machine of its own. */
  public static void runAsJava(Class<?> program, Object... arguments) {
    java(List.of(), program, arguments);
  }

  /** Runs a main method in a machine that may have only so many files open at once. */
  public static void runWithOpenFiles(int most, Class<?> program, Object... arguments) {
    java(shell("ulimit -n " + most), program, arguments);
  }

  /** Runs a main method on a machine with a locale, which is made in the temporary directory. */
  public static void runInLocale(
      String language, String encoding, Class<?> program, Object... arguments) {
    assumeTool("localedef");
    try {
      Path locales = Files.createTempDirectory("locales");
      try {
        String name = language + "." + encoding;
        Path locale = locales.resolve(name);
        List<String> make = List.of("localedef", "-f", encoding, "-i", language, locale.toString());
        assumeTrue(exitCode(make) == 0, "skipped: the locale " + name + " cannot be made here");
        java(List.of("env", "LOCPATH=" + locales, "LC_ALL=" + name), program, arguments);
      } finally {
        MoreFiles.deleteRecursively(locales);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a main method on a machine on which names are ASCII. */
  public static void runInCLocale(Class<?> program, Object... arguments) {
    java(List.of("env", "LC_ALL=C"), program, arguments);
  }

  /** A script that gets the arguments and then becomes the command that follows them. */
  private static List<String> shell(String script, Object... arguments) {
    List<String> argv = new ArrayList<>();
    argv.addAll(List.of("sh", "-ec", script + "\nshift " + arguments.length + "; exec \"$@\""));
    argv.add("sh");
    Arrays.stream(arguments).map(Object::toString).forEach(argv::add);
    return argv;
  }

  private static int exitCode(List<String> argv) {
    try {
      return new ProcessBuilder(argv)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      return -1;
    }
  }

  /** Whether this process may do everything. */
  public static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self/"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Starts a main method in a machine of its own, for a test that does not wait for its end. */
  public static Process startJava(Class<?> program, Object... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(javaCommand(List.of(), program, arguments));
    builder.environment().put("CLASSPATH", classPath());
    return builder.redirectErrorStream(true).start();
  }

  /** As {@link #startJava}, without the native layer, also where there is one. */
  public static Process startPortableJava(Class<?> program, Object... arguments)
      throws IOException {
    List<String> command = javaCommand(List.of(), program, arguments);
    command.removeIf(option -> option.startsWith("--enable-native-access"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", classPath());
    return builder.redirectErrorStream(true).start();
  }

  private static void java(List<String> prefix, Class<?> program, Object... arguments) {
    java(prefix, List.of(), program, arguments);
  }

  private static void java(
      List<String> prefix, List<String> options, Class<?> program, Object... arguments) {
    List<String> argv = new ArrayList<>(prefix);
    argv.addAll(javaCommand(options, program, arguments));
    start(Path.of(""), argv);
  }

  private static List<String> javaCommand(
      List<String> options, Class<?> program, Object... arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    if (Runtime.version().feature() >= 22) {
      // What is tested here as a module is none there
      argv.add("--enable-native-access=ALL-UNNAMED");
    }
    argv.addAll(options);
    argv.add(program.getName());
    Arrays.stream(arguments).map(Object::toString).forEach(argv::add);
    return argv;
  }

  /** Everything that this machine has on its class path, its module path or patched into it. */
  private static String classPath() {
    String own = ChildProcess.class.getResource("ChildProcess.class").toString();
    String name = ChildProcess.class.getName().replace('.', '/') + ".class";
    String tests = own.substring(0, own.length() - name.length());
    if (tests.startsWith("jar:")) { // in the tests of other modules
      tests = tests.substring("jar:".length(), tests.length() - "!/".length());
    }
    return String.join(
        System.getProperty("path.separator"),
        Path.of(URI.create(tests)).toString(),
        System.getProperty("jdk.module.path", ""),
        System.getProperty("surefire.test.class.path", ""),
        System.getProperty("java.class.path", ""));
  }

  private static String start(Path directory, List<String> argv) {
    try {
      ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
      builder.directory(directory.toAbsolutePath().toFile());
      builder.environment().put("CLASSPATH", classPath());
      builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor())
          .as("exit code of %s, which printed:%n%s", argv, output)
          .isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
