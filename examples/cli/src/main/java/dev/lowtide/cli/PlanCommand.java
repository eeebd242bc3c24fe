package dev.lowtide.cli;

import dev.lowtide.Printable;
import dev.lowtide.cli.report.Report;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.plan.CleanupPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code plan}: decides and explains, and changes nothing. */
final class PlanCommand implements Callable<Integer> {
  private final Session session;
  private @Nullable CommandSpec spec;
  private final Selection selection = new Selection(new GoalOptions(false));
  private @Nullable Path output;
  private final FileOption report = FileOption.report();
  private final Json json = new Json();

  PlanCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "plan",
            this,
            "Says what can be removed and why, and changes nothing.",
            "  lowtide plan --root . --keep 'dist/**'",
            "  lowtide plan --caches --older-than 30d -o caches.json");
    options.exits(
        "The plan was made; it may be empty.", "Something failed.", LowtideCommand.ROOT_REFUSED);
    spec = options.spec();
    selection.addTo(options);
    options.value(
        "-o, --output=FILE",
        Path.class,
        value -> output = value,
        "Write the plan to this file, for 'lowtide apply'.");
    report.addTo(options);
    json.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    if (output != null) {
      Inputs.requireWritable(output);
    }
    boolean reporting = report.requested();
    CleanupPlan plan =
        selection.plan(session, Removal.progress(session, spec), builder -> {}).plan();
    if (output != null) {
      byte[] document = plan.toJson().getBytes(StandardCharsets.UTF_8);
      OutputFile.write(output, out -> out.write(document));
    }
    if (reporting) {
      Report htmlReport =
          new Report("What can be removed, and why", "plan", plan.createdAt())
              .plan(plan, session.probe());
      if (!plan.isEmpty()) {
        htmlReport.next(
            output == null
                ? "'lowtide clean' with the same options removes this; with --undo-for 24h it can"
                    + " be restored for a day."
                : "'lowtide apply " + Printable.of(output) + "' removes this.");
      }
      report.write(htmlReport, Program.OK);
    }
    if (json.requested()) {
      Json.print(session.out(), plan.toJson());
    } else {
      session.out().print(Program.isVerbose(spec) ? plan.explainEverything() : plan.explain());
    }
    return Program.OK;
  }
}
