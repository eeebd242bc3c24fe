package dev.lowtide.wheels;

import com.google.common.base.Stopwatch;
import dev.lowtide.BoundedSize;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.FileOption;
import dev.lowtide.cli.GracefulShutdown;
import dev.lowtide.cli.GuardMessages;
import dev.lowtide.cli.Inputs;
import dev.lowtide.cli.Json;
import dev.lowtide.cli.Options;
import dev.lowtide.cli.Program;
import dev.lowtide.cli.Progress;
import dev.lowtide.cli.Session;
import dev.lowtide.cli.UsageException;
import dev.lowtide.cli.report.Timeline;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.SpaceGuard;
import dev.lowtide.execute.WorkDirectories;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.shared.Ownership;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The program {@code build-wheels}: builds a matrix of wheels and leaves the disk as it was. */
public final class BuildWheels implements Callable<Integer> {
  private static final String NAME = "build-wheels";

  private final Session session;
  private final HostEnvironment host;
  private final SizeProbe probe = SizeProbe.best();
  private final WheelOptions wheelOptions = new WheelOptions();
  private final FileOption report = FileOption.report();
  private final FileOption metrics = FileOption.metrics();
  private final Json json = new Json();
  private @Nullable CommandSpec spec;

  private BuildWheels(Session session) {
    this.session = session;
    this.host = session.host();
  }

  public static void main(String[] args) {
    Program.start(NAME, session -> commandLine(session).execute(args));
  }

  /** The parser of its arguments. */
  static CommandLine commandLine(Session session) {
    return Program.commandLine(session, new BuildWheels(session).options(), Map.of());
  }

  private Options options() {
    Options options =
        new Options(
            NAME,
            this,
            "Builds a matrix of wheels, cleans up after each, and proves that nothing else is"
                + " left.",
            "  build-wheels --variant=all",
            "  build-wheels --source=$HOME/src/vllm --python-versions=3.10-3.12");
    options.exits(
        "Every wheel was built, and the disk is as it was.",
        "A wheel was not built, or the disk is not as it was.",
        "3:The workspace must not be cleaned, for example because it contains the home directory.",
        "130, 143:A signal ended the run, after the clean-up.");
    options.spec().usageMessage().sortOptions(false);
    wheelOptions.addTo(options);
    report.addTo(options);
    metrics.addTo(options);
    json.addTo(options);
    spec = options.spec();
    return options;
  }

  /**
   * Builds.
   *
   * @return 0 if every wheel was built and the disk is as it was, else 1
   */
  @Override
  public Integer call() throws IOException {
    Stopwatch watch = Stopwatch.createStarted();
    Progress progress =
        new Progress(
            json.requested() ? session.err() : session.out(),
            Objects.requireNonNull(spec).commandLine().getColorScheme().ansi(),
            session.line(),
            Program.detail(spec));
    boolean reporting = report.requested();
    boolean charting = metrics.requested() || reporting;
    WheelRun run;
    try {
      run = WheelRun.of(wheelOptions, reporting, host, commands(progress), progress);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    CleanupTarget workspace = CleanupTarget.of("workspace", run.workspace());
    CleanupPlan leftOver = leftOver(run, workspace);
    run.describe();
    progress.info(
        "Measuring with the "
            + probe.name()
            + " layer"
            + (probe.name().equals("portable") ? ": allocated bytes are estimates" : ""));
    if (wheelOptions.dryRun) {
      run.jobs().forEach(job -> progress.info("Would build " + job));
      if (!leftOver.isEmpty()) {
        progress.info("Would remove the remains of earlier runs:");
        progress.plain(leftOver.explain());
      }
      if (run.caches().mode() == Caches.Mode.CLEAN) {
        progress.info("Would remove from your caches after each wheel, as they are now:");
        progress.plain(run.sweeper().planCaches(run.caches().users()).explain());
      }
      progress.info("Dry run: nothing was changed");
      return Program.OK;
    }
    try (GracefulShutdown shutdown =
        new GracefulShutdown(
            () -> progress.warn("Received a signal: cleaning up, then stopping"))) {
      if (!leftOver.isEmpty() && wheelOptions.cleanup) {
        progress.info("Removing the remains of earlier runs…");
        run.sweeper().sweepOwned(workspace);
      }
      List<DiskLocation> locations = locations(run, stillThere(leftOver));
      DiskBaseline before =
          shutdown.interruptibly(
              () -> DiskBaseline.capture(locations, probe, Clock.systemUTC().instant()));
      long outputBefore = bytes(run.output());
      Strays strays = new Strays(host, watched(run, locations), run.directory());
      Optional<Timeline> timeline =
          charting ? Optional.of(timeline(run, before)) : Optional.empty();
      List<WheelResult> results = new ArrayList<>();
      try {
        build(run, shutdown, strays, before, timeline, results);
      } finally {
        if (wheelOptions.cleanup) {
          run.sweeper().sweepOwned(workspace);
          run.created().removeEmpty();
        } else {
          progress.warn(
              "Nothing was cleaned up: "
                  + run.directory()
                  + " is kept until the next run in this workspace");
        }
        timeline.ifPresent(Timeline::close);
      }
      DiskBaseline after = before.again(probe, Clock.systemUTC().instant());
      List<Strays.Stray> found = strays.found(probe);
      Verification disk =
          Verification.compare(before, after)
              .explainedBy(run.output(), bytes(run.output()) - outputBefore);
      for (Strays.Stray stray : found) {
        disk = disk.explainedBy(stray.arrival().path(), stray.arrival().size().bytes());
      }
      RunReport ended = new RunReport(results, disk, found, run.sweeper().sweeps());
      if (json.requested()) {
        Json.print(session.out(), ended.json());
      } else {
        progress.plain(ended.table());
      }
      boolean swept = run.sweeper().sweeps().stream().allMatch(sweep -> sweep.report().isDone());
      int exit = ended.passed() && swept ? Program.OK : Program.FAILED;
      if (timeline.isPresent()) {
        report.write(ended.report(timeline.get(), watch.elapsed()), exit);
        metrics.write(ended.metrics(timeline.get(), watch.elapsed())::write);
      }
      return exit;
    }
  }

  /** Plans the removal of what earlier runs left, after their processes have ended. */
  private CleanupPlan leftOver(WheelRun run, CleanupTarget workspace) throws IOException {
    CleanupPlan plan = run.sweeper().planOwned(workspace);
    if (wheelOptions.dryRun || !wheelOptions.cleanup) {
      return plan;
    }
    List<String> ended = new ArrayList<>();
    for (Path directory : paths(plan)) {
      // A run that still works there keeps its processes
      if (Ownership.of(probe.capture(directory).root()).filter(Ownership::isGone).isPresent()) {
        ended.addAll(BuildProcesses.end(directory));
      }
    }
    for (String process : ended) {
      run.progress().warn("Ended " + process + " of an earlier run");
    }
    CleanupPlan again = ended.isEmpty() ? plan : run.sweeper().planOwned(workspace);
    for (Refusal refusal : again.refused()) {
      run.progress()
          .warn("The remains of an earlier run stay: " + refusal.path() + ": " + refusal.reason());
    }
    return again;
  }

  private static List<Path> paths(CleanupPlan plan) {
    return Stream.concat(
            plan.items().stream().map(PlanItem::path), plan.refused().stream().map(Refusal::path))
        .toList();
  }

  private void build(
      WheelRun run,
      GracefulShutdown shutdown,
      Strays strays,
      DiskBaseline before,
      Optional<Timeline> timeline,
      List<WheelResult> results)
      throws IOException {
    run.created().create(run.workspace());
    WorkDirectories.createOwned(run.directory());
    if (run.caches().home().isPresent()) {
      run.caches().home().get().make();
    }
    shutdown.interruptibly(
        () -> {
          run.source().prepare(run.directory(), wheelOptions.refs);
          return Program.OK;
        });
    try (@Nullable SpaceGuard guard =
        wheelOptions.minFree.isNone() ? null : guard(run.progress())) {
      if (guard != null) {
        guard.start();
      }
      List<WheelBuild.Job> jobs = run.jobs();
      boolean stopped = false;
      for (WheelBuild.Job job : jobs) {
        if (stopped) {
          results.add(WheelResult.notStarted(job));
          continue;
        }
        run.progress()
            .info("Building " + job + " (" + (results.size() + 1) + " of " + jobs.size() + ")");
        Optional<Timeline.Span> span = timeline.map(each -> each.begin(job.toString()));
        WheelResult result = new WheelBuild(job, run, shutdown, strays).build();
        span.ifPresent(Timeline.Span::close);
        results.add(result);
        run.progress().info("On the disk: " + sizes(before));
        stopped =
            result.status() == WheelResult.Status.INTERRUPTED
                || (result.status() == WheelResult.Status.FAILED && !wheelOptions.keepGoing);
      }
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
            .goal(wheelOptions.minFree)
            .probe(probe)
            .listener(progress)
            .build();
    return new SpaceGuard(lowtide, guarded, new GuardMessages(progress));
  }

  private CommandRunner commands(Progress progress) {
    CommandRunner system =
        CommandRunner.system(
            host,
            Stream.concat(
                    Stream.of("git", "uv", "python", "python3", Cibuildwheel.EXECUTABLE),
                    IntStream.range(0, 100).mapToObj(minor -> "python3." + minor))
                .flatMap(name -> Stream.of(name, name + ".exe"))
                .collect(Collectors.toSet()));
    return command -> {
      if (Program.isVerbose(spec)) {
        progress.info("Running " + String.join(" ", command.argv()));
      }
      return system.run(command);
    };
  }

  /**
   * Directories of other runs that still exist: in use, or not yet removable. They may disappear
   * during this run, so they do not count.
   */
  private static List<Path> stillThere(CleanupPlan leftOver) {
    return paths(leftOver).stream()
        .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /**
   * The locations that must be as they were in the end, without the output directory.
   *
   * @param ofOthers directories that do not count
   */
  private List<DiskLocation> locations(WheelRun run, List<Path> ofOthers) throws IOException {
    List<DiskLocation> locations = new ArrayList<>();
    if (wheelOptions.cleanup) {
      DiskLocation workspace = DiskLocation.unchanged("workspace", run.workspace());
      for (Path path : ofOthers) {
        workspace = workspace.excepting(path);
      }
      locations.add(workspace);
    }
    for (CleanupTarget cache : run.caches().users()) {
      locations.add(
          DiskLocation.bounded(cache.id(), Inputs.real(cache.root()))
              .tolerating(run.caches().mode().tolerance()));
    }
    // Builds have their own temporary directory. This one is measured because some tools ignore
    // TMPDIR; other programs use it, too
    locations.add(
        DiskLocation.bounded("temp", Inputs.real(host.temporaryDirectory()))
            .tolerating(ByteSize.mebibytes(50)));
    run.source()
        .directory()
        .ifPresent(path -> locations.add(DiskLocation.unchanged("source", path)));
    return locations.stream().map(place -> place.excepting(run.output())).toList();
  }

  /** Everything that is measured, or whose content is the run's result. */
  private static List<Path> watched(WheelRun run, List<DiskLocation> locations) {
    return Stream.concat(
            locations.stream().map(DiskLocation::root), Stream.of(run.workspace(), run.output()))
        .toList();
  }

  private long bytes(Path directory) throws IOException {
    return Files.exists(directory) ? probe.measure(directory).allocatedBytes() : 0;
  }

  /** The locations for the timeline. The wheels have a band of their own, which may grow. */
  private Timeline timeline(WheelRun run, DiskBaseline before) {
    Map<String, Path> bands = new LinkedHashMap<>();
    bands.put("workspace", run.workspace());
    for (DiskBaseline.Location location : before.locations()) {
      bands.put(location.rules().name(), location.rules().root());
    }
    bands.put("wheels", run.output());
    return Timeline.watch(bands, probe);
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
}
