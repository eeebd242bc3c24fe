package dev.lowtide.cli;

import com.google.common.base.Stopwatch;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.Printable;
import dev.lowtide.cli.report.Metrics;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.SpaceGuard;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.probe.SizeProbe;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code guard}: keeps a floor of free space, once or while a command runs. */
final class GuardCommand implements Callable<Integer> {
  private final Session session;
  private @Nullable CommandSpec spec;
  private final Selection selection = new Selection(new GoalOptions(true));
  private @Nullable String high;
  private @Nullable String require;
  private boolean once;
  private Duration jitter = Duration.ZERO;
  private List<String> command = new ArrayList<>();
  private final FileOption metrics = FileOption.metrics();
  private final Json json = new Json();

  GuardCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "guard",
            this,
            "Keeps space free while a command runs, or makes space once, for use with a timer."
                + " Removes without asking.",
            "  lowtide guard --min-free 20GB --caches -- make -j8",
            "  lowtide guard --once --min-free 10%% --high 20%% --caches --jitter 5min");
    options.exits(
        "The space is free; with a command, that command exited with 0.",
        "The space is not free, an item failed, or another guard --once is running.",
        LowtideCommand.ROOT_REFUSED,
        "126:The command cannot be executed.",
        "127:There is no such command.",
        "other:The exit code of the command.");
    spec = options.spec();
    selection.addTo(options);
    options.text(
        "--high=SIZE|PERCENT",
        value -> high = value,
        "When less than --min-free is free, remove items until this much is. Default: a"
            + " tenth more than --min-free.");
    options.text(
        "--require=SIZE|PERCENT",
        value -> require = value,
        "Have this much free before the command starts. If that cannot be reached, remove"
            + " nothing, say what is missing, and exit with 1.");
    options.flag(
        "--once",
        value -> once = value,
        "Check once, remove what is necessary, and exit; for a timer.");
    options.value(
        "--jitter=DURATION",
        Duration.class,
        value -> jitter = value,
        "With --once: first wait for a random time up to this.");
    UserCommand.addTo(options, value -> command = value);
    metrics.addTo(options);
    json.addTo(options);
    return options.spec();
  }

  /**
   * What the guard achieved.
   *
   * @param exit the exit code of the command, if there is one
   * @param shortfalls what is missing for the goal
   * @param keptNotes the largest paths that are kept, with the reasons, if something is missing
   */
  private record Result(
      CleanupReport report,
      List<SpaceGuard.Level> levels,
      OptionalInt exit,
      List<String> shortfalls,
      List<String> keptNotes) {

    boolean passed() {
      return shortfalls.isEmpty() && report.failures().isEmpty() && report.stuck().isEmpty();
    }

    int code() {
      return exit.orElse(passed() ? Program.OK : Program.FAILED);
    }
  }

  @Override
  public Integer call() throws IOException {
    if (command.isEmpty() && !once && require == null) {
      throw new UsageException("There is no command to guard; add one after --, or add --once");
    } else if (once && !command.isEmpty()) {
      throw new UsageException("--once runs no command; omit one of them");
    } else if (!once && !jitter.isZero()) {
      throw new UsageException("--jitter works only with --once; add --once");
    }
    boolean metering = metrics.requested();
    Progress progress = Removal.progress(session, spec);
    Selection.Chosen chosen =
        selection.choose(session, progress, builder -> builder.probe(SizeProbe.best()));
    chosen.warnings().forEach(progress::warn);
    boolean hasFloor = !chosen.lowtide().goal().isNone();
    if (!hasFloor && require == null) {
      throw new UsageException("There is no floor to keep; add for example --min-free 20GB");
    }
    pause();
    Stopwatch watch = Stopwatch.createStarted();
    Result result = once ? alone(progress, chosen) : run(progress, chosen);
    tell(progress, result);
    new History(session.host()).add("guard", result.report(), chosen.targets(), progress);
    if (json.requested()) {
      print(result);
    }
    if (metering) {
      metrics.write(
          new Metrics("guard")
                  .results(result.report())
                  .run(result.passed(), watch.elapsed(), Clock.systemUTC().instant())
              ::write);
    }
    return result.code();
  }

  private void pause() throws IOException {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(jitter.toMillis() + 1));
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Runs without a command, under a lock, since two guards at once would free twice the space. */
  private Result alone(Progress progress, Selection.Chosen chosen) throws IOException {
    Path file = session.host().stateHome().resolve("lowtide").resolve("guard.lock");
    Optional<Closeable> lock;
    try {
      lock = LockFile.take(file);
    } catch (IOException e) {
      // On a full disk no lock file can be created, but there the guard is needed most. Removal is
      // safe without the lock
      progress.warn(
          "Another guard may run at the same time, since there is no lock: "
              + Printable.of(e.toString()));
      return run(progress, chosen);
    }
    Closeable held =
        lock.orElseThrow(
            () -> new IOException("another 'lowtide guard --once' is running; it holds " + file));
    try (held) {
      return run(progress, chosen);
    }
  }

  private Result run(Progress progress, Selection.Chosen chosen) throws IOException {
    List<CleanupReport> reports = new ArrayList<>();
    Lowtide lowtide = chosen.lowtide();
    try (GracefulShutdown shutdown = UserCommand.shutdown(session)) {
      if (require != null) {
        Lowtide requiring =
            lowtide.withGoal(Inputs.untilFree("--require", lowtide.goal(), require));
        try (SpaceGuard guard = guard(requiring, requiring.goal(), chosen, progress)) {
          boolean isFree = shutdown.interruptibly(guard::require);
          reports.add(guard.report());
          if (!isFree || command.isEmpty()) {
            return result(guard, reports, requiring, chosen, OptionalInt.empty());
          }
        }
      }
      if (lowtide.goal().isNone()) {
        int exit =
            shutdown.interruptibly(() -> UserCommand.run(session, command, json.requested()));
        return new Result(reports.get(0), List.of(), OptionalInt.of(exit), List.of(), List.of());
      }
      SpaceGoal highGoal =
          high == null ? SpaceGoal.NONE : Inputs.untilFree("--high", SpaceGoal.NONE, high);
      SpaceGuard guard = guard(lowtide, highGoal, chosen, progress);
      OptionalInt exit = OptionalInt.empty();
      try (guard) {
        if (once) {
          shutdown.interruptibly(guard::free);
        } else {
          guard.start();
          exit =
              OptionalInt.of(
                  shutdown.interruptibly(
                      () -> UserCommand.run(session, command, json.requested())));
        }
      }
      reports.add(guard.report());
      return result(guard, reports, lowtide, chosen, exit);
    }
  }

  private static Result result(
      SpaceGuard guard,
      List<CleanupReport> reports,
      Lowtide lowtide,
      Selection.Chosen chosen,
      OptionalInt exit)
      throws IOException {
    CleanupReport all = reports.stream().reduce(CleanupReport::followedBy).orElseThrow();
    List<String> shortfalls = lowtide.shortfalls(chosen.targets());
    return new Result(
        all, guard.levels(), exit, shortfalls, shortfalls.isEmpty() ? List.of() : guard.notes());
  }

  private static SpaceGuard guard(
      Lowtide lowtide, SpaceGoal high, Selection.Chosen chosen, Progress progress)
      throws IOException {
    try {
      return new SpaceGuard(lowtide, chosen.targets(), high, new GuardMessages(progress));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private void tell(Progress progress, Result result) {
    if (!result.report().outcomes().isEmpty()) {
      progress.summary(result.report());
    }
    if (result.exit().isPresent()) {
      for (SpaceGuard.Level level : result.levels()) {
        progress.info("The least free space seen on " + level.volume() + " is " + level.least());
      }
    }
    result.shortfalls().forEach(line -> progress.error("The goal is not met: " + line));
    result.keptNotes().forEach(progress::info);
  }

  private void print(Result result) {
    JsonObject document = JsonParts.document();
    document.addProperty("passed", result.passed());
    if (result.exit().isPresent()) {
      document.add("command", Json.command(command, result.exit().getAsInt()));
    }
    JsonArray volumes = new JsonArray();
    for (SpaceGuard.Level level : result.levels()) {
      JsonObject volume = new JsonObject();
      volume.addProperty("name", Printable.of(level.volume().toString()));
      volume.addProperty("freeBytes", level.volume().free().bytes());
      volume.addProperty("leastFreeBytes", level.least().bytes());
      volumes.add(volume);
    }
    document.add("volumes", volumes);
    document.add("missing", JsonParts.strings(result.shortfalls()));
    JsonObject report = Json.parsed(result.report().toJson());
    List.of("schema", "dryRun", "space").forEach(report::remove);
    report.entrySet().forEach(part -> document.add(part.getKey(), part.getValue()));
    Json.print(session.out(), document);
  }
}
