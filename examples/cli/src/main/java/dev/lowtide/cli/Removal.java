package dev.lowtide.cli;

import com.google.common.base.Stopwatch;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.cli.report.Metrics;
import dev.lowtide.cli.report.Report;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.SizeProbe;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The options of the commands that remove items, and the removal itself, which they share. */
final class Removal {
  private static final int MAX_LISTED = 20;

  private @Nullable CommandSpec spec;
  private boolean dryRun;
  private boolean yes;
  private final FileOption report = FileOption.report();
  private final FileOption metrics = FileOption.metrics();
  private Duration undoFor = Duration.ZERO;
  private boolean background;
  private final Json json = new Json();

  /** Adds the options to a command. */
  void addTo(Options options) {
    spec = options.spec();
    options.flag(
        "--dry-run", value -> dryRun = value, "Print what would be removed, and change nothing.");
    options.flag("-y, --yes", value -> yes = value, "Do not ask. Required without a terminal.");
    report.addTo(options);
    metrics.addTo(options);
    options.value(
        "--undo-for=DURATION",
        Duration.class,
        value -> undoFor = value,
        "Keep removed items for this time, for example 24h, so that 'lowtide trash restore'"
            + " can restore them. Their space is freed afterwards.");
    options.flag(
        "--background",
        value -> background = value,
        "Return as soon as the items are moved away; a process of the lowest priority frees"
            + " their space.");
    json.addTo(options);
  }

  private boolean reporting;
  private boolean metering;
  private @Nullable Progress progress;

  /** The listener of a command, with the colours that were chosen. */
  static Progress progress(Session session, @Nullable CommandSpec spec) {
    return new Progress(
        session.err(),
        Objects.requireNonNull(spec).commandLine().getColorScheme().ansi(),
        session.line(),
        Program.detail(spec));
  }

  void applyTo(LowtideBuilder builder) {
    builder.undoFor(undoFor);
    if (background) {
      builder.freeLater();
    }
  }

  /** The listener of this removal, which counts what is removed; always the same one. */
  Progress progress(Session session) {
    if (progress == null) {
      progress = progress(session, spec);
    }
    return progress;
  }

  /** Requires {@code --yes}, {@code --dry-run} or a terminal. Call this before any work. */
  void requireConsent(Session session) {
    if (!dryRun && !yes && !session.terminal()) {
      throw new UsageException(
          "There is no terminal to ask on; add --yes to remove, or --dry-run to look");
    }
    if (background && !undoFor.isZero()) {
      throw new UsageException("--undo-for keeps what --background would remove; omit one of them");
    }
  }

  /** Rejects {@code --undo-for} with a goal for free space: what is kept frees nothing. */
  void rejectUndoWithGoal(GoalOptions goals) {
    if (goals.askForFreeSpace() && !undoFor.isZero()) {
      throw new UsageException(
          "--undo-for frees nothing at once, so --until-free cannot be reached; omit one of them");
    }
  }

  /** Requires that the report and the metrics can be written. Call this before any work. */
  void requireWritable() {
    reporting = report.requested();
    metering = metrics.requested();
  }

  int apply(Session session, Selection.Selected selected) throws IOException {
    Lowtide lowtide = selected.lowtide();
    CleanupPlan plan = selected.plan();
    Progress progress = progress(session);
    if (background && !lowtide.goal().isNone()) {
      throw new UsageException(
          "--background frees the space after the command has ended, so it cannot tell whether a"
              + " goal such as --until-free is met; omit one of them");
    }
    boolean ask = !dryRun && !yes && !plan.isEmpty();
    boolean shown = !json.requested() && Program.detail(spec) != Progress.Detail.ERRORS;
    if (ask || shown) {
      PrintStream to = json.requested() ? session.err() : session.out();
      to.print(Program.isVerbose(spec) ? plan.explainEverything() : plan.explain());
      to.flush(); // the plan must be visible before the question
    } else if (json.requested()) {
      plan.notes().forEach(note -> progress.warn(Printable.of(note)));
    }
    if (ask && !agreed(session, plan)) {
      progress.info("Nothing was removed");
      if (json.requested()) {
        Json.print(
            session.out(),
            new CleanupReport(false, List.of(), plan.refused(), List.of(), List.of()).toJson());
      }
      return Program.FAILED;
    }
    Stopwatch watch = Stopwatch.createStarted();
    Report htmlReport =
        new Report(
            dryRun ? "What would be removed" : "What was removed",
            command(),
            Clock.systemUTC().instant());
    if (reporting) {
      htmlReport.targets(plan, session.probe()).onTheDisk("Before");
    }
    CleanupReport done =
        progress.duringRemoval(plan, () -> dryRun ? lowtide.dryRun(plan) : lowtide.apply(plan));
    // Without --yes, the user has agreed only to the plan that was shown
    if (yes && !dryRun) {
      done = untilMet(session, selected, done);
    }
    listMessages(progress, done);
    progress.summary(done);
    boolean isFreeing = done.freedLater().isEmpty() || freeInBackground(session, plan);
    List<String> shortfalls = dryRun ? List.of() : lowtide.shortfalls(plan.targets());
    shortfalls.forEach(line -> progress.error("The goal is not met: " + line));
    if (!dryRun) {
      new History(session.host()).add(command(), done, plan.targets(), progress);
    }
    int exit = done.isDone() && shortfalls.isEmpty() && isFreeing ? Program.OK : Program.FAILED;
    if (reporting) {
      next(done).ifPresent(htmlReport::next);
      report.write(
          htmlReport.results(done).after(plan, session.probe()).took(watch.elapsed()), exit);
    }
    if (metering) {
      metrics.write(
          measured(plan, session.probe())
                  .results(done)
                  .run(done.isDone(), watch.elapsed(), Clock.systemUTC().instant())
              ::write);
    }
    if (json.requested()) {
      Json.print(session.out(), done.toJson());
    }
    return exit;
  }

  private Optional<String> next(CleanupReport done) {
    if (dryRun) {
      return Optional.of("The same command without --dry-run removes this.");
    } else if (!done.failures().isEmpty()) {
      return Optional.of(
          "Choose 'failed' under 'Outcome' to see why items could not be removed; remove the"
              + " causes, and run the command again.");
    }
    return undoFor.isZero()
        ? Optional.empty()
        : Optional.of("'lowtide trash list' lists what can be restored.");
  }

  /**
   * Starts the process that frees the space of what was moved away.
   *
   * @return whether it was started
   */
  private boolean freeInBackground(Session session, CleanupPlan plan) {
    try {
      Background.start(session.host(), plan.targets());
      return true;
    } catch (IOException e) {
      progress(session)
          .error(
              "The space is not freed, because no process could be started for that; run 'lowtide"
                  + " trash purge': "
                  + e.getMessage());
      return false;
    }
  }

  /**
   * Plans and removes again until the goal is met or nothing more is freed: other items can replace
   * those that were skipped.
   */
  private CleanupReport untilMet(Session session, Selection.Selected selected, CleanupReport first)
      throws IOException {
    CleanupReport all = first;
    CleanupReport last = first;
    while (last.freedBytes() > 0
        && !selected.lowtide().shortfalls(selected.plan().targets()).isEmpty()) {
      CleanupPlan next = selected.lowtide().plan(selected.plan().targets());
      if (next.isEmpty()) {
        break;
      }
      last = progress(session).duringRemoval(next, () -> selected.lowtide().apply(next));
      all = all.followedBy(last);
    }
    return all;
  }

  private String command() {
    return Objects.requireNonNull(spec).name();
  }

  private Metrics measured(CleanupPlan plan, SizeProbe probe) throws IOException {
    Metrics measured = new Metrics(command());
    for (CleanupTarget target : plan.targets()) {
      try {
        measured.location(target.id(), target.root(), probe.measure(target.root()).allocated());
      } catch (NoSuchFileException e) {
        measured.location(target.id(), target.root(), BoundedSize.ZERO);
      }
    }
    return measured;
  }

  /** Prints the messages about removed items, for example how to restore them. */
  private void listMessages(Progress progress, CleanupReport done) {
    List<Outcome.Removed> withMessage =
        done.outcomes().stream()
            .filter(Outcome.Removed.class::isInstance)
            .map(Outcome.Removed.class::cast)
            .filter(removed -> !removed.reason().isEmpty())
            .toList();
    int shown = listed(withMessage.size(), spec);
    for (Outcome.Removed removed : withMessage.subList(0, shown)) {
      String line = Printable.of(removed.item().path()) + ": " + removed.reason();
      if (removed.kept().isPresent() || !removed.item().candidate().deletes()) {
        progress.info(line);
      } else {
        progress.warn(line);
      }
    }
    sayHowManyMore(progress, withMessage.size() - shown);
  }

  /** How many of a number of items are listed: all with {@code -v}. */
  static int listed(int number, @Nullable CommandSpec spec) {
    return Program.isVerbose(spec) ? number : Math.min(number, MAX_LISTED);
  }

  /** Says how many items are not listed, if any. */
  static void sayHowManyMore(Progress progress, int more) {
    if (more > 0) {
      progress.info("… and " + more + " more; -v names each");
    }
  }

  private static boolean agreed(Session session, CleanupPlan plan) throws IOException {
    return agreed(
        session, "Remove " + items(plan.items().size()) + ", " + plan.reclaimable() + "?");
  }

  /** A number of items that were just shown, for a question. */
  static String items(int number) {
    return number == 1 ? "this item" : "these " + number + " items";
  }

  /** Asks a question on the terminal; false for every answer but y and yes. */
  static boolean agreed(Session session, String question) throws IOException {
    session.err().print(question + " [y/N] ");
    session.err().flush();
    String answer =
        new BufferedReader(new InputStreamReader(session.in(), StandardCharsets.UTF_8)).readLine();
    return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }
}
