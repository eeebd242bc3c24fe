package dev.lowtide.wheels;

import com.google.common.base.Joiner;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import com.google.common.io.MoreFiles;
import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
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
import java.io.File;
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
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The build of one wheel, from a checkout of the source to the file in the output directory. It
 * works in a directory of its own, and removes it unless {@code --no-cleanup} is given. For one
 * thread, once.
 */
final class WheelBuild {
  /** A line of a log that says why a build failed. */
  private static final Pattern CAUSE =
      Pattern.compile(
          "\\b[Ee]rror\\b|ERROR|\\w(Error|Exception):|\\bfatal\\b|undefined reference|No such file"
              + "|not found|No space left|Killed");

  private static final String RENAME = Matrix.resource("rename_wheel.py");
  private static final String VENV = "venv";
  private static final String MAX_JOBS = "MAX_JOBS";
  private static final int MAX_CAUSES = 10;
  private static final int LAST_LINES = 3;
  private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(2);

  /**
   * What to build: one variant for one Python.
   *
   * @param ref the branch, tag or commit to build; if absent, the source as it is
   */
  record Job(Matrix.Variant variant, PythonVersion python, Path interpreter, Optional<String> ref) {

    /** Unique within a run, and usable as a file name. */
    String id() {
      return variant.name()
          + "-"
          + python.tag()
          + ref.map(name -> "-" + name.replaceAll("[^A-Za-z0-9.]", "_")).orElse("");
    }

    @Override
    public String toString() {
      return variant.name()
          + ", Python "
          + python
          + ref.map(name -> ", " + Printable.of(name)).orElse("");
    }
  }

  private final Job job;
  private final WheelRun run;
  private final GracefulShutdown shutdown;
  private final Strays strays;
  private final Path directory;
  private final Path checkout;
  private final Path log;
  private Optional<Path> wheel = Optional.empty();
  private String sha256 = "";
  private long bytes;
  private BoundedSize reclaimed = BoundedSize.ZERO;

  WheelBuild(Job job, WheelRun run, GracefulShutdown shutdown, Strays strays) {
    this.job = job;
    this.run = run;
    this.shutdown = shutdown;
    this.strays = strays;
    this.directory = run.directory().resolve(job.id());
    this.checkout = directory.resolve("src");
    this.log = directory.resolve("build.log");
  }

  /** Builds and delivers the wheel, and cleans up even if that fails. */
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
    } catch (IOException | RuntimeException e) {
      if (e instanceof UsageException && run.options().refs.size() < 2) {
        throw e; // the other wheels would fail in the same way
      }
      status = WheelResult.Status.FAILED;
      reason = String.valueOf(e.getMessage());
      run.progress().error(job + ": " + reason);
      keepLog();
    } finally {
      watch.finish();
      strays.addHeld(BuildProcesses.openFiles(directory));
      if (run.options().cleanup) {
        cleanUp();
      }
    }
    return new WheelResult(
        job, status, reason, wheel, bytes, sha256, reclaimed, watch.peak(place.name()));
  }

  private Path make() throws IOException {
    run.source().checkOut(job.ref(), run.directory(), checkout);
    Optional<String> name = Project.name(run.host(), checkout, run.source().describe());
    Optional<Path> requirements = buildRequirements(name);
    Path wheels = Files.createDirectory(directory.resolve("wheels"));
    if (run.cibuildwheel().isPresent()) {
      runCibuildwheel(run.cibuildwheel().get(), wheels);
    } else {
      runPip(wheels, requirements);
    }
    Path built =
        run.host().list(wheels).orElse(List.of()).stream()
            .filter(file -> file.toString().endsWith(".whl"))
            .findFirst()
            .orElseThrow(
                () -> new IOException("There is no wheel in " + wheels + " after the build"));
    return rename(built);
  }

  /**
   * Gives a wheel the name of its variant. The name in the sources is not changed before the build,
   * so that a build of a tag uses exactly the sources of that tag.
   */
  private Path rename(Path built) throws IOException {
    String suffix = job.variant().suffix();
    String versionSuffix = run.options().versionSuffix;
    if (suffix.isEmpty() && versionSuffix.isEmpty()) {
      return built;
    }
    Path python = run.cibuildwheel().isPresent() ? pythonOnPath() : job.interpreter();
    Command.Result renamed =
        run(directory, Map.of(), python, "-I", "-c", RENAME, built, suffix, versionSuffix);
    if (!renamed.succeeded()) {
      throw new IOException("The wheel cannot be renamed: " + renamed.lastLine());
    }
    return Path.of(renamed.lastLine());
  }

  /** A Python of this machine, since those of cibuildwheel are not installed on this machine. */
  private Path pythonOnPath() throws IOException {
    HostEnvironment host = run.host();
    return host.executable("python3")
        .or(() -> host.executable("python"))
        .orElseThrow(
            () ->
                new IOException(
                    "The wheel cannot be renamed: neither python3 nor python is on PATH"));
  }

  private void runCibuildwheel(Cibuildwheel cibuildwheel, Path wheels) throws IOException {
    Map<String, String> environment = environment();
    Set<String> buildVariables = new LinkedHashSet<>(job.variant().environment().keySet());
    buildVariables.add(MAX_JOBS);
    environment.putAll(cibuildwheel.variables(buildVariables));
    run.progress().info("Building wheel with cibuildwheel…");
    // cibuildwheel takes its working directory into the container
    execute(checkout, environment, cibuildwheel.argv(job.python(), wheels).toArray());
  }

  private void runPip(Path wheels, Optional<Path> requirements) throws IOException {
    Map<String, String> environment = environment();
    Path python = virtualEnvironment(environment);
    // As bin/activate of the environment does it
    environment.put("VIRTUAL_ENV", directory.resolve(VENV).toString());
    environment.put(
        "PATH", python.getParent() + File.pathSeparator + run.host().variable("PATH").orElse(""));
    List<Object> build =
        new ArrayList<>(List.of(python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels));
    job.variant()
        .settings()
        .forEach((key, value) -> build.add("--config-settings=" + key + "=" + value));
    if (requirements.isPresent()) {
      run.progress().info("Installing build requirements…");
      execute(directory, environment, python, "-m", "pip", "install", "-r", requirements.get());
      build.add("--no-build-isolation");
    }
    build.add(checkout);
    run.progress().info("Building wheel…");
    execute(directory, environment, build.toArray());
  }

  private Map<String, String> environment() throws IOException {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    Map<String, String> environment = new LinkedHashMap<>(job.variant().environment());
    for (String variable : List.of("TMPDIR", "TMP", "TEMP")) {
      environment.put(variable, temporary.toString());
    }
    environment.putAll(run.caches().variables());
    environment.put(BuildProcesses.VARIABLE, directory.toString());
    environment.put(MAX_JOBS, Integer.toString(run.options().maxJobs));
    environment.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    environment.put("PIP_NO_INPUT", "1");
    return environment;
  }

  private Optional<Path> buildRequirements(Optional<String> name) throws IOException {
    Optional<String> asked = Optional.ofNullable(run.options().buildRequirements);
    List<String> places =
        asked.map(List::of).orElse(name.map(run.matrix().requirements()::get).orElse(List.of()));
    Optional<Path> found =
        places.stream().map(checkout::resolve).filter(Files::isRegularFile).findFirst();
    if (asked.isPresent() && found.isEmpty()) {
      throw new UsageException("The " + run.source().describe() + " has no file " + asked.get());
    }
    return found;
  }

  /** Makes a virtual environment with pip, and returns its Python. */
  private Path virtualEnvironment(Map<String, String> environment) throws IOException {
    Path venv = directory.resolve(VENV);
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
      run.progress()
          .plain(
              causes(result.output().lines().toList()).stream()
                  .map(line -> "    " + Printable.of(line) + "\n")
                  .collect(Collectors.joining()));
      throw new IOException(
          Path.of(String.valueOf(argv[0])).getFileName()
              + " "
              + Joiner.on(' ').join(Arrays.asList(argv).subList(1, Math.min(4, argv.length)))
              + (result.timedOut()
                  ? " took longer than the time limit"
                  : " ended with exit code " + result.exit()));
    }
  }

  /** The first lines of an output that tell why a command failed, and its last lines. */
  static List<String> causes(List<String> output) {
    int last = Math.max(0, output.size() - LAST_LINES);
    List<String> causes = new ArrayList<>();
    output.subList(0, last).stream()
        .filter(line -> CAUSE.matcher(line).find())
        .limit(MAX_CAUSES)
        .forEach(causes::add);
    causes.addAll(output.subList(last, output.size()));
    return causes;
  }

  /** Copies the wheel into the output directory, completely or not at all. */
  private void deliver(Path built) throws IOException {
    run.created().create(run.output());
    Path target = run.output().resolve(built.getFileName());
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
    bytes = Files.size(target);
    sha256 = expected.toString();
    run.progress().success(target + " (" + new ByteSize(bytes) + ", SHA-256 " + sha256 + ")");
  }

  private static HashCode sha256(Path file) throws IOException {
    return MoreFiles.asByteSource(file).hash(Hashing.sha256());
  }

  /**
   * Copies the log into the output directory. A failure is only reported, so that the other builds
   * go on.
   */
  private void keepLog() {
    Path logs = run.output().resolve("logs");
    Path kept = logs.resolve(job.id() + ".log");
    try {
      if (Files.exists(log)) {
        run.created().create(logs);
        OutputFile.write(kept, out -> Files.copy(log, out));
        run.progress().info("The full log is " + kept);
      }
    } catch (IOException e) {
      run.progress().error("The log " + kept + " cannot be written: " + e.getMessage());
    }
  }

  /** Removes what the build left: first by policy, then the whole directory. */
  private void cleanUp() {
    try {
      BuildProcesses.end(directory)
          .forEach(
              process ->
                  run.progress().warn("Ended " + process + ", which the build left running"));
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
        run.progress()
            .error(
                "Cleanup incomplete: "
                    + directory
                    + " is still there"
                    + all.refused().stream()
                        .map(refusal -> "; " + refusal.path() + ": " + refusal.reason())
                        .collect(Collectors.joining())
                    + ". "
                    + summary);
      } else {
        run.progress().success("Cleanup complete! " + summary);
      }
    } catch (RefusedTargetException e) {
      run.progress().error("Cleanup was refused: " + e.getMessage());
    } catch (IOException e) {
      run.progress().error("Cleanup failed: " + e.getMessage());
    }
  }
}
