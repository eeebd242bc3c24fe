package dev.lowtide.examples.wheels;

import static dev.lowtide.examples.cli.Options.option;

import com.google.common.base.Splitter;
import com.google.common.base.Stopwatch;
import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.examples.UsageException;
import dev.lowtide.examples.cli.GuardMessages;
import dev.lowtide.examples.cli.Json;
import dev.lowtide.examples.cli.LowtideCommand;
import dev.lowtide.examples.cli.MetricsOption;
import dev.lowtide.examples.cli.Options;
import dev.lowtide.examples.cli.Progress;
import dev.lowtide.examples.cli.ReportOption;
import dev.lowtide.examples.cli.Session;
import dev.lowtide.examples.report.Timeline;
import dev.lowtide.execute.CreatedDirectories;
import dev.lowtide.execute.GracefulShutdown;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.OwnedDirectory;
import dev.lowtide.execute.SpaceGuard;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.Refusal;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code build-wheels}: builds a matrix of wheels and leaves the disk as it was. */
public final class BuildWheels implements Callable<Integer> {
  private static final Pattern SUFFIX = Pattern.compile("(\\.(post|dev)[0-9]+)?");

  private final Session session;
  private final HostEnvironment host;
  private final SizeProbe probe = SizeProbe.best();

  private @Nullable String source;

  private String variants = "noavx512";

  private @Nullable String pythonVersions;

  private @Nullable String refs;

  private String versionSuffix = "";

  private String outputDir = "dist";

  private String workspace = "build";

  private int maxJobs = Runtime.getRuntime().availableProcessors();

  private Duration timeout = Duration.ZERO;

  private Caches.Mode caches = Caches.Mode.PRIVATE;

  /** The programs that can build. */
  private enum Frontend {
    PIP,
    CIBUILDWHEEL
  }

  private Frontend frontend = Frontend.PIP;

  private @Nullable String buildRequirements;

  private SpaceGoal minFree = SpaceGoal.NONE;

  private boolean keepGoing;

  private boolean noCleanup;

  private boolean dryRun;

  private final ReportOption report = new ReportOption();
  private final MetricsOption metrics = new MetricsOption();
  private final Json json = new Json();

  private @Nullable CommandSpec spec;

  public BuildWheels(Session session) {
    this.session = session;
    this.host = session.host();
  }

  /** The command with its options. */
  public CommandSpec command() {
    Options options =
        new Options(
            "build-wheels",
            this,
            "Builds a matrix of wheels, cleans up after each, and proves that nothing else is"
                + " left.",
            "  lowtide build-wheels --variant=all",
            "  lowtide build-wheels --source=$HOME/src/vllm --python-versions=3.10-3.12");
    options.exits(
        "Every wheel was built, and the disk is as it was.",
        "A wheel was not built, or the disk is not as it was.",
        "3:The workspace must not be cleaned, for example because it contains the home directory.",
        "130, 143:A signal ended the run, after the clean-up.");
    options.spec().usageMessage().sortOptions(false);
    options.value(
        option("--source")
            .paramLabel("URL|DIR")
            .description(
                "What to build: a Git URL, a Git repository, or a directory with a pyproject.toml"
                    + " or setup.py. Default: the bundled sample."),
        String.class,
        value -> source = value);
    options.value(
        option("--variant")
            .defaultValue(variants)
            .paramLabel("NAME,…")
            .description(
                "noavx512, avx512, avx512vnni, avx512bf16, amxbf16 or all."
                    + " Default: ${DEFAULT-VALUE}."),
        String.class,
        value -> variants = value);
    options.value(
        option("--python-versions")
            .paramLabel("VERSIONS")
            .description(
                "For example 3.12, 3.10,3.11 or 3.10-3.13, which includes both ends. Default: 3.12,"
                    + " or the newest Python found."),
        String.class,
        value -> pythonVersions = value);
    options.value(
        option("--vllm-versions")
            .paramLabel("REF,…")
            .description("Git tags, branches or commits to build. Default: the current commit."),
        String.class,
        value -> refs = value);
    options.value(
        option("--version-suffix")
            .paramLabel(".postN|.devN")
            .description("A suffix for the version."),
        String.class,
        value -> versionSuffix = value);
    options.value(
        option("--output-dir")
            .defaultValue(outputDir)
            .paramLabel("DIR")
            .description("Where the wheels go. Default: ${DEFAULT-VALUE}."),
        String.class,
        value -> outputDir = value);
    options.value(
        option("--workspace")
            .defaultValue(workspace)
            .paramLabel("DIR")
            .description("Where the builds work. Default: ${DEFAULT-VALUE}."),
        String.class,
        value -> workspace = value);
    options.value(
        option("--max-jobs")
            .paramLabel("N")
            .description(
                "Number of parallel compilers, MAX_JOBS of the build. Default: the number of"
                    + " processors."),
        Integer.class,
        value -> maxJobs = value);
    options.value(
        option("--timeout")
            .paramLabel("DURATION")
            .defaultValue("1h")
            .description("Time limit for each step of a build. Default: ${DEFAULT-VALUE}."),
        Duration.class,
        value -> timeout = value);
    options.value(
        option("--caches")
            .paramLabel("MODE")
            .defaultValue("private")
            .description(
                "private: uv and pip caches of this run, removed with it.",
                "user: yours, not cleaned.",
                "clean: yours, cleaned after each wheel. Default: ${DEFAULT-VALUE}."),
        Caches.Mode.class,
        value -> caches = value);
    options.value(
        option("--frontend")
            .paramLabel("NAME")
            .defaultValue("pip")
            .description("pip, or cibuildwheel if it is installed. Default: ${DEFAULT-VALUE}."),
        Frontend.class,
        value -> frontend = value);
    options.value(
        option("--build-requirements")
            .paramLabel("FILE")
            .description(
                "A requirements file in the source to install first; the wheel is then built"
                    + " without isolation."),
        String.class,
        value -> buildRequirements = value);
    options.value(
        option("--min-free")
            .paramLabel("SIZE|PERCENT")
            .description(
                "Keep this much free while the wheels are built, at the cost of your caches."),
        String.class,
        value -> minFree = floor(value));
    options.flag(
        option("--keep-going").description("Build the other wheels when one fails."),
        value -> keepGoing = value);
    options.flag(
        option("--no-cleanup")
            .description(
                "Remove nothing; the next run in the same workspace does, unless it has this option"
                    + " too."),
        value -> noCleanup = value);
    options.flag(
        option("--dry-run").description("Print what would be done, and change nothing."),
        value -> dryRun = value);
    report.addTo(options);
    metrics.addTo(options);
    json.addTo(options);
    spec = options.spec();
    return options.spec();
  }

  private static SpaceGoal floor(String text) {
    try {
      return text.isEmpty() ? SpaceGoal.NONE : SpaceGoal.NONE.untilFree(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--min-free: " + e.getMessage());
    }
  }

  /**
   * Builds.
   *
   * @return 0 if every wheel was built and the disk is as it was, else 1
   */
  @Override
  public Integer call() throws IOException {
    return run(
        new Progress(
            json.requested() ? session.err() : session.out(),
            Objects.requireNonNull(spec).commandLine().getColorScheme().ansi(),
            session.line(),
            LowtideCommand.detail(spec)));
  }

  /** What the arguments mean on this machine. */
  private record Request(
      Source source,
      List<WheelBuild.Job> jobs,
      Path workspace,
      Path outputDirectory,
      Caches.Mode caches,
      WheelRun.Options options) {}

  private int run(Progress progress) throws IOException {
    Stopwatch watch = Stopwatch.createStarted();
    boolean reporting = report.requested();
    boolean metering = metrics.requested();
    CommandRunner commands = commands(progress);
    Request request;
    try {
      request = request(commands, progress);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    Sweeper sweeper = new Sweeper(host, probe, request.outputDirectory(), reporting, progress);
    CleanupTarget workspaceTarget = CleanupTarget.of("workspace", request.workspace());
    CleanupPlan leftOver = sweeper.planOwned(workspaceTarget);
    describe(request, progress);
    if (dryRun) {
      if (!leftOver.isEmpty()) {
        progress.info("Would remove the remains of earlier runs:");
        progress.plain(leftOver.explain());
      }
      progress.info("Dry run: nothing was changed");
      return LowtideCommand.OK;
    }
    CreatedDirectories created = new CreatedDirectories();
    try (GracefulShutdown shutdown =
        new GracefulShutdown(() -> progress.warn("Received a signal: cleaning up first"))) {
      if (!leftOver.isEmpty() && request.options().cleanup()) {
        progress.info("Removing the remains of earlier runs…");
        sweeper.sweepOwned(workspaceTarget);
      }
      Path directory =
          request.workspace().resolve("lowtide-" + UUID.randomUUID().toString().substring(0, 13));
      Caches used =
          Caches.of(
              request.caches(),
              request.options().cibuildwheel().isPresent(),
              Sweeper.PYTHON,
              host,
              directory);
      List<Path> ofOthers = stillThere(leftOver);
      DiskBaseline before = shutdown.interruptibly(() -> capture(places(request, used, ofOthers)));
      Optional<Timeline> timeline =
          reporting || metering ? Optional.of(timeline(request, before)) : Optional.empty();
      WheelRun run =
          new WheelRun(
              host,
              request.options(),
              directory,
              request.outputDirectory(),
              request.source(),
              used,
              commands,
              host.executable("uv"),
              probe,
              sweeper,
              created,
              shutdown,
              progress);
      List<WheelResult> results = new ArrayList<>();
      try {
        created.create(request.workspace());
        OwnedDirectory.create(directory);
        shutdown.interruptibly(
            () -> {
              request.source().prepare(directory, refs());
              return LowtideCommand.OK;
            });
        try (@Nullable SpaceGuard guard = minFree.isNone() ? null : guard(progress)) {
          if (guard != null) {
            guard.start();
          }
          build(request.jobs(), run, before, timeline, results);
        }
      } finally {
        if (request.options().cleanup()) {
          sweeper.sweepOwned(workspaceTarget);
          created.removeEmpty();
        } else {
          progress.warn(
              "Nothing was cleaned up: "
                  + directory
                  + " is kept until the next run in this workspace");
        }
        timeline.ifPresent(Timeline::close);
      }
      RunReport ended =
          new RunReport(
              results,
              Verification.compare(before, before.again(probe, Clock.systemUTC().instant())));
      if (json.requested()) {
        Json.print(session.out(), ended.json());
      } else {
        progress.plain(ended.table());
      }
      if (reporting) {
        report.write(ended.report(sweeper.sweeps(), timeline.orElseThrow(), watch.elapsed()));
      }
      if (metering) {
        metrics.write(ended.metrics(sweeper.sweeps(), timeline.orElseThrow(), watch.elapsed()));
      }
      boolean swept = sweeper.sweeps().stream().allMatch(sweep -> sweep.report().isDone());
      return ended.passed() && swept ? LowtideCommand.OK : LowtideCommand.FAILED;
    }
  }

  /** Keeps the required space free on the file systems of the user's caches. */
  private SpaceGuard guard(Progress progress) throws IOException {
    List<CleanupTarget> guarded =
        Lowtide.installedProviders().stream()
            .flatMap(provider -> provider.discover(host).stream())
            .filter(target -> Files.isDirectory(target.root()))
            .toList();
    Lowtide lowtide =
        Lowtide.builder()
            .host(host)
            .providers(Lowtide.installedProviders())
            .goal(minFree)
            .probe(probe)
            .listener(progress)
            .build();
    return new SpaceGuard(lowtide, guarded, new GuardMessages(progress));
  }

  private void build(
      List<WheelBuild.Job> jobs,
      WheelRun run,
      DiskBaseline before,
      Optional<Timeline> timeline,
      List<WheelResult> results)
      throws IOException {
    boolean stopped = false;
    for (WheelBuild.Job job : jobs) {
      if (stopped) {
        results.add(WheelResult.notStarted(job));
        continue;
      }
      run.progress()
          .info("Building " + job + " (" + (results.size() + 1) + " of " + jobs.size() + ")");
      Optional<Timeline.Span> span = timeline.map(each -> each.begin(job.toString()));
      WheelResult result = new WheelBuild(job, run).build();
      span.ifPresent(Timeline.Span::close);
      results.add(result);
      run.progress().info("On the disk: " + sizes(before));
      stopped =
          result.status() == WheelResult.Status.INTERRUPTED
              || (result.status() == WheelResult.Status.FAILED && !keepGoing);
    }
  }

  private CommandRunner commands(Progress progress) {
    Set<String> allowed =
        new LinkedHashSet<>(List.of("git", "uv", "python", "python3", Cibuildwheel.EXECUTABLE));
    IntStream.range(0, 100).forEach(minor -> allowed.add("python3." + minor));
    Set<String> names = new LinkedHashSet<>(allowed);
    allowed.forEach(name -> names.add(name + ".exe"));
    CommandRunner system = CommandRunner.system(host, names);
    return command -> {
      if (LowtideCommand.isVerbose(spec)) {
        progress.info("Running " + String.join(" ", command.argv()));
      }
      return system.run(command);
    };
  }

  private List<String> refs() {
    return refs == null ? List.of() : Splitter.on(',').trimResults().splitToList(refs);
  }

  private Request request(CommandRunner commands, Progress progress) throws IOException {
    if (!SUFFIX.matcher(versionSuffix).matches()) {
      throw new UsageException(
          "--version-suffix must be .postN or .devN with a number, not '" + versionSuffix + "'");
    }
    if (refs().contains("")) {
      throw new UsageException(
          "--vllm-versions is empty or has an empty part; was a variable unset?");
    }
    if (maxJobs < 1) {
      throw new UsageException("--max-jobs must be 1 or more, not " + maxJobs);
    }
    if (frontend == Frontend.CIBUILDWHEEL && buildRequirements != null) {
      throw new UsageException(
          "--build-requirements works with pip only; for cibuildwheel use its before-build");
    }
    List<Variant> chosen = Variant.parse(variants);
    // The workspace is cleaned, so its path must be unambiguous
    Path work = place(CleanupTarget.checkedRoot(host.path(workspace)).toString());
    Path output = place(outputDir);
    Source from = source(commands, Set.of(work, output));
    Interpreters interpreters = new Interpreters(host, commands);
    List<PythonVersion> versions =
        pythonVersions == null
            ? List.of(interpreters.preferred())
            : PythonVersion.parseList(pythonVersions);
    if (pythonVersions == null) {
      progress.info("No --python-versions: taking Python " + versions.get(0));
    }
    Optional<Cibuildwheel> cibuildwheel =
        frontend == Frontend.CIBUILDWHEEL ? Optional.of(Cibuildwheel.on(host)) : Optional.empty();
    Map<PythonVersion, Path> pythons = new LinkedHashMap<>();
    if (cibuildwheel.isPresent()) {
      // cibuildwheel brings its own Pythons
      versions.forEach(version -> pythons.put(version, cibuildwheel.get().executable()));
    } else {
      pythons.putAll(interpreters.require(versions));
    }
    List<Optional<String>> states =
        refs().isEmpty() ? List.of(Optional.empty()) : refs().stream().map(Optional::of).toList();
    List<WheelBuild.Job> jobs = new ArrayList<>();
    for (Optional<String> ref : states) {
      pythons.forEach(
          (version, interpreter) -> {
            for (Variant variant : chosen) {
              jobs.add(new WheelBuild.Job(variant, version, interpreter, ref));
            }
          });
    }
    WheelRun.Options options =
        new WheelRun.Options(
            maxJobs,
            versionSuffix,
            Optional.ofNullable(buildRequirements),
            cibuildwheel,
            timeout,
            !noCleanup);
    return new Request(from, jobs, work, output, caches, options);
  }

  private Source source(CommandRunner commands, Set<Path> outputs) {
    if (source != null) {
      if (source.isEmpty()) {
        throw new UsageException("--source is empty; is a variable not set?");
      }
      return Source.of(source, host.workingDirectory(), commands, outputs);
    }
    Path sample =
        Source.bundledSample()
            .orElseThrow(
                () ->
                    new UsageException(
                        "The bundled sample is missing; name a source with --source"));
    return new Source.Plain(sample, outputs);
  }

  /** A directory that may not exist yet, with all symbolic links resolved. */
  private Path place(String argument) throws IOException {
    if (argument.isEmpty()) {
      throw new UsageException("--output-dir is empty; is a variable not set?");
    }
    Path path = host.workingDirectory().resolve(argument);
    Path there = path;
    while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
      Path parent = there.getParent();
      if (parent == null) {
        return path;
      }
      there = parent;
    }
    if (!Files.isDirectory(there)) {
      throw new UsageException(there + " is not a directory");
    }
    return CleanupTarget.checkedRoot(there.toRealPath().resolve(there.relativize(path).toString()));
  }

  /**
   * Directories of other runs that still exist: in use, or not yet removable. They may disappear
   * during this run, so they do not count.
   */
  private static List<Path> stillThere(CleanupPlan leftOver) {
    return Stream.concat(
            leftOver.items().stream().map(PlanItem::path),
            leftOver.refused().stream().map(Refusal::path))
        .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /**
   * The locations that must be as they were in the end, without the output directory.
   *
   * @param ofOthers directories that do not count
   */
  private List<DiskLocation> places(Request request, Caches used, List<Path> ofOthers)
      throws IOException {
    List<DiskLocation> places = new ArrayList<>();
    if (request.options().cleanup()) {
      DiskLocation workspace = DiskLocation.unchanged("workspace", request.workspace());
      for (Path path : ofOthers) {
        workspace = workspace.excepting(path);
      }
      places.add(workspace);
    }
    for (CleanupTarget cache : used.users().values()) {
      places.add(
          DiskLocation.bounded(cache.id(), real(cache.root())).tolerating(used.mode().tolerance()));
    }
    // Builds have their own temporary directory. This one is measured because some tools ignore
    // TMPDIR; other programs use it, too
    places.add(
        DiskLocation.bounded("temp", real(host.temporaryDirectory()))
            .tolerating(ByteSize.mebibytes(50)));
    request
        .source()
        .directory()
        .ifPresent(path -> places.add(DiskLocation.unchanged("source", path)));
    return places.stream().map(place -> place.excepting(request.outputDirectory())).toList();
  }

  /** The locations for the timeline. The wheels have a band of their own, which may grow. */
  private Timeline timeline(Request request, DiskBaseline before) {
    Map<String, Path> bands = new LinkedHashMap<>();
    bands.put("workspace", request.workspace());
    for (DiskBaseline.Location location : before.locations()) {
      bands.put(location.rules().name(), location.rules().root());
    }
    bands.put("wheels", request.outputDirectory());
    return Timeline.watch(bands, probe);
  }

  private DiskBaseline capture(List<DiskLocation> places) throws IOException {
    return DiskBaseline.capture(places, probe, Clock.systemUTC().instant());
  }

  /** The sizes of the locations now, in one line. */
  private String sizes(DiskBaseline before) throws IOException {
    StringJoiner line = new StringJoiner(", ");
    for (DiskBaseline.Location location : before.locations()) {
      DiskLocation place = location.rules();
      BoundedSize size =
          Files.exists(place.root()) ? probe.measure(place.root()).allocated() : BoundedSize.ZERO;
      line.add(place.name() + " " + size);
    }
    return line.toString();
  }

  private static Path real(Path path) throws IOException {
    return Files.exists(path) ? path.toRealPath() : path;
  }

  private void describe(Request request, Progress progress) {
    progress.info("Source: " + request.source().describe());
    progress.info("Workspace: " + request.workspace() + ", output: " + request.outputDirectory());
    progress.info(
        "Measuring with the "
            + probe.name()
            + " layer"
            + (probe.name().equals("portable") ? ": allocated bytes are estimates" : ""));
    Stream<String> pythons =
        request.jobs().stream()
            .map(job -> "Python " + job.python() + ": " + job.interpreter())
            .distinct();
    pythons.forEach(progress::info);
    if (dryRun) {
      request.jobs().forEach(job -> progress.info("Would build " + job));
    }
  }
}
