package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A real pip, and an index of packages on this machine that it downloads from and may keep copies
 * of: {@code downloaded}, a wheel, and {@code built}, the sources of one, which builds itself with
 * nothing but Python.
 */
public final class RealPip implements AutoCloseable {
  public static final int PAYLOAD = 300_000;

  /** Of a project with a {@code backend.py} that needs nothing but Python. */
  public static final String BUILD_SYSTEM =
      "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
          + "[project]\nname = 'built'\nversion = '1.0'\n";

  private static final String BACKEND =
      """
      import base64, hashlib, os, zipfile

      def build_wheel(directory, config_settings=None, metadata_directory=None):
          name = 'built-1.0-py3-none-any.whl'
          with zipfile.ZipFile(os.path.join(directory, name), 'w') as wheel:
              wheel.write('payload.bin', 'built/payload.bin')
              wheel.writestr('built-1.0.dist-info/METADATA',
                             'Metadata-Version: 2.1\\nName: built\\nVersion: 1.0\\n')
              wheel.writestr('built-1.0.dist-info/WHEEL',
                             'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\n'
                             'Tag: py3-none-any\\n')
              wheel.writestr('built-1.0.dist-info/RECORD', '')
          return name
      """;

  /** pip keeps what it is allowed to, and nothing of what it reads from files. */
  private static final String SERVER =
      """
      import http.server

      class Handler(http.server.SimpleHTTPRequestHandler):
          def end_headers(self):
              self.send_header('Cache-Control', 'max-age=3600')
              super().end_headers()

      server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
      print(server.server_port, flush=True)
      server.serve_forever()
      """;

  private final Path python;
  private final Path directory;
  private final Process server;
  private final String port;

  /**
   * @param python with a pip
   * @param directory for what is neither cache nor result
   */
  public RealPip(Path python, Path directory) throws IOException {
    this.python = python;
    this.directory = Files.createDirectories(directory);
    Path site = directory.resolve("site");
    write(site, "simple/downloaded/index.html", page("downloaded-1.0-py3-none-any.whl"));
    write(site, "files/downloaded-1.0-py3-none-any.whl", wheel());
    write(site, "simple/built/index.html", page("built-1.0.zip"));
    write(site, "files/built-1.0.zip", sources());
    server =
        new ProcessBuilder(python.toString(), "-c", SERVER)
            .directory(site.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    port = server.inputReader(StandardCharsets.UTF_8).readLine();
  }

  private static void write(Path directory, String name, byte[] content) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  /** The Pythons of this machine with a pip from 20 on, its oldest first; skips without any. */
  public static List<Path> pythons() throws IOException {
    Set<Path> pythons = new TreeSet<>();
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> installed = Files.list(versions)) {
        installed.map(version -> version.resolve("bin/python3")).forEach(pythons::add);
      }
    }
    Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(place -> Path.of(place, "python3"))
        .forEach(pythons::add);
    Map<Integer, Path> byPip = new TreeMap<>();
    for (Path python : pythons) {
      if (Files.isExecutable(python)) {
        pipVersion(python).ifPresent(version -> byPip.putIfAbsent(version, python));
      }
    }
    assumeTrue(!byPip.isEmpty(), "skipped: there is no Python with a pip from 20 on");
    return List.copyOf(byPip.values());
  }

  /** By what is installed beside it: to ask each of them takes seconds. */
  private static Optional<Integer> pipVersion(Path python) throws IOException {
    Pattern name = Pattern.compile("pip-(\\d+)\\.(\\d+).*-info");
    for (Path library : glob(python.getParent().resolveSibling("lib"), "python*")) {
      for (Path packages : glob(library, "{site,dist}-packages")) {
        for (Path pip : glob(packages, "pip-*-info")) {
          Matcher version = name.matcher(pip.getFileName().toString());
          if (version.matches() && Integer.parseInt(version.group(1)) >= 20) {
            return Optional.of(
                100 * Integer.parseInt(version.group(1)) + Integer.parseInt(version.group(2)));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static List<Path> glob(Path directory, String pattern) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
      List<Path> all = new ArrayList<>();
      found.forEach(all::add);
      return all;
    }
  }

  /** The address of the index. */
  public String index() {
    return "http://127.0.0.1:" + port + "/simple";
  }

  /** Gets both packages, as wheels. */
  public void getBoth(Path cache, Path wheels) throws IOException {
    Process pip =
        start(
            "wheel",
            "--index-url",
            index(),
            "--trusted-host",
            "127.0.0.1",
            "--cache-dir",
            cache.toString(),
            "--wheel-dir",
            wheels.toString(),
            "--no-build-isolation",
            "downloaded",
            "built");
    awaitSuccess(pip);
  }

  /** Makes a virtual environment without pip. */
  public void makeEnvironment(Path environment) throws IOException {
    awaitSuccess(startPython("-m", "venv", "--without-pip", environment.toString()));
  }

  private void awaitSuccess(Process process) throws IOException {
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(process.exitValue()).as(log()).isZero();
  }

  /** Starts pip, with temporary files of its own and no settings of this machine. */
  public Process start(String... arguments) throws IOException {
    List<String> inPip = new ArrayList<>(List.of("-m", "pip"));
    inPip.addAll(List.of(arguments));
    return startPython(inPip.toArray(String[]::new));
  }

  private Process startPython(String... arguments) throws IOException {
    List<String> argv = new ArrayList<>(List.of(python.toString()));
    argv.addAll(List.of(arguments));
    Path temp = Files.createDirectories(directory.resolve("tmp"));
    ProcessBuilder builder =
        new ProcessBuilder(argv)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("pip.log").toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(PYTHON|PIP_|VIRTUAL_ENV).*"));
    builder
        .environment()
        .putAll(
            Map.of(
                "TMPDIR", temp.toString(),
                "PIP_CONFIG_FILE", "/dev/null",
                "PIP_DISABLE_PIP_VERSION_CHECK", "1",
                "NO_PROXY", "127.0.0.1"));
    return builder.start();
  }

  /** What pip said last. */
  public String log() throws IOException {
    return Files.readString(directory.resolve("pip.log"));
  }

  @Override
  public void close() {
    server.destroyForcibly();
  }

  private static byte[] page(String file) {
    return ("<!DOCTYPE html><html><body><a href=\"/files/"
            + file
            + "\">"
            + file
            + "</a></body></html>")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] wheel() throws IOException {
    return zip(
        Map.of(
            "downloaded/payload.bin", payload(1),
            "downloaded-1.0.dist-info/METADATA",
                text("Metadata-Version: 2.1\nName: downloaded\nVersion: 1.0\n"),
            "downloaded-1.0.dist-info/WHEEL",
                text(
                    "Wheel-Version: 1.0\n"
                        + "Generator: test\n"
                        + "Root-Is-Purelib: true\n"
                        + "Tag: py3-none-any\n"),
            "downloaded-1.0.dist-info/RECORD", text("")));
  }

  private static byte[] sources() throws IOException {
    return zip(
        Map.of(
            "built-1.0/payload.bin", payload(2),
            "built-1.0/PKG-INFO", text("Metadata-Version: 2.1\nName: built\nVersion: 1.0\n"),
            "built-1.0/backend.py", text(BACKEND),
            "built-1.0/pyproject.toml", text(BUILD_SYSTEM)));
  }

  private static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : new TreeMap<>(files).entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What no compression makes smaller. */
  private static byte[] payload(long seed) {
    byte[] bytes = new byte[PAYLOAD];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
