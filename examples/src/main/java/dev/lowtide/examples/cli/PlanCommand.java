package dev.lowtide.examples.cli;

import dev.lowtide.examples.report.Report;
import dev.lowtide.plan.CleanupPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Decides, explains and deletes nothing. */
@Command(
    name = "plan",
    description = "Says what may go and why, and removes nothing.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lowtide plan --root . --keep 'dist/**'",
      "  lowtide plan --caches --older-than 30d -o caches.json",
    })
final class PlanCommand implements Callable<Integer> {
  private final Session session;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private Selection selection = new Selection();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write the plan there, for 'lowtide apply'.")
  private @Nullable Path output;

  @Mixin private ReportOption report = new ReportOption();
  @Mixin private Json json = new Json();

  PlanCommand(Session session) {
    this.session = session;
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
      Files.writeString(output, plan.toJson());
    }
    if (reporting) {
      report.write(
          new Report("What may go, and why", "plan", plan.createdAt()).plan(plan, session.probe()));
    }
    if (json.requested()) {
      Json.print(session.out(), plan.toJson());
    } else {
      session.out().print(plan.explain());
    }
    return LowtideCommand.OK;
  }
}
