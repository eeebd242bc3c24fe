package dev.lowtide.wheels;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.cli.Session;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A place to build in, with its own home, temporary directory and workspace, so that a test sees
 * everything that a build leaves anywhere.
 */
final class Bench {
  private final TestTree tree;
  private final Map<String, String> variables = new HashMap<>(System.getenv());
  private final Path python;

  private Bench(Path root, Path python) {
    this.tree = TestTree.in(root);
    this.python = python;
    tree.directory("home/.cache/pip").directory("home/.cache/uv").directory("tmp");
    tree.file("workspace/notes.txt", "the user's");
    set("HOME", tree.path("home").toString());
    set("TMPDIR", tree.path("tmp").toString());
    set("PATH", python.getParent() + ":" + System.getenv("PATH"));
    // pip asks rustc for its version, and rustup makes itself a home if it has none
    variables.putIfAbsent("RUSTUP_HOME", System.getProperty("user.home") + "/.rustup");
    variables.remove("XDG_CACHE_HOME");
    variables.remove("PIP_CACHE_DIR");
    variables.remove("UV_CACHE_DIR");
  }

  /** A bench with a Python and a compiler; without these, the test is skipped. */
  static Bench in(Path root) throws IOException {
    HostEnvironment here = HostEnvironment.current();
    assumeTrue(here.executable("g++").isPresent(), "skipped: there is no g++");
    assumeTrue(here.executable("make").isPresent(), "skipped: there is no make");
    Set<String> names =
        IntStream.range(9, 30).mapToObj(minor -> "python3." + minor).collect(Collectors.toSet());
    names.addAll(Set.of("python3", "python", "uv"));
    Interpreters interpreters = new Interpreters(here, CommandRunner.system(here, names));
    try {
      PythonVersion version = interpreters.preferred();
      return new Bench(root.toRealPath(), interpreters.require(List.of(version)).get(version));
    } catch (UsageException e) {
      return abort("skipped: " + e.getMessage());
    }
  }

  /**
   * Makes environments copies of a ready one, which takes a tenth of the time; a stand-in for uv
   * copies.
   *
   * @param directory the same for all benches; the first one makes the environment
   */
  Bench withReadyEnvironments(Path directory) throws IOException {
    Path ready = directory.resolve("venv");
    if (!Files.exists(ready)) {
      run("/", python.toString(), "-m", "venv", ready.toString());
    }
    Path uv = directory.resolve("bin/uv");
    Files.createDirectories(uv.getParent());
    Files.writeString(
        uv,
        "#!/bin/sh\n[ \"$1\" = venv ] || exit 1\nfor last; do :; done\nexec cp -a '"
            + ready
            + "' \"$last\"\n");
    Files.setPosixFilePermissions(uv, PosixFilePermissions.fromString("rwxr-xr-x"));
    return set("PATH", uv.getParent() + ":" + path());
  }

  TestTree tree() {
    return tree;
  }

  String path() {
    return variables.getOrDefault("PATH", "");
  }

  Bench set(String variable, String value) {
    variables.put(variable, value);
    return this;
  }

  /** Everything on the bench except the content of {@code dist}. */
  Map<String, String> withoutDist() {
    Map<String, String> rest = new HashMap<>(tree.fingerprint());
    rest.keySet().removeIf(path -> path.equals("dist") || path.startsWith("dist/"));
    return rest;
  }

  /** The entries on the bench. */
  DiskBaseline capture() throws IOException {
    return DiskBaseline.capture(
        List.of(DiskLocation.unchanged("bench", tree.root())),
        SizeProbe.best(),
        Clock.systemUTC().instant());
  }

  /** The arguments for a build on this bench. */
  List<String> arguments(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--workspace=" + tree.path("workspace"), "--output-dir=" + tree.path("dist")));
    arguments.addAll(Arrays.asList(more));
    return arguments;
  }

  /** The result of a run. */
  record Run(int exit, String out, String err) {}

  /** Runs the builder in this process. */
  Run build(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX, FileSystems.getDefault(), Map.copyOf(variables), "", "");
    Session session =
        new Session(
            host,
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            List::of);
    int exit =
        BuildWheels.commandLine(session)
            .setOverwrittenOptionsAllowed(true)
            .execute(arguments(arguments).toArray(String[]::new));
    return new Run(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Starts the builder as a process of its own. */
  Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dstdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                BuildWheels.class.getName()));
    command.addAll(arguments(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(variables);
    return builder.start();
  }

  /** Unpacks a wheel beside the bench and returns the variant that it reports. */
  String variantOf(Path wheel, Path unpacked) throws IOException {
    run("/", python.toString(), "-m", "zipfile", "-e", wheel.toString(), unpacked.toString());
    return run(
            unpacked.toString(),
            python.toString(),
            "-c",
            "import lowtide_sample; print(lowtide_sample.variant())")
        .strip();
  }

  /** Runs a program and returns what it prints. */
  String run(String directory, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(Path.of(directory).toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }

  /** Copies the bundled sample onto the bench. */
  Path sample(String name) throws IOException {
    Path copy = tree.path(name);
    new Source.Plain(Source.bundledSample().orElseThrow(), Set.of())
        .checkOut(Optional.empty(), copy.getParent(), copy);
    return copy;
  }

  /** The delivered wheels. */
  List<Path> wheels() throws IOException {
    try (var files = Files.walk(tree.path("dist"))) {
      return files.filter(file -> file.toString().endsWith(".whl")).sorted().toList();
    }
  }
}
