package dev.lowtide.examples.cli;

import com.google.gson.JsonObject;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.examples.UsageException;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of the commands that remove something, and how they do it. */
final class Removal {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(names = "--dry-run", description = "Say what would be removed, and change nothing.")
  private boolean dryRun;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask; needed where there is no terminal.")
  private boolean yes;

  @Option(
      names = "--undo-for",
      paramLabel = "DURATION",
      description =
          "Keep what is removed for so long, for example 24h, so that 'lowtide trash restore' can"
              + " put it back; nothing comes free before.")
  private Duration undoFor = Duration.ZERO;

  @Mixin private Json json = new Json();

  /** The listener for a command, in the colours that were asked for. */
  static Progress progress(Session session, @Nullable CommandSpec spec) {
    return new Progress(
        session.err(),
        Objects.requireNonNull(spec).commandLine().getColorScheme().ansi(),
        session.canRewriteLines());
  }

  void applyTo(Lowtide.Builder builder) {
    builder.undoFor(undoFor);
  }

  Progress progress(Session session) {
    return progress(session, spec);
  }

  /** Called before any work, since nobody wants to wait for a plan that is not applied then. */
  void requireConsent(Session session) {
    if (!dryRun && !yes && !session.terminal()) {
      throw new UsageException(
          "Nobody can be asked without a terminal; add --yes to remove, or --dry-run to see what"
              + " would be");
    }
  }

  int apply(Session session, Lowtide lowtide, CleanupPlan plan) throws IOException {
    Progress progress = progress(session);
    boolean ask = !dryRun && !yes && !plan.isEmpty();
    if (!json.requested()) {
      session.out().print(plan.explain());
      session.out().flush();
    } else if (ask) {
      session.err().print(plan.explain()); // nobody can agree to what is not shown
    }
    if (ask && !asked(session, plan)) {
      progress.info("Nothing was removed");
      if (json.requested()) {
        print(session, new CleanupReport(false, List.of(), plan.refused()));
      }
      return LowtideCommand.OK;
    }
    CleanupReport report = dryRun ? lowtide.dryRun(plan) : lowtide.apply(plan);
    report.outcomes().stream()
        .filter(outcome -> outcome instanceof Outcome.Removed && !outcome.reason().isEmpty())
        .forEach(outcome -> tell(progress, (Outcome.Removed) outcome));
    progress.summary(report);
    if (json.requested()) {
      print(session, report);
    }
    return report.failures().isEmpty() ? LowtideCommand.OK : LowtideCommand.FAILED;
  }

  private static void tell(Progress progress, Outcome.Removed removed) {
    String line = Printable.of(removed.item().path()) + ": " + removed.reason();
    if (removed.kept().isPresent() || !removed.item().candidate().deletes()) {
      progress.info(line);
    } else {
      progress.warn(line);
    }
  }

  private static boolean asked(Session session, CleanupPlan plan) throws IOException {
    int items = plan.items().size();
    session
        .err()
        .print(
            "Remove "
                + (items == 1 ? "this item" : "these " + items + " items")
                + ", "
                + new ByteSize(plan.reclaimableBytes())
                + "? [y/N] ");
    session.err().flush();
    String answer =
        new BufferedReader(new InputStreamReader(session.in(), StandardCharsets.UTF_8)).readLine();
    return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }

  private static void print(Session session, CleanupReport report) {
    JsonObject document = Json.document();
    document.addProperty("dryRun", report.dryRun());
    document.add("results", Json.array(report.outcomes(), Removal::result));
    document.add("refused", Json.array(report.refused(), Removal::refusal));
    document.addProperty("freedBytes", report.freedBytes());
    document.addProperty("keptBytes", report.keptBytes());
    Json.print(session.out(), document);
  }

  private static JsonObject result(Outcome outcome) {
    JsonObject result = new JsonObject();
    result.addProperty("id", outcome.item().id());
    result.addProperty("policy", outcome.item().policy());
    Json.path(result, outcome.item().path());
    result.addProperty("outcome", outcome.word());
    if (!outcome.reason().isEmpty()) {
      result.addProperty("reason", outcome.reason());
    }
    result.addProperty("freedBytes", outcome.freedBytes());
    if (outcome instanceof Outcome.Removed removed) {
      result.addProperty("undoable", removed.kept().isPresent());
      removed.kept().ifPresent(kept -> kept(result, kept));
    }
    return result;
  }

  private static void kept(JsonObject result, Outcome.Kept kept) {
    result.addProperty("trashId", kept.id());
    result.addProperty("keptUntil", kept.until().toString());
    result.addProperty("keptBytes", kept.bytes());
  }

  private static JsonObject refusal(Refusal refusal) {
    JsonObject refused = new JsonObject();
    refused.addProperty("policy", refusal.policy());
    Json.path(refused, refusal.path());
    refused.addProperty("guard", refusal.guard());
    refused.addProperty("reason", refusal.reason());
    return refused;
  }
}
