package dev.lowtide.wheels;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import com.google.common.io.MoreFiles;
import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.cli.GracefulShutdown;
import dev.lowtide.cli.PeakWatch;
import dev.lowtide.cli.UsageException;
import dev.lowtide.command.Command;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Outcome;
import dev.lowtide.execute.WorkDirectories;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The build of one wheel, from a checkout of the source to the file in the output directory. It
 * works in a directory of its own, which it removes. For one thread, once.
 */
final class WheelBuild {
  /** A ref that is a version, PEP 440: {@code v0.8.5}, {@code 1.2rc1}. */
  private static final Pattern VERSION_TAG =
      Pattern.compile("v?([0-9]+(?:\\.[0-9]+)+(?:(?:a|b|rc)[0-9]+)?(?:\\.post[0-9]+)?)");

  /** The files in which vLLM has listed the requirements of its CPU build; the newest first. */
  private static final List<String> VLLM_REQUIREMENTS =
      List.of(
          "requirements/build/cpu.txt",
          "requirements/cpu-build.txt",
          "requirements/build.txt",
          "requirements-build.txt");

  private static final String MAX_JOBS = "MAX_JOBS";
  private static final String PRETENDED_VERSION = "SETUPTOOLS_SCM_PRETEND_VERSION";

  private static final int MAX_LOG_LINES = 30;
  private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(2);

  /**
   * A cell of the matrix.
   *
   * @param ref the state of the source to build; the current one if absent
   */
  record Job(Variant variant, PythonVersion python, Path interpreter, Optional<String> ref) {

    /** Unique within a run, and usable as a file name. */
    String id() {
      return variant.option()
          + "-"
          + python.tag()
          + ref.map(name -> "-" + name.replaceAll("[^A-Za-z0-9.]", "_")).orElse("");
    }

    @Override
    public String toString() {
      return variant.option()
          + ", Python "
          + python
          + ref.map(name -> ", " + Printable.of(name)).orElse("");
    }
  }

  private final Job job;
  private final WheelRun run;
  private final GracefulShutdown shutdown;
  private final Path directory;
  private final Path checkout;
  private final Path log;
  private String label;
  private boolean named;
  private Optional<Path> wheel = Optional.empty();
  private String sha256 = "";
  private BoundedSize reclaimed = BoundedSize.ZERO;

  WheelBuild(Job job, WheelRun run, GracefulShutdown shutdown) {
    this.job = job;
    this.run = run;
    this.shutdown = shutdown;
    this.directory = run.directory().resolve(job.id());
    this.checkout = directory.resolve("src");
    this.log = directory.resolve("build.log");
    this.label = job.id();
  }

  /** Builds and delivers, and cleans up in any case. */
  WheelResult build() throws IOException {
    WheelResult.Status status;
    String reason = "";
    WorkDirectories.createOwned(directory);
    DiskLocation place = DiskLocation.bounded(job.id(), directory);
    PeakWatch watch =
        PeakWatch.start(List.of(place), SizeProbe.best(), DiskUsage::exclusive, BETWEEN_SAMPLES);
    try {
      Path built =
          run.progress()
              .during(
                  job.toString(),
                  () -> watch.latest(place.name()).bytes(),
                  () -> shutdown.interruptibly(this::make));
      deliver(built);
      status = WheelResult.Status.BUILT;
    } catch (InterruptedIOException e) {
      status = WheelResult.Status.INTERRUPTED;
      reason = "interrupted";
      run.progress().warn(job + " was interrupted");
    } catch (UsageException e) {
      throw e; // the other wheels would fail in the same way
    } catch (IOException | RuntimeException e) {
      status = WheelResult.Status.FAILED;
      reason = String.valueOf(e.getMessage());
      run.progress().error(job + ": " + reason);
      keepLog();
    } finally {
      watch.finish();
      if (run.options().cleanup) {
        cleanUp();
      }
    }
    long bytes = wheel.isPresent() ? Files.size(wheel.get()) : 0;
    return new WheelResult(
        job, status, reason, wheel, bytes, sha256, reclaimed, watch.peak(place.name()));
  }

  /** Builds the wheel and returns its path. */
  private Path make() throws IOException {
    run.source().checkOut(job.ref(), run.directory(), checkout);
    Pyproject project = Pyproject.in(run.host(), checkout, run.source().describe());
    Map<String, String> environment = environment(project);
    Optional<Path> requirements = buildRequirements(project);
    label = label(project);
    named = project.name().isPresent();
    if (named) {
      project.set("name", packageName(project));
    } else {
      run.progress()
          .warn(
              "The project has no static name in pyproject.toml, so all variants have the same"
                  + " name; each gets its own directory in the output directory");
    }
    Path wheels = Files.createDirectory(directory.resolve("wheels-" + packageName(project)));
    if (run.cibuildwheel().isPresent()) {
      runCibuildwheel(run.cibuildwheel().get(), wheels, environment);
    } else {
      runPip(wheels, requirements, environment);
    }
    return run.host().list(wheels).orElse(List.of()).stream()
        .filter(file -> file.toString().endsWith(".whl"))
        .findFirst()
        .orElseThrow(() -> new IOException("There is no wheel in " + wheels + " after the build"));
  }

  private void runCibuildwheel(
      Cibuildwheel cibuildwheel, Path wheels, Map<String, String> environment) throws IOException {
    Set<String> ofBuild = new LinkedHashSet<>(job.variant().variables().keySet());
    ofBuild.addAll(List.of(MAX_JOBS, PRETENDED_VERSION));
    ofBuild.retainAll(environment.keySet());
    Map<String, String> all = new LinkedHashMap<>(environment);
    all.putAll(cibuildwheel.variables(ofBuild));
    run.progress().info("Building wheel with cibuildwheel…");
    // cibuildwheel takes its working directory into the container
    execute(checkout, all, cibuildwheel.argv(job.python(), wheels).toArray());
  }

  private void runPip(Path wheels, Optional<Path> requirements, Map<String, String> environment)
      throws IOException {
    Path python = virtualEnvironment(environment);
    List<Object> build =
        new ArrayList<>(List.of(python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels));
    if (requirements.isPresent()) {
      run.progress().info("Installing build requirements…");
      execute(directory, environment, python, "-m", "pip", "install", "-r", requirements.get());
      build.add("--no-build-isolation");
    }
    build.add(checkout);
    run.progress().info("Building wheel…");
    execute(directory, environment, build.toArray());
  }

  private String packageName(Pyproject project) {
    return project.name().map(job.variant()::packageName).orElse(job.variant().option());
  }

  private String label(Pyproject project) {
    return packageName(project) + job.id().substring(job.variant().option().length());
  }

  private Map<String, String> environment(Pyproject project) throws IOException {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    Map<String, String> environment = new LinkedHashMap<>(job.variant().variables());
    for (String variable : List.of("TMPDIR", "TMP", "TEMP")) {
      environment.put(variable, temporary.toString());
    }
    environment.putAll(run.caches().variables());
    environment.put(MAX_JOBS, Integer.toString(run.options().maxJobs));
    environment.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    environment.put("PIP_NO_INPUT", "1");
    Optional<String> tag =
        job.ref().map(VERSION_TAG::matcher).filter(Matcher::matches).map(match -> match.group(1));
    String suffix = run.options().versionSuffix;
    if (project.version().isPresent()) {
      // A static version ignores the environment
      if (!suffix.isEmpty()) {
        project.set("version", project.version().get() + suffix);
      }
    } else if (tag.isPresent()) {
      environment.put(PRETENDED_VERSION, tag.get() + suffix);
    } else if (!suffix.isEmpty()) {
      throw new UsageException(
          "--version-suffix needs a version, and the project has no static one; name a version tag"
              + " with --vllm-versions");
    }
    return ImmutableMap.copyOf(environment);
  }

  private Optional<Path> buildRequirements(Pyproject project) throws IOException {
    Optional<String> asked = Optional.ofNullable(run.options().buildRequirements);
    List<String> places =
        asked
            .map(List::of)
            .orElse(project.name().equals(Optional.of("vllm")) ? VLLM_REQUIREMENTS : List.of());
    Optional<Path> found =
        places.stream().map(checkout::resolve).filter(Files::isRegularFile).findFirst();
    if (asked.isPresent() && found.isEmpty()) {
      throw new UsageException("The " + run.source().describe() + " has no file " + asked.get());
    }
    return found;
  }

  /** Makes a virtual environment with pip, and returns its Python. */
  private Path virtualEnvironment(Map<String, String> environment) throws IOException {
    Path venv = directory.resolve("venv");
    run.progress().info("Creating virtual environment…");
    // uv must download pip, which can fail; venv brings its own
    Optional<Path> uv = run.host().executable("uv");
    boolean made =
        uv.isPresent()
            && run(
                    directory,
                    environment,
                    uv.get(),
                    "venv",
                    "--seed",
                    "--python",
                    job.interpreter(),
                    venv)
                .succeeded();
    if (!made) {
      execute(directory, environment, job.interpreter(), "-m", "venv", "--clear", venv);
    }
    Path posix = venv.resolve("bin").resolve("python");
    return Files.exists(posix) ? posix : venv.resolve("Scripts").resolve("python.exe");
  }

  private Command.Result run(Path working, Map<String, String> environment, Object... argv)
      throws IOException {
    return run.commands()
        .run(
            Command.of(Arrays.stream(argv).map(String::valueOf).toList())
                .in(working)
                .with(environment)
                .within(run.options().timeout)
                .loggingTo(log));
  }

  private void execute(Path working, Map<String, String> environment, Object... argv)
      throws IOException {
    Command.Result result = run(working, environment, argv);
    if (!result.succeeded()) {
      List<String> lines = result.output().lines().toList();
      run.progress()
          .plain(
              lines.subList(Math.max(0, lines.size() - MAX_LOG_LINES), lines.size()).stream()
                  .map(line -> "    " + Printable.of(line) + "\n")
                  .collect(Collectors.joining()));
      throw new IOException(
          Joiner.on(' ').join(Arrays.asList(argv).subList(1, Math.min(4, argv.length)))
              + (result.timedOut()
                  ? " took longer than the time limit"
                  : " ended with exit code " + result.exit()));
    }
  }

  /** Copies the wheel into the output directory, completely or not at all. */
  private void deliver(Path built) throws IOException {
    Path output = run.output();
    if (!named) {
      output = output.resolve(job.variant().option());
    }
    run.created().create(output);
    Path target = output.resolve(built.getFileName());
    HashCode expected = sha256(built);
    if (Files.exists(target)) {
      run.progress().warn("Replacing " + target);
    }
    OutputFile.write(
        target,
        out -> {
          HashingOutputStream copy = new HashingOutputStream(Hashing.sha256(), out);
          Files.copy(built, copy);
          if (!copy.hash().equals(expected)) {
            throw new IOException("The wheel " + built + " changed while it was copied");
          }
        });
    wheel = Optional.of(target);
    sha256 = expected.toString();
    run.progress()
        .success(target + " (" + new ByteSize(Files.size(target)) + ", SHA-256 " + sha256 + ")");
  }

  private static HashCode sha256(Path file) throws IOException {
    return MoreFiles.asByteSource(file).hash(Hashing.sha256());
  }

  private void keepLog() throws IOException {
    if (Files.exists(log)) {
      Path logs = run.output().resolve("logs");
      run.created().create(logs);
      Path kept = logs.resolve(label + ".log");
      OutputFile.write(kept, out -> Files.copy(log, out));
      run.progress().info("The full log is " + kept);
    }
  }

  /** Removes what the build left: first by policy, then the whole directory. */
  private void cleanUp() throws IOException {
    try {
      List<CleanupReport> reports = new ArrayList<>();
      reports.add(run.sweeper().sweep(CleanupTarget.of("wheel", directory)));
      reports.add(run.sweeper().sweepOwned(CleanupTarget.of("run", run.directory())));
      if (run.caches().mode() == Caches.Mode.CLEAN) {
        reports.add(run.sweeper().sweepCaches(run.caches().users()));
      }
      CleanupReport all = reports.stream().reduce(CleanupReport::followedBy).orElseThrow();
      reclaimed = all.freed();
      long items = all.outcomes().stream().filter(Outcome.Removed.class::isInstance).count();
      String summary =
          "Reclaimed " + reclaimed + " in " + items + (items == 1 ? " item" : " items");
      if (Files.exists(directory)) {
        run.progress().error("Cleanup incomplete: " + directory + " is still there. " + summary);
      } else {
        run.progress().success("Cleanup complete! " + summary);
      }
    } catch (RefusedTargetException e) {
      run.progress().error("Cleanup was refused: " + e.getMessage());
    }
  }
}
