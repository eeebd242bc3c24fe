package dev.lowtide.execute;

import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.Problem;
import dev.lowtide.execute.CleanupReport.SpaceChange;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.plan.CleanupPlan.Refusal;

/** Writes reports as JSON, as {@code docs/schema/cleanup.json} describes it. */
final class ReportWriter {
  private ReportWriter() {}

  static String write(CleanupReport report) {
    JsonObject document = JsonParts.document();
    document.addProperty("dryRun", report.dryRun());
    document.add("results", JsonParts.array(report.outcomes(), ReportWriter::result));
    document.add("refused", JsonParts.array(report.refused(), ReportWriter::refusal));
    JsonParts.size(document, "freed", report.freed());
    kept(document, report.keptSize());
    report.freedLater().ifPresent(size -> freedLater(document, size));
    if (!report.stuck().isEmpty()) {
      document.add("stuck", JsonParts.array(report.stuck(), ReportWriter::stuck));
    }
    document.add("space", JsonParts.array(report.space(), ReportWriter::space));
    return JsonParts.text(document);
  }

  private static JsonObject stuck(Problem problem) {
    JsonObject json = JsonParts.path(new JsonObject(), problem.path());
    json.addProperty("reason", problem.message());
    return json;
  }

  private static JsonObject space(SpaceChange change) {
    JsonObject space = JsonParts.path(new JsonObject(), change.place());
    space.addProperty("freeBytesBefore", change.beforeBytes());
    space.addProperty("freeBytesAfter", change.afterBytes());
    space.addProperty("settled", change.settled());
    return space;
  }

  private static JsonObject result(Outcome outcome) {
    JsonObject result = new JsonObject();
    result.addProperty("id", outcome.item().id());
    result.addProperty("policy", outcome.item().policy());
    JsonParts.path(result, outcome.item().path());
    result.addProperty("outcome", outcome.word());
    if (!outcome.reason().isEmpty()) {
      result.addProperty("reason", outcome.reason());
    }
    JsonParts.size(result, "freed", outcome.freed());
    if (outcome instanceof Outcome.Removed removed) {
      result.addProperty("undoable", removed.kept().isPresent());
      removed.kept().ifPresent(kept -> kept(result, kept));
      removed.freedLater().ifPresent(size -> freedLater(result, size));
    }
    return result;
  }

  private static void freedLater(JsonObject json, BoundedSize size) {
    json.addProperty("freedLaterBytes", size.bytes());
    JsonParts.bound(json, "freedLaterBound", size.bound());
  }

  private static void kept(JsonObject result, Outcome.Kept kept) {
    result.addProperty("trashId", kept.id());
    result.addProperty("keptUntil", kept.until().toString());
    kept(result, kept.size());
  }

  private static void kept(JsonObject json, BoundedSize size) {
    json.addProperty("keptBytes", size.bytes());
    JsonParts.bound(json, "keptBound", size.bound());
  }

  private static JsonObject refusal(Refusal refusal) {
    JsonObject refused = new JsonObject();
    refused.addProperty("policy", refusal.policy());
    JsonParts.path(refused, refusal.path());
    refused.addProperty("guard", refusal.guard());
    refused.addProperty("reason", refusal.reason());
    return refused;
  }
}
